"""The HCALCS on the HAN: controlled by its ESME, which it tells, and asks (SMETS2 8.4)."""

from micropython import const

from ..han import zcl
from ..han.command_finder import find
from ..han.stack import Stack
from ..model.command import CommandRefused
from .cluster_load_control import (
    CLOSED_DUTY,
    CLUSTER,
    ENERGY_MANAGEMENT,
    EVERY_GROUP,
    LOAD_CONTROL_EVENT,
    MANAGE_EVENT,
    OPT_IN,
    REJECTED,
    SIMPLE_LOADS,
    STARTED,
)

_NO_SIGNATURE = const(0)
_INVALID_FIELD = const(0x85)
_LOOK_S = const(20)
# Actions of Manage Event beside Opt Into: to leave an event, or to change its duty cycle.
_OTHER_ACTIONS = (0x01, 0x04, 0x08)
# Load Control State: the relay is open, an event is in progress.
_RELAY_OPEN = const(0x01)
_IN_PROGRESS = const(0x02)
# Current Event Status: there are further bits, the event is active, the device takes part in it;
# its load is reduced.
_ACTIVE = const(0x1C)
_REDUCED = const(0x20)
_NO_EVENT = 0xFFFF_FFFF


class Served:
    """The Store's face of an HCALCS for its Stack: items, and what they say of the event."""

    def __init__(self, device):
        self._durable = device.durable
        self.commit = device.commit

    def durable(self, name, index=-1):
        """Return an item as the last commit kept it, or what the table has with an @."""
        if name[0] != "@":
            return self._durable(name, index)
        is_open = not self._durable("switch_state")
        in_progress = self._durable("control_minutes") > 0
        if name == "@load_control_state":
            return is_open * _RELAY_OPEN | in_progress * _IN_PROGRESS
        if not in_progress:
            return _NO_EVENT if name == "@event_number" else 0
        if name == "@event_number":
            return self._durable("control_number")
        return _ACTIVE | is_open * _REDUCED


class HcalcsHan:
    """Joins an HcalcsDevice to a radio; both live on the same scheduler."""

    def __init__(self, device, scheduler, radio, network):
        self._device = device
        self._asks = False
        self._looked_s = 0
        self.stack = Stack("S", device.data, radio, network, scheduler, Served(device))
        self.stack.handlers[(CLUSTER, LOAD_CONTROL_EVENT, True)] = self._controlled
        self.stack.handlers[(ENERGY_MANAGEMENT, MANAGE_EVENT, False)] = self._managed
        scheduler.each_second("load control", self.step, 500, True)

    def step(self, now_s):
        """Tell the ESME what became of its event, and ask it for control; once a second.

        While the network is lost nothing is taken; what is asked is asked again once it is found.
        """
        network, unit = self.stack.network, self._device.control_unit
        if not network.is_joined:
            self._asks = True
            return
        if self._asks:
            self._asks = False
            unit.joined(now_s)
        paired = bytes(reversed(self._device.data.paired_esme))
        meter = network.devices.short_of(paired)
        if meter is None:
            self._look_for(paired, now_s)
            return
        if not self.stack.may_tell(meter, CLUSTER):
            return
        answer = unit.take_answer()
        if answer:
            number, works = answer
            self._report(meter, number, STARTED if works else REJECTED, now_s)
        if unit.take_request():
            asked = {"startTime": now_s, "numberOfEvents": 0}
            self._send(meter, "GetScheduledEvents", asked)

    def _look_for(self, paired, now_s):
        """Ask where the ESME is, now and then, on a network that was joined."""
        membership = self.stack.membership
        if membership and paired and not 0 <= now_s - self._looked_s < _LOOK_S:
            self._looked_s = now_s
            membership.discovery().ask_for_short(paired)

    def _controlled(self, source, sequence, payload, now_s):
        """Control HCALCS State, from the paired ESME (HCALCS-HC-06, HCALCS-HC-08)."""
        values = find(CLUSTER, True, LOAD_CONTROL_EVENT).decode(payload)
        extended = self.stack.network.devices.extended_of(source)
        if extended is None:
            return zcl.NOT_AUTHORIZED
        duty = values["dutyCycle"]
        if duty > CLOSED_DUTY:
            return _INVALID_FIELD
        try:
            self._device.control(
                bytes(reversed(extended)),
                duty == CLOSED_DUTY,
                values["durationInMinutes"],
                values["issuerEventId"],
                now_s,
            )
        except CommandRefused:
            return zcl.NOT_AUTHORIZED
        return zcl.SUCCESS

    def _managed(self, source, sequence, payload, now_s):
        """Manage Event, from the paired ESME: say what became of the event that is in force.

        An ESME's event is mandatory: no Command of SMETS2 has anybody leave it, or cycle its load.
        """
        values = find(ENERGY_MANAGEMENT, False, MANAGE_EVENT).decode(payload)
        unit = self._device.control_unit
        extended = self.stack.network.devices.extended_of(source)
        try:
            unit.authorise(extended and bytes(reversed(extended)), now_s)
        except CommandRefused:
            return zcl.NOT_AUTHORIZED
        meant = values["deviceClass"] & SIMPLE_LOADS
        action = values["actionRequired"]
        if not meant or values["utilityEnrollmentGroup"] != EVERY_GROUP:
            return _INVALID_FIELD
        if action != OPT_IN:
            return zcl.NOT_AUTHORIZED if action in _OTHER_ACTIONS else _INVALID_FIELD
        try:
            status = STARTED if unit.obeys(values["issuerEventId"]) else REJECTED
        except CommandRefused:
            return zcl.NOT_FOUND
        told = find(ENERGY_MANAGEMENT, True, "ReportEventStatus")
        octets = told.encode(self._status(values["issuerEventId"], status, now_s))
        self.stack.answer(source, ENERGY_MANAGEMENT, sequence, told.identifier, octets, True)
        return None

    def _report(self, meter, number, status, now_s):
        values = self._status(number, status, now_s)
        values["signatureType"] = _NO_SIGNATURE
        self._send(meter, "ReportEventStatus", values)

    def _status(self, number, status, now_s):
        return {
            "issuerEventId": number,
            "eventStatus": status,
            "eventStatusTime": now_s,
            "criticalityLevelApplied": 0,
            "dutyCycleApplied": CLOSED_DUTY if self._device.data.switch_state else 0,
            "eventControl": 0,
        }

    def _send(self, meter, name, values):
        command = find(CLUSTER, False, name)
        self.stack.command(meter, CLUSTER, command.identifier, command.encode(values), False)

"""The HCALCS on the HAN: controlled by its ESME, which it tells, and asks (SMETS2 8.4)."""

from micropython import const

from ..han import zcl
from ..han.cluster_command import find
from ..han.stack import Stack
from ..model.command import CommandRefused
from .cluster_load_control import CLOSED_DUTY, CLUSTER, LOAD_CONTROL_EVENT, REJECTED, STARTED

_NO_SIGNATURE = const(0)
_INVALID_FIELD = const(0x85)
_LOOK_S = const(20)


class HcalcsHan:
    """Joins an HcalcsDevice to a radio; both live on the same scheduler."""

    def __init__(self, device, scheduler, radio, network):
        self._device = device
        self._asks = False
        self._looked_s = 0
        self.stack = Stack("S", device.data, radio, network, scheduler, device)
        self.stack.handlers[(CLUSTER, LOAD_CONTROL_EVENT, True)] = self._controlled
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
            membership.discovery.ask_for_short(paired)

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

    def _report(self, meter, number, status, now_s):
        values = {
            "issuerEventId": number,
            "eventStatus": status,
            "eventStatusTime": now_s,
            "criticalityLevelApplied": 0,
            "dutyCycleApplied": CLOSED_DUTY if self._device.data.switch_state else 0,
            "eventControl": 0,
            "signatureType": _NO_SIGNATURE,
        }
        self._send(meter, "ReportEventStatus", values)

    def _send(self, meter, name, values):
        command = find(CLUSTER, False, name)
        self.stack.command(meter, CLUSTER, command.identifier, command.encode(values), False)

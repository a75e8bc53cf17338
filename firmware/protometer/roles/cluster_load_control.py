"""Load control of HCALCSs by a meter that is to (SMETS2 5.21, 8.4; Smart Energy D.2).

HCALCS -> Get Scheduled Events -> Request Control of HCALCS -> instruction
instruction -> Load Control Event -> HCALCS -> Report Event Status -> ALCS Event Log

One that has not reported is asked, once, by Manage Event of Energy Management (D.12).
"""

from micropython import const

from ..han import zcl
from ..han.command_finder import find
from ..model.command import HCALCS

CLUSTER = const(0x0701)
LOAD_CONTROL_EVENT = const(0x00)
# A load of no special kind, every group, an event that may not be left out.
SIMPLE_LOADS = const(0x0080)
EVERY_GROUP = const(0x00)
_MANDATORY = const(0x0A)
# The duty cycle of a switch that is closed all the time, or never.
CLOSED_DUTY = const(100)
OPEN_DUTY = const(0)
_EUI = const(8)

ENERGY_MANAGEMENT = const(0x0706)
MANAGE_EVENT = const(0x00)
OPT_IN = const(0x02)

# Statuses of an event, as an HCALCS reports them.
STARTED = const(0x02)
REJECTED = const(0xFE)


def get_scheduled_events(meter, request):
    """Request Control of HCALCS (HCALCS-HC-07): it is told again what it is to be."""
    if not request.may_command(meter):
        return zcl.NOT_AUTHORIZED
    arguments = {"identifier": request.identifier}
    meter.execute("Request Control of HCALCS", arguments, HCALCS, request.now_s)
    return zcl.SUCCESS


def report_event_status(meter, request):
    """Take an HCALCS's answer to an instruction (ALCS-ALC-07)."""
    if not request.may_command(meter):
        return zcl.NOT_AUTHORIZED
    values = request.values
    number, status = values["issuerEventId"], values["eventStatus"]
    if not _is_of(meter, number, request.identifier):
        return zcl.NOT_FOUND
    if status in (STARTED, REJECTED):
        meter.complete()
        meter.loads.answered(number, status == STARTED, request.now_s)
        meter.commit()
    return zcl.SUCCESS


def send_instructions(meter, stack, now_s):
    """Tell each HCALCS on the network what waits for it, and ask who has not answered."""
    addresses, among = [], 0
    for index in range(len(meter.data.hcalcs_identifiers) // _EUI):
        extended = bytes(reversed(_identifier(meter, index)))
        addresses.append(stack.network.devices.short_of(extended))
        if addresses[index] is not None:
            among |= 1 << index
    instructions = meter.loads.instructions
    while among:
        instruction = instructions.take(among, now_s)
        if instruction is None:
            break
        switch, closed, minutes, number = instruction
        event = {
            "issuerEventId": number,
            "deviceClass": SIMPLE_LOADS,
            "utilityEnrollmentGroup": EVERY_GROUP,
            # At once.
            "startTime": 0,
            "durationInMinutes": minutes,
            "criticalityLevel": _MANDATORY,
            "dutyCycle": CLOSED_DUTY if closed else OPEN_DUTY,
            # No chance in its start or end.
            "eventControl": 0,
        }
        command = find(CLUSTER, True, LOAD_CONTROL_EVENT)
        octets = command.encode(event)
        stack.command(addresses[switch - 1], CLUSTER, LOAD_CONTROL_EVENT, octets, True)
    unanswered = instructions.take_unanswered(among, now_s)
    if unanswered:
        switch, number = unanswered
        asked = {
            "issuerEventId": number,
            "deviceClass": SIMPLE_LOADS,
            "utilityEnrollmentGroup": EVERY_GROUP,
            "actionRequired": OPT_IN,
        }
        octets = find(ENERGY_MANAGEMENT, False, MANAGE_EVENT).encode(asked)
        stack.command(addresses[switch - 1], ENERGY_MANAGEMENT, MANAGE_EVENT, octets, False)


def _identifier(meter, index):
    return meter.data.hcalcs_identifiers[_EUI * index : _EUI * (index + 1)]


def _is_of(meter, number, identifier):
    """Tell whether an instruction was for the HCALCS with that EUI-64."""
    index = meter.loads.instructions.index_of(number)
    return index >= 0 and _identifier(meter, index) == identifier


def handlers(role):
    """Return {(command, from server): function} of a role's letters."""
    if "L" not in role:
        return {}
    return {(0x00, False): report_event_status, (0x01, False): get_scheduled_events}

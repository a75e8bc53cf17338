"""Identify at a meter: for how long it is being looked for (ZCL revision 8, 3.5)."""

from ..han import zcl


def identify(meter, request):
    """Identify: begin, or with 0 end."""
    meter.data.identify_time_s = request.values["identifyTime"]
    return zcl.SUCCESS


def identify_query(meter, request):
    """Identify Query: only who identifies itself answers."""
    if meter.data.identify_time_s:
        request.answer("IdentifyQueryResponse", {"timeout": meter.data.identify_time_s})


def handlers(role):
    """Return {(command, from server): function} of a role's letters."""
    return {(0x00, False): identify, (0x01, False): identify_query}

"""The clock, set by the Supplier of gas (GBCS GCS28; SMETS2 4.5.3.28)."""

from micropython import const

from ..crypto.der import sole
from ..gbcs import asn1
from ..gbcs.generalized_time import generalized
from ..model.command import CommandRefused
from .asn1_server import take_time

# Device time is reliable, or was not within the interval.
_RELIABLE = const(0)
_UNRELIABLE = const(2)


def set_clock(server, execution, payload):
    """Set Clock: adopt the Hub's time if it lies within an interval."""
    command = sole(payload)
    arguments = {"from_s": take_time(command), "until_s": take_time(command)}
    command.end()

    def adopt():
        perform = server.device.perform
        try:
            yield from perform("Set Clock", arguments, execution.originator, execution.now_s)
        except CommandRefused:
            execution.failed = True

    yield from server.transact(execution, adopt)
    status = _UNRELIABLE if execution.failed else _RELIABLE
    time = asn1.time(generalized(server.device.clock.utc_s()))
    return asn1.sequence(time, asn1.integer(status))

"""The clock, set and read by the Supplier (GBCS ECS70; SMETS2 5.6.3.32)."""

from micropython import const

from ..gbcs.date_time import NEVER_S, date_time, seconds
from ..model.enumerations import CLOCK_INVALID, CLOCK_RELIABLE
from .cosem_server import CosemRefused

# The Communications Hub's, over the radio.
_BASE_RADIO = const(5)
# Bits of a clock's status.
_STATUS_INVALID = const(0x01)
_STATUS_DOUBTFUL = const(0x02)
_DRAFT = "clock"


def set_base(run, argument, value):
    """Say where the time comes from: there is one source."""
    if value != _BASE_RADIO:
        raise CosemRefused("clock: no base %d" % value)


def set_range(run, argument, value):
    """Take the window that the Hub's time is to lie in."""
    preset, from_s, until_s = [seconds(octets) for octets in value]
    if preset != NEVER_S:
        raise CosemRefused("clock: the time is the Hub's")
    run.draft(_DRAFT)["window"] = (from_s, until_s)


def adopt(run, argument, value):
    """Adopt the Hub's time (Set Clock)."""
    draft = run.draft(_DRAFT)
    if "window" not in draft:
        raise CosemRefused("clock: no window was given")
    from_s, until_s = draft["window"]
    return run.perform("Set Clock", {"from_s": from_s, "until_s": until_s})


def time(run, argument, value):
    """Return the meter's time, as it is now."""
    return date_time(run.device.clock.utc_s())


def status(run, argument, value):
    """Return how far the time can be relied on."""
    clock_status = run.data.clock_status
    if clock_status == CLOCK_RELIABLE:
        return 0
    return _STATUS_INVALID if clock_status == CLOCK_INVALID else _STATUS_DOUBTFUL

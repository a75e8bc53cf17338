"""Checks of the arguments of Set Tariff and Set Price, before anything is changed.

What they return is what the tariffs keep, in the fewest octets: a Command for a later date is
kept so until then. CalendarError names what is wrong.
"""

from ..model.calendar_fields import CalendarError, check_range, check_rows
from ..model.command import is_integer
from ..model.enumerations import EUR, GBP
from ..model.switching_table import SwitchingTable, pack_in_slices
from .blocks import BLOCKS, NO_THRESHOLD_WH, THRESHOLDS
from .pricing import scaled_mp

_INT16_MOST = 0x7FFF
_MOST_LABELS = 128
_MOST_MP = 0x7FFF_FFFF
# Prices, or switch points, checked in one slice.
_AT_ONCE = 16


def field(tariff, name):
    """Return a field of the argument; CalendarError if it has none."""
    if name not in tariff:
        raise CalendarError("tariff: no %s" % name)
    return tariff[name]


def packed_table(tariff, limits):
    """Return, sliced, the packed switching table of a tariff."""
    names = ("seasons", "weeks", "days", "special_days")
    return pack_in_slices(limits, *[field(tariff, name) for name in names])


def scaled_amount(name, amount, scale):
    """Return a price or charge of 16 bits, checked to fit 32 bits of mp at a checked scale."""
    if not is_integer(amount) or not -_INT16_MOST - 1 <= amount <= _INT16_MOST:
        raise CalendarError("%s: %s is outside 16 bits" % (name, amount))
    if abs(scaled_mp(amount, scale)) > _MOST_MP:
        raise CalendarError("%s: %d at scale %d is beyond 32 bits of mp" % (name, amount, scale))
    return amount


def currency(tariff):
    """Return the Currency Units of a tariff, 0 where it leaves them (GSME-PRC-06)."""
    units = tariff.get("currency", 0)
    if units not in (0, GBP, EUR):
        raise CalendarError("currency: %s is neither %d nor %d" % (units, GBP, EUR))
    return units


def labels(tariff):
    """Return the labels of a tariff's table: octets that whoever set it has for its parts."""
    octets = tariff.get("labels", b"")
    if not isinstance(octets, bytes) or len(octets) > _MOST_LABELS:
        raise CalendarError("labels: takes up to %d octets" % _MOST_LABELS)
    return octets


def check_scale(scale):
    """Raise CalendarError unless there is such a power of ten."""
    if not is_integer(scale) or not -5 <= scale <= 0:
        raise CalendarError("scale: %s is outside -5..0" % (scale,))


def scaled_amounts(name, amounts, scale):
    """Check, sliced, prices as scaled_amount() does."""
    for index, amount in enumerate(amounts):
        scaled_amount(name, amount, scale)
        if index % _AT_ONCE == _AT_ONCE - 1:
            yield


def whole_amount(name, amount):
    """Return a price or charge in mp, as gas has them, checked to fit 31 bits."""
    check_range(name, amount, 0, _MOST_MP)
    return amount


def matrix(name, rows, most, width):
    """Return the numbers of up to `most` rows of `width` in one list."""
    check_rows(name, rows, 0, most)
    numbers = []
    for row in rows:
        check_rows(name, row, width, width)
        numbers.extend(row)
    return numbers


def thresholds(rows, most):
    """Return the Tariff Threshold Matrix in Wh as one list; rows rise."""
    numbers = matrix("block thresholds", rows, most, THRESHOLDS)
    for index, wh in enumerate(numbers):
        check_range("block threshold", wh, 1, NO_THRESHOLD_WH)
        if index % THRESHOLDS and wh < numbers[index - 1]:
            raise CalendarError("block threshold: %d is below the one before it" % wh)
    return numbers


def check_rates(packed, priced, first_block, blocks_priced):
    """Raise, sliced, CalendarError if a switch point selects a rate that has no price."""
    for index, rate in enumerate(SwitchingTable(packed).rates()):
        if rate < first_block:
            has_price = rate < priced
        else:
            has_price = BLOCKS * (rate - first_block) < blocks_priced
        if not has_price:
            raise CalendarError("switch point: rate %d has no price" % rate)
        if index % _AT_ONCE == _AT_ONCE - 1:
            yield

"""Configuration that COSEM has in forms of its own: dates, MPANs, events (GBCS 18.2.1)."""

from micropython import const

from ..gbcs.date_time import DateTimeError, date, seconds, take_time, time
from ..model.calendar import DAY_S, civil_from_days, days_from_civil, weekday
from ..model.calendar_fields import ANY, ANY_YEAR
from ..records.readings import (
    DAILY,
    MONTHLY,
    NO_BILLING,
    QUARTERLY,
    SIX_MONTHLY,
    WEEKLY,
    YEARLY,
)
from .cosem_server import CosemRefused, text_of

_MPAN = const(13)
_EVENTS = const(256)
_HALF = const(32)
# Families of events.
_SUPPLIER = const(0x8100)
_NETWORK = const(0x8000)
# Periods that are told as dates of a year, by how many of them.
_OF_A_YEAR = {1: YEARLY, 2: SIX_MONTHLY, 4: QUARTERLY}
_MONTHS = const(12)
# Events that a polyphase meter alone has, those of a phase: first and last, in order.
_OF_PHASES = (
    (0x8003, 0x8005),
    (0x8007, 0x8009),
    (0x8011, 0x8013),
    (0x8016, 0x8016),
    (0x8021, 0x8023),
    (0x8025, 0x8027),
    (0x8029, 0x802B),
    (0x802D, 0x802F),
    (0x8086, 0x8088),
    (0x808A, 0x808C),
    (0x808E, 0x8090),
    (0x8092, 0x8094),
    (0x8096, 0x8098),
    (0x809A, 0x809C),
    (0x81B7, 0x81B7),
)


def restrict(run, argument, value):
    """Restrict Data to what is later than a date-time."""
    return run.perform("Restrict Data", {"from_s": seconds(value)})


def _written(run, name, value):
    return run.perform("Write Configuration Data", {"item": name, "value": value})


def set_power_thresholds(run, argument, value):
    """Set the thresholds between low, medium and high power."""
    if len(value) != 2:
        raise CosemRefused("power thresholds: %d" % len(value))
    yield from _written(run, "Low Medium Power Threshold", value[0])
    yield from _written(run, "Medium High Power Threshold", value[1])


def import_mpans(run, argument, value):
    """Return the MPANs of import, the secondary behind the primary."""
    data = run.data
    return (data.mpan_import_primary + data.mpan_import_secondary).encode()


def set_import_mpans(run, argument, value):
    """Set the MPAN of import, and where there is another behind it the secondary too."""
    if len(value) not in (_MPAN, 2 * _MPAN):
        raise CosemRefused("MPAN: of %d digits" % len(value))
    digits = text_of(value)
    yield from _written(run, "MPAN Import Primary", digits[:_MPAN])
    yield from _written(run, "MPAN Import Secondary", digits[_MPAN:])


def firmware_version(run, argument, value):
    """Return the Firmware Version in 4 octets, as the HAN is told it."""
    from ..model.firmware_version import version_octets

    return version_octets(run.data.firmware_version)


def events(run, attribute, value):
    """Return settings of events, that of the highest code first."""
    return _EVENTS, bytes(reversed(bytes(getattr(run.data, attribute))))


def set_events(run, setting, value):
    """Set those settings of events that the first half names as the second half says."""
    octets = value[1]
    if "P" not in run.data.role:
        _check_single_phase(_NETWORK if "Network" in setting else _SUPPLIER, octets)
    arguments = {"setting": setting, "mask": octets[:_HALF], "action": octets[_HALF:]}
    return run.perform("Configure Events", arguments)


def _check_single_phase(family, mask):
    """Raise CosemRefused where a mask names events that a meter of one phase can't have."""
    for first, last in _OF_PHASES:
        for code in range(first, last + 1):
            bit = code & 0xFF
            if code & 0xFF00 == family and mask[_HALF - 1 - (bit >> 3)] >> (bit & 7) & 1:
                raise CosemRefused("events: %04x is of a polyphase meter" % code)


def billing_calendar(run, argument, value):
    """Return the dates of the Billing Calendar, as each of them comes back."""
    data = run.data
    start_s, period = data.billing_calendar_start_s, data.billing_calendar_period
    if period == NO_BILLING:
        return []
    days = start_s // DAY_S
    _, month, day = civil_from_days(days)
    clock = time(start_s % DAY_S)
    if period == DAILY:
        return [(clock, b"\xff" * 5)]
    if period == WEEKLY:
        return [(clock, b"\xff" * 4 + bytes((weekday(days),)))]
    if period == MONTHLY:
        return [(clock, date(ANY_YEAR, ANY, day))]
    dates = [count for count, known in _OF_A_YEAR.items() if known == period][0]
    step = _MONTHS // dates
    first = (month - 1) % step + 1
    return [(clock, date(ANY_YEAR, first + step * index, day)) for index in range(dates)]


def set_billing_calendar(run, argument, value):
    """Set the Billing Calendar to such dates; the next of them is its start."""
    if not value:
        raise CosemRefused("billing calendar: no dates")
    second = take_time(value[0][0])
    if [clock for clock, _ in value] != [value[0][0]] * len(value):
        raise CosemRefused("billing calendar: several times of day")
    period, day = _next_day([octets for _, octets in value], run.now_s // DAY_S)
    if day * DAY_S + second < run.now_s:
        period, day = _next_day([octets for _, octets in value], day + 1)
    start_s = day * DAY_S + second
    return run.perform("Set Billing Calendar", {"start_s": start_s, "period": period})


def _next_day(dates, day):
    """Return (period, the first day not before another that one of the dates falls on)."""
    months = []
    for octets in dates:
        year, month, of_month, of_week = (
            octets[0] << 8 | octets[1],
            octets[2],
            octets[3],
            octets[4],
        )
        if year != ANY_YEAR or (len(dates) > 1 and month == ANY):
            raise CosemRefused("billing calendar: dates that don't come back so")
        months.append(month)
    if of_month == ANY:
        if month != ANY:
            raise CosemRefused("billing calendar: a month without a day")
        if of_week == ANY:
            return DAILY, day
        if not 1 <= of_week <= 7:
            raise DateTimeError("billing calendar: no such weekday")
        return WEEKLY, day + (of_week - weekday(day)) % 7
    if of_week != ANY or not 1 <= of_month <= 31:
        raise DateTimeError("billing calendar: no such day")
    if months == [ANY]:
        return MONTHLY, _in_months(range(1, _MONTHS + 1), of_month, day)
    if any(octets[3:] != dates[0][3:] for octets in dates) or len(dates) not in _OF_A_YEAR:
        raise CosemRefused("billing calendar: dates that don't come back so")
    step = _MONTHS // len(dates)
    if sorted(months) != list(range(min(months), _MONTHS + 1, step)) or min(months) > step:
        raise CosemRefused("billing calendar: months that don't come back so")
    return _OF_A_YEAR[len(dates)], _in_months(months, of_month, day)


def _in_months(months, of_month, day):
    year, _, _ = civil_from_days(day)
    found = [
        days_from_civil(in_year, month, of_month)
        for in_year in (year, year + 1)
        for month in months
    ]
    return min([one for one in found if one >= day])

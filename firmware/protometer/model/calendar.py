"""Civil dates for UTC day numbers; day 0 is 2000-01-01, a Saturday.

The one place that knows how long months are. Proleptic Gregorian, integers only.
"""

from micropython import const

DAY_S = const(86_400)
# From 0000-03-01, where leap days fall at the end of a year, to 2000-01-01.
_MARCH_YEAR_0 = const(730_425)
_ERA_DAYS = const(146_097)


def days_from_civil(year, month, day):
    """Return the day number of a date; the date is not checked."""
    if month <= 2:
        year -= 1
        month += 12
    of_year = (153 * (month - 3) + 2) // 5 + day - 1
    return 365 * year + year // 4 - year // 100 + year // 400 + of_year - _MARCH_YEAR_0


def civil_from_days(days):
    """Return (year, month, day) of a day number."""
    days += _MARCH_YEAR_0
    era = days // _ERA_DAYS
    of_era = days - era * _ERA_DAYS
    year_of_era = (of_era - of_era // 1460 + of_era // 36524 - of_era // 146096) // 365
    of_year = of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    shifted_month = (5 * of_year + 2) // 153
    day = of_year - (153 * shifted_month + 2) // 5 + 1
    month = shifted_month + 3 if shifted_month < 10 else shifted_month - 9
    year = year_of_era + 400 * era + (1 if month <= 2 else 0)
    return year, month, day


def weekday(days):
    """Return 1 for Monday to 7 for Sunday."""
    return (days + 5) % 7 + 1


def is_civil_date(year, month, day):
    """Tell whether a year, month and day name a real date."""
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return False
    return civil_from_days(days_from_civil(year, month, day)) == (year, month, day)

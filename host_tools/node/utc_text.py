"""UTC as text, YYYY-MM-DDTHH:MM:SSZ, to and from seconds since 2000-01-01T00:00:00Z."""

from protometer.model.calendar import DAY_S, civil_from_days, days_from_civil, is_civil_date

_SHAPE = "dddd-dd-ddTdd:dd:ddZ"


def parse_utc(text):
    """Return the seconds of a time; ValueError naming it if it is none."""
    shaped = len(text) == len(_SHAPE) and all(
        mark in "0123456789" if wanted == "d" else mark == wanted
        for mark, wanted in zip(text, _SHAPE)
    )
    if not shaped:
        raise ValueError("time: %s is not YYYY-MM-DDTHH:MM:SSZ" % text)
    year, month, day = int(text[0:4]), int(text[5:7]), int(text[8:10])
    hour, minute, second = int(text[11:13]), int(text[14:16]), int(text[17:19])
    if not is_civil_date(year, month, day) or hour > 23 or minute > 59 or second > 59:
        raise ValueError("time: there is no %s" % text)
    if year < 2000:
        raise ValueError("time: %s is before 2000" % text)
    if year > 2099:
        raise ValueError("time: %s is after 2099" % text)
    return days_from_civil(year, month, day) * DAY_S + hour * 3600 + minute * 60 + second


def format_utc(at_s):
    """Return the text of a time."""
    year, month, day = civil_from_days(at_s // DAY_S)
    second = at_s % DAY_S
    return "%04d-%02d-%02dT%02d:%02d:%02dZ" % (
        year,
        month,
        day,
        second // 3600,
        second % 3600 // 60,
        second % 60,
    )

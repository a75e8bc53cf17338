"""GeneralizedTime, as the messages of ASN.1 have it: YYYYMMDDhhmmssZ."""

from micropython import const

from ..model.calendar import DAY_S, civil_from_days, days_from_civil, is_civil_date
from .date_time import NEVER_S

NEVER_TEXT = "99991231235959Z"
_YEAR_2000 = const(2000)


def generalized(at_s):
    """Return GeneralizedTime, 15 octets, of a time in seconds since 2000."""
    if at_s >= NEVER_S:
        return NEVER_TEXT.encode()
    year, month, day = civil_from_days(at_s // DAY_S)
    of_day = at_s % DAY_S
    text = "%04d%02d%02d%02d%02d%02dZ"
    return (text % (year, month, day, of_day // 3600, of_day // 60 % 60, of_day % 60)).encode()


def parse_generalized(octets):
    """Return seconds since 2000 of a GeneralizedTime, NEVER_S of never; ValueError of others."""
    text = bytes(octets).decode()
    if text == NEVER_TEXT:
        return NEVER_S
    digits = text[:-1]
    if len(text) != len(NEVER_TEXT) or text[-1] != "Z" or not digits.isdigit():
        raise ValueError("time: %s is no GeneralizedTime" % text)
    year, month, day = int(text[:4]), int(text[4:6]), int(text[6:8])
    hour, minute, second = int(text[8:10]), int(text[10:12]), int(text[12:14])
    real = is_civil_date(year, month, day) and hour < 24 and minute < 60 and second < 60
    if year < _YEAR_2000 or not real:
        raise ValueError("time: there is no %s" % text)
    at_s = days_from_civil(year, month, day) * DAY_S + hour * 3600 + minute * 60 + second
    if at_s >= NEVER_S:
        raise ValueError("time: %s is too late" % text)
    return at_s

"""Billing periods as remote parties have them (SMETS2 4.6.4.2; GBCS GCS21k, GCS25, GCS25a)."""

from micropython import const

_DAYS = const(0x21)
_WEEKS = const(0x22)
_MONTHS = const(0x23)
# Duration and its type, by Billing Calendar Period from 1 on.
PERIODS = ((1, _DAYS), (1, _WEEKS), (1, _MONTHS), (3, _MONTHS), (6, _MONTHS), (12, _MONTHS))

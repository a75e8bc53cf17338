"""The Price cluster's Get Current Price and Publish Price (Smart Energy 1.4, D.4)."""

from struct import pack

from micropython import const

from .frame_error import FrameError, fields
from .zcl_types import get_value, put_value

CLUSTER = const(0x0700)
GET_CURRENT_PRICE = const(0x00)
PUBLISH_PRICE = const(0x00)

_KWH = const(0x00)
_OCTET_STRING = const(0x41)
# Prices are in mp, 10^-5 of the currency unit: five digits follow the point.
_TRAILING_DIGITS = const(5)
_UNTIL_CHANGED = const(0xFFFF)
_MOST_TIERS = const(15)
_LABEL_OCTETS = const(12)
_MOST_MP = const(0x7FFF_FFFF)
# The rates that a meter has beyond those tiers.
_MOST_BEYOND = const(41)
# From the price ratio to the generation tier; the price control, a bitmap, says nothing.
# What follows the label: when it was published and the time then, unit, currency, trailing digits
# and tier, number of tiers and register tier, start, duration, price.
_FORM = "<IIBHBBIHI"
_NO_OPTIONS = b"\xff" * 13 + b"\x00" + b"\xff" * 2


class Price:
    """A published price: energy price in mp per kWh, tier from 1, and its label."""

    def __init__(self, price_mp, tier, label, currency, start_s):
        self.price_mp = price_mp
        self.tier = tier
        self.label = label
        self.currency = currency
        self.start_s = start_s


def encode(price, tiers, now_s):
    """Return the payload of Publish Price, valid until changed; tiers: how many prices there are.

    Prices below zero can't be carried and are published as 0. Of tiers above 15 the last fields
    tell, and all optional ones before them have no value.
    """
    payload = bytearray(4)
    put_value(payload, _OCTET_STRING, price.label.encode()[:_LABEL_OCTETS])
    start_s, tier = price.start_s, min(price.tier, _MOST_TIERS)
    unit = _KWH, price.currency, _TRAILING_DIGITS << 4 | tier
    rest = min(tiers, _MOST_TIERS) << 4 | tier, start_s, _UNTIL_CHANGED, max(price.price_mp, 0)
    payload.extend(pack(_FORM, start_s, now_s, *unit, *rest))
    if max(tiers, price.tier) > _MOST_TIERS:
        beyond = max(price.tier - _MOST_TIERS, 0)
        # How many, price tier and register tier.
        payload.extend(_NO_OPTIONS + bytes((max(tiers - _MOST_TIERS, 0), beyond, beyond)))
    return payload


def decode(payload):
    """Return the Price of a Publish Price payload, or raise FrameError."""
    label, at = get_value(payload, 4, _OCTET_STRING)
    told = fields(_FORM, payload[at:])
    _, _, unit, currency, digits_and_tier, _, start_s, _, amount = told
    if unit != _KWH:
        raise FrameError("price: not kWh")
    digits = digits_and_tier >> 4
    # To mp: five digits after the point, whatever the publisher used.
    if digits <= _TRAILING_DIGITS:
        price_mp = amount * 10 ** (_TRAILING_DIGITS - digits)
    else:
        price_mp = amount // 10 ** (digits - _TRAILING_DIGITS)
    if price_mp > _MOST_MP:
        raise FrameError("price: beyond 32 bits")
    tier = digits_and_tier & 0x0F
    beyond_at = at + 23 + len(_NO_OPTIONS) + 1
    if tier == _MOST_TIERS and beyond_at < len(payload) and payload[beyond_at] <= _MOST_BEYOND:
        tier += payload[beyond_at]
    return Price(price_mp, tier, _printable(label[:_LABEL_OCTETS]), currency, start_s)


def _printable(label):
    return "".join(chr(octet) if 32 <= octet < 127 else "?" for octet in label)

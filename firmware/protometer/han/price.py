"""The Price cluster's Get Current Price and Publish Price (Smart Energy 1.4, D.4)."""

from micropython import const

from . import zcl
from .frame_error import FrameError
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
    payload = bytearray()
    zcl.put_uint(payload, 0, 4)
    put_value(payload, _OCTET_STRING, price.label.encode()[:_LABEL_OCTETS])
    zcl.put_uint(payload, price.start_s, 4)
    zcl.put_uint(payload, now_s, 4)
    payload.append(_KWH)
    zcl.put_uint(payload, price.currency, 2)
    tier = min(price.tier, _MOST_TIERS)
    payload.append(_TRAILING_DIGITS << 4 | tier)
    payload.append(min(tiers, _MOST_TIERS) << 4 | tier)
    zcl.put_uint(payload, price.start_s, 4)
    zcl.put_uint(payload, _UNTIL_CHANGED, 2)
    zcl.put_uint(payload, max(price.price_mp, 0), 4)
    if max(tiers, price.tier) > _MOST_TIERS:
        payload.extend(_NO_OPTIONS)
        payload.append(max(tiers - _MOST_TIERS, 0))
        beyond = max(price.tier - _MOST_TIERS, 0)
        # Price tier and register tier.
        payload.append(beyond)
        payload.append(beyond)
    return payload


def decode(payload):
    """Return the Price of a Publish Price payload, or raise FrameError."""
    label, at = get_value(payload, 4, _OCTET_STRING)
    unit = zcl.get_uint(payload, at + 8, 1)
    if unit != _KWH:
        raise FrameError("Publish Price: unit 0x%02x is not kWh" % unit)
    currency = zcl.get_uint(payload, at + 9, 2)
    digits_and_tier = zcl.get_uint(payload, at + 11, 1)
    start_s = zcl.get_uint(payload, at + 13, 4)
    amount = zcl.get_uint(payload, at + 19, 4)
    digits = digits_and_tier >> 4
    # To mp: five digits after the point, whatever the publisher used.
    if digits <= _TRAILING_DIGITS:
        price_mp = amount * 10 ** (_TRAILING_DIGITS - digits)
    else:
        price_mp = amount // 10 ** (digits - _TRAILING_DIGITS)
    if price_mp > _MOST_MP:
        raise FrameError("Publish Price: %d mp is beyond 32 bits" % price_mp)
    tier = digits_and_tier & 0x0F
    beyond_at = at + 23 + len(_NO_OPTIONS) + 1
    if tier == _MOST_TIERS and beyond_at < len(payload) and payload[beyond_at] <= _MOST_BEYOND:
        tier += payload[beyond_at]
    return Price(price_mp, tier, _printable(label[:_LABEL_OCTETS]), currency, start_s)


def _printable(label):
    return "".join(chr(octet) if 32 <= octet < 127 else "?" for octet in label)

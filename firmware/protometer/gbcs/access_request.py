"""DLMS access-request and access-response, as GBCS uses them (section 7.2.6).

A request names attributes and methods, then brings the data for each; its response has the data
and a result of each. Which data belongs to what is the business of whoever knows the objects.
"""

from micropython import const

from . import axdr
from .execution import PayloadError

GET, SET, ACTION, RANGE = "g", "s", "a", "r"
SUCCESS = const(0)
HARDWARE_FAULT = const(1)
OTHER_REASON = const(250)

_REQUEST = const(0xD9)
_RESPONSE = const(0xDA)
_INVOCATION = const(0x20)
_USES = ("", GET, SET, ACTION, RANGE)
_RESULTS = {GET: 1, SET: 2, ACTION: 3, RANGE: 1}
# Of selective access: by a range of the time stamp, which is that object, all columns.
_BY_RANGE = const(1)
_SELECTION = "{{u16o6i8u16}u32u32[n]}"
TIME_STAMP = [1, b"\x00\x00\x5e\x2c\x64\xff", 2, 0]
_MOST_ITEMS = const(64)


class Item:
    """One attribute or method: `use` (GET, SET, ACTION, RANGE), `place` (class, logical name of 6
    octets, number), `between` the first and last second of a RANGE.
    """

    def __init__(self, use, place, between=None):
        self.use = use
        self.place = place
        self.between = between

    def key(self):
        """Return how tables write it: `71 0-0:17.0.1.255 g4`."""
        return key_of(self.use, self.place)


def key_of(use, place):
    """Return how tables write a use of a place."""
    object_class, name, number = place
    return "%d %d-%d:%d.%d.%d.%d %s%d" % ((object_class,) + tuple(name) + (use, number))


class AccessRequest:
    """A request on its way through, see read_request(): `items`, then take_values().

    PayloadError for what is none.
    """

    def __init__(self, payload, counter):
        self._payload = payload
        head = bytes((_REQUEST,)) + _invocation(counter) + b"\x00"
        if bytes(payload[: len(head)]) != head:
            raise PayloadError("access-request: not one of this counter")
        count, at = axdr.take_length(payload, len(head))
        if not 1 <= count <= _MOST_ITEMS:
            raise PayloadError("access-request: %d items" % count)
        self.items = []
        self._count, self._at = count, at

    def take_items(self):
        """Take, sliced, what is asked for."""
        at = self._at
        for _ in range(self._count):
            item, at = _take_item(self._payload, at)
            self.items.append(item)
            yield
        self._at = at

    def take_values(self, templates):
        """Return, sliced, the value for each item; templates: of their types, in order."""
        payload = self._payload
        count, at = axdr.take_length(payload, self._at)
        if count != len(self.items):
            raise PayloadError("access-request: data for %d of its items" % count)
        values = []
        for template in templates:
            value, at = yield from axdr.take_in_slices(payload, at, template)
            values.append(value)
            yield
        if at != len(payload):
            raise PayloadError("access-request: %d octets behind it" % (len(payload) - at))
        return values


def read_request(payload, counter):
    """Return, sliced, the AccessRequest with its items; PayloadError for what is none."""
    request = AccessRequest(payload, counter)
    yield from request.take_items()
    return request


def encode_response(counter, items, answers, results):
    """Return an access-response; answers: the encoded data of each item, results: its code."""
    target = bytearray((_RESPONSE,))
    target.extend(_invocation(counter))
    target.extend(b"\x00\x00")
    axdr.put_length(target, len(answers))
    for answer in answers:
        target.extend(answer)
    axdr.put_length(target, len(results))
    for item, result in zip(items, results):
        target.extend(bytes((_RESULTS[item.use], result)))
    return bytes(target)


def _invocation(counter):
    return bytes((_INVOCATION,)) + (counter & 0xFF_FFFF).to_bytes(3, "big")


def _take_item(payload, at):
    head = bytes(payload[at : at + 10])
    if len(head) < 10 or not 1 <= head[0] < len(_USES):
        raise PayloadError("access-request: no such use of an object")
    use = _USES[head[0]]
    place = (head[1] << 8 | head[2], head[3:9], head[9])
    at += 10
    if use != RANGE:
        return Item(use, place), at
    if payload[at : at + 1] != bytes((_BY_RANGE,)):
        raise PayloadError("access-request: a selection that is none by range")
    selection, at = axdr.take(payload, at + 1, _SELECTION)
    column, first_s, last_s, columns = selection
    if column != TIME_STAMP or columns:
        raise PayloadError("access-request: a range of something else than time")
    return Item(use, place, (first_s, last_s)), at

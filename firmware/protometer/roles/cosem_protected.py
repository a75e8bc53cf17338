"""Protected attributes: read as any others, and encrypted for whom they are (GBCS 8.5, class 30).

The plaintext is one structure of the attributes; the answer says how it is protected.
"""

from micropython import const

from ..gbcs.access_request import GET, Item, key_of
from ..gbcs.cosem_objects import PROTECTED, look_up_in_slices
from ..gbcs.date_time import AT_ONCE, NEVER_S, seconds
from ..gbcs.execution import PayloadError
from ..kernel.slices import sliced
from .cosem_server import CosemRefused

_STRUCTURE = b"\x02"
_WHOLE = const(0)
_BY_DATE = const(1)
# Protected by authenticated encryption, the key agreed by static keys of both.
_ENCRYPTED = const(2)
_AGREED = const(2)
_KEY_INFO = (_AGREED, [b"\x02", b""])
_KEY_FLAG = b"\x04"
_MOST_ATTRIBUTES = const(2)


def get(run, argument, value):
    """Return, sliced, the attributes that a request names, protected; PayloadError for what is not
    so read.

    value: attributes, of logs with the first and the last date-time; how they are to be protected.
    """
    attributes, protection = value
    if not 1 <= len(attributes) <= _MOST_ATTRIBUTES:
        raise PayloadError("protected attributes: %d" % len(attributes))
    execution = run.execution
    _check(protection)
    places = [(attribute[0], attribute[1], attribute[2]) for attribute in attributes]
    keys = [key_of(PROTECTED, place) for place in places]
    role = run.data.role
    objects = yield from look_up_in_slices(execution.use_case.code, keys, role)
    values = []
    for place, attribute, one in zip(places, attributes, objects):
        if not one.is_of(role):
            raise CosemRefused("%s: not of this device" % key_of(PROTECTED, place))
        run.item = Item(GET, place, _range(attribute[4]))
        values.append((yield from run.answer(one, None)))
        yield
    if execution.protect is None:
        raise CosemRefused("protected attributes: nobody they could be for")
    sealed = yield from sliced(execution.protect(encode_structure(values)))
    return protected(execution.attribute_counter, execution.device, execution.recipient, sealed)


def encode_structure(values):
    """Return the plaintext of attributes, each encoded already."""
    return _STRUCTURE + bytes((len(values),)) + b"".join(values)


def protected(counter, originator, recipient, sealed):
    """Return what is sent of attributes that are encrypted: how, and the octets."""
    parties = [_KEY_FLAG + counter.to_bytes(8, "big"), originator, recipient, b"", _KEY_INFO]
    return [[(_ENCRYPTED, parties)], sealed]


def _check(protection):
    if len(protection) != 1:
        raise PayloadError("protected attributes: protected in %d ways" % len(protection))
    kind, parameters = protection[0]
    if kind != _ENCRYPTED or list(parameters[4]) != [_AGREED, list(_KEY_INFO[1])]:
        raise PayloadError("protected attributes: not a protection of GBCS")


def _range(restriction):
    """Return the first and last second of a restriction by date, None where there is none."""
    kind, dates = restriction
    if kind == _WHOLE and dates is None:
        return None
    if kind != _BY_DATE or dates is None:
        raise PayloadError("protected attributes: no such restriction")
    first_s, last_s = [seconds(octets) for octets in dates]
    return (AT_ONCE if first_s == NEVER_S else first_s), last_s

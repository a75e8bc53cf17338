"""Payloads of GBZ: ZCL commands as components of one message (GBCS 7.2.5, 7.2.10).

What frames the components is big-endian, what a command itself carries little-endian and not
looked into here.
"""

from micropython import const

from ..kernel.slices import finish
from .execution import PayloadError

_PROFILE = b"\x01\x09"
# Extended Header Control Field.
_LAST = const(0x01)
_SEALED = const(0x02)
_DATED = const(0x10)
_ADDITIONAL_HEADER = const(2)
_HEAD = const(5)
_ZCL_HEADER = const(3)
_LENGTH = const(2)
_MOST_COMPONENTS = const(0xFF)
# Of an alert of a future-dated command: the type of the ZCL frame.
_CLUSTER_COMMAND = const(0x01)
_REFERENCE_HEAD = const(10)
_CARRIED_OUT = const(3)

# From-Date-Time of what is to be done at once, and of what cancels it.
AT_ONCE = const(0)
NEVER_S = 0xFFFF_FFFF


class Component:
    """One ZCL command with its frame: `cluster`, `control` (frame control), `sequence`, `command`.

    payload: what the command carries, of one that is sealed the octets of its encryption;
    from_s: From-Date-Time, None where there is none; sealed_as: of one that is sealed, which of
    the message's it is, else None.
    """

    def __init__(self, cluster, control, sequence, command, payload, from_s=None, sealed_as=None):
        self.cluster = cluster
        self.control = control
        self.sequence = sequence
        self.command = command
        self.payload = payload
        self.from_s = from_s
        self.sealed_as = sealed_as


def decode(payload):
    """Return the Components of a payload, or raise PayloadError."""
    return finish(decode_in_slices(payload))


def decode_in_slices(payload):
    """Do, sliced, as decode() does."""
    octets = bytes(payload)
    if octets[:2] != _PROFILE or len(octets) < 3:
        raise PayloadError("GBZ: not of the Smart Energy profile")
    count, at = octets[2], 3
    components = []
    for number in range(count):
        if at + _HEAD > len(octets):
            raise PayloadError("GBZ: component %d is cut off" % number)
        end = at + _HEAD + _number(octets, at + 3, 2)
        if end > len(octets):
            raise PayloadError("GBZ: component %d ends beyond the payload" % number)
        components.append(_component(octets[at:end], number == count - 1))
        at = end
        yield
    if at != len(octets):
        raise PayloadError("GBZ: %d octets behind its end" % (len(octets) - at))
    return components


def _component(octets, is_last):
    extended, cluster, at = octets[0], _number(octets, 1, 2), _HEAD
    if extended & ~(_LAST | _SEALED | _DATED) or bool(extended & _LAST) != is_last:
        raise PayloadError("GBZ: extended header control 0x%02x" % extended)
    sealed_as = from_s = None
    if extended & _SEALED:
        sealed_as = _number(octets, at, _ADDITIONAL_HEADER)
        at += _ADDITIONAL_HEADER
    if extended & _DATED:
        from_s = _number(octets, at, 4)
        at += 4
    if at + _ZCL_HEADER > len(octets):
        raise PayloadError("GBZ: a component without ZCL header")
    control, sequence, command = octets[at : at + _ZCL_HEADER]
    at += _ZCL_HEADER
    if sealed_as is not None:
        size = _number(octets, at, _LENGTH)
        at += _LENGTH
        if size != len(octets) - at:
            raise PayloadError("GBZ: the length of what is encrypted is wrong")
    return Component(cluster, control, sequence, command, octets[at:], from_s, sealed_as)


def encode(components):
    """Return the payload of Components; PayloadError for more than a message takes."""
    return finish(encode_in_slices(components))


def encode_in_slices(components):
    """Do, sliced, as encode() does."""
    if len(components) > _MOST_COMPONENTS:
        raise PayloadError("GBZ: %d components" % len(components))
    octets = bytearray(_PROFILE)
    octets.append(len(components))
    for number, component in enumerate(components):
        _put(octets, component, number == len(components) - 1)
        yield
    return bytes(octets)


def _put(octets, component, is_last):
    extended, head = int(is_last), b""
    carried = bytes((component.control, component.sequence, component.command))
    if component.sealed_as is not None:
        extended |= _SEALED
        head = component.sealed_as.to_bytes(_ADDITIONAL_HEADER, "big")
        carried += len(component.payload).to_bytes(_LENGTH, "big")
    if component.from_s is not None:
        extended |= _DATED
        head += component.from_s.to_bytes(4, "big")
    size = len(head) + len(carried) + len(component.payload)
    octets.append(extended)
    octets.extend(component.cluster.to_bytes(2, "big"))
    octets.extend(size.to_bytes(2, "big"))
    octets.extend(head)
    octets.extend(carried)
    octets.extend(component.payload)


def _number(octets, at, size):
    if at + size > len(octets):
        raise PayloadError("GBZ: ends inside a field")
    return int.from_bytes(octets[at : at + size], "big")


def encode_alert(code, at_s, content=b""):
    """Return the payload of an alert; content: what it has to say beside its code."""
    head = _PROFILE + bytes((1 if content else 0,))
    return head + code.to_bytes(2, "big") + at_s.to_bytes(4, "big") + content


def reference(message_code, counter, commands):
    """Return what a Command of a later date keeps for its alerts.

    commands: (cluster, command) of each component that it carries out.
    """
    octets = message_code.to_bytes(2, "big") + counter.to_bytes(8, "big")
    for cluster, command in commands:
        octets += cluster.to_bytes(2, "big") + bytes((command,))
    return octets


def future_contents(kept):
    """Return what the alerts say that fall due as a Command of a later date was run.

    kept: its reference(). One for each component that it carried out.
    """
    contents = []
    for at in range(_REFERENCE_HEAD, len(kept), _CARRIED_OUT):
        cluster, command = kept[at : at + 2], kept[at + 2 : at + _CARRIED_OUT]
        content = kept[:_REFERENCE_HEAD] + cluster + bytes((_CLUSTER_COMMAND,)) + command
        contents.append(bytes((len(content),)) + content)
    return contents

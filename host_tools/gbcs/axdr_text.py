"""DLMS data as JSON and back: `{"uint32": 900}`, `{"structure": [...]}`, octets in hex.

Everything that A-XDR can say of the types that GBCS uses, without knowing the object.
"""

from typing import Any

_INTEGERS = {
    5: ("int32", 4, True),
    6: ("uint32", 4, False),
    13: ("bcd", 1, True),
    15: ("int8", 1, True),
    16: ("int16", 2, True),
    17: ("uint8", 1, False),
    18: ("uint16", 2, False),
    20: ("int64", 8, True),
    21: ("uint64", 8, False),
    22: ("enum", 1, False),
}
_OCTETS = {9: "octets", 10: "visible", 12: "utf8"}
_LISTS = {1: "array", 2: "structure"}
_BOOLEAN, _BITS, _COMPACT = 3, 4, 19
_TRUE = 0xFF
_MOST_DEPTH = 12


class AxdrTextError(ValueError):
    """Octets are no A-XDR, or a value is none of those that it can say; the text says why."""


def take(octets: bytes, at: int, depth: int = 0) -> tuple[Any, int]:
    """Return (value, end) of the data at an offset."""
    tag, at = _octet(octets, at)
    if depth > _MOST_DEPTH:
        raise AxdrTextError("data: nested too deep")
    if tag == 0:
        return None, at
    if tag == _BOOLEAN:
        value, at = _octet(octets, at)
        return bool(value), at
    if tag in _INTEGERS:
        name, size, signed = _INTEGERS[tag]
        held, at = _slice(octets, at, size)
        return {name: int.from_bytes(held, "big", signed=signed)}, at
    if tag in _OCTETS:
        size, at = take_length(octets, at)
        held, at = _slice(octets, at, size)
        return {_OCTETS[tag]: held.hex() if tag == 9 else held.decode(errors="replace")}, at
    if tag == _BITS:
        count, at = take_length(octets, at)
        held, at = _slice(octets, at, (count + 7) // 8)
        bits = "".join(f"{octet:08b}" for octet in held)[:count]
        return {"bits": bits}, at
    if tag in _LISTS:
        count, at = take_length(octets, at)
        values = []
        for _ in range(count):
            value, at = take(octets, at, depth + 1)
            values.append(value)
        return {_LISTS[tag]: values}, at
    if tag == _COMPACT:
        end = _skip_description(octets, at)
        size, start = take_length(octets, end)
        held, after = _slice(octets, start, size)
        return {"compact": {"type": octets[at:end].hex(), "content": held.hex()}}, after
    raise AxdrTextError(f"data: there is no type {tag} at {at - 1}")


def encode(value: Any) -> bytes:
    """Return the octets of a value."""
    if value is None:
        return b"\x00"
    if isinstance(value, bool):
        return bytes((_BOOLEAN, _TRUE if value else 0))
    if not isinstance(value, dict) or len(value) != 1:
        raise AxdrTextError(f"value: {value!r} has no type")
    ((name, held),) = value.items()
    try:
        for tag, (known, size, signed) in _INTEGERS.items():
            if name == known:
                return bytes((tag,)) + int(held).to_bytes(size, "big", signed=signed)
        for tag, known in _LISTS.items():
            if name == known:
                parts = b"".join(encode(one) for one in held)
                return bytes((tag,)) + length(len(held)) + parts
        for tag, known in _OCTETS.items():
            if name == known:
                octets = bytes.fromhex(held) if tag == 9 else held.encode()
                return bytes((tag,)) + length(len(octets)) + octets
        if name == "bits":
            padded = held + "0" * (-len(held) % 8)
            octets = int(padded or "0", 2).to_bytes(len(padded) // 8, "big")
            return bytes((_BITS,)) + length(len(held)) + octets
    except (OverflowError, ValueError, TypeError, AttributeError) as error:
        raise AxdrTextError(f"value: {held!r} is no {name}: {error}") from error
    raise AxdrTextError(f"value: there is no type {name}")


def take_length(octets: bytes, at: int) -> tuple[int, int]:
    """Return (length, end)."""
    first, at = _octet(octets, at)
    if first < 0x80:
        return first, at
    held, at = _slice(octets, at, first & 0x7F)
    return int.from_bytes(held, "big"), at


def length(count: int) -> bytes:
    """Return a length in its shortest form."""
    if count < 0x80:
        return bytes((count,))
    return b"\x81" + bytes((count,)) if count < 0x100 else b"\x82" + count.to_bytes(2, "big")


def _skip_description(octets: bytes, at: int) -> int:
    tag, at = _octet(octets, at)
    if tag == 1:
        return _skip_description(octets, at + 2)
    if tag == 2:
        count, at = take_length(octets, at)
        for _ in range(count):
            at = _skip_description(octets, at)
    return at


def _octet(octets: bytes, at: int) -> tuple[int, int]:
    if at >= len(octets):
        raise AxdrTextError(f"data: ends at {at}")
    return octets[at], at + 1


def _slice(octets: bytes, at: int, size: int) -> tuple[bytes, int]:
    if at + size > len(octets):
        raise AxdrTextError(f"data: ends at {len(octets)}, {size} belong at {at}")
    return octets[at : at + size], at + size

"""A value for every field of every command in the table, the same at each run.

Arrays have two members, strings some letters, and every condition holds.
"""

import random
import re

from protometer.han.cluster_command import _COLUMNS, _TABLE, ClusterCommand
from protometer.han.zcl_types import is_string, kind_of, size_of
from protometer.model.table import rows

_MEMBERS = 2
# A field that only some values suit: by field, else by command and field.
_SUITABLE = {
    # A tier in its upper half, the number of thresholds in its lower.
    "tierNumberOfBlockThresholds": 0x10 | _MEMBERS,
    "keyEstablishmentSuite": 1,
    "requestedKeyEstablishmentSuite": 1,
    # Of Cancel Message it is deprecated, and to be 0.
    "messageControl": 0,
}
_OCTETS = {
    "identity": 48,
    "ephemeralData": 22,
    "secureMessageAuthenticationCode": 16,
    "signature": 42,
}
_FIELD = re.compile(r"(?:(\w*)([&=>]?)(\d*)\?)?(\w+):(\(.*\)|\w+)(?:\[(\w*)(?:&\d+)?\])?$")


def all_rows():
    """Return every row of the table."""
    return list(rows(_TABLE, _COLUMNS))


def every_command():
    """Yield (ClusterCommand, values)."""
    for row in all_rows():
        yield ClusterCommand(row), values_of(row[3], row[5].split())


def taken_apart(text):
    """Return (field, sign, number, name, type, is array, count) of a field's text."""
    field, sign, number, name, kind, count = _FIELD.match(text).groups()
    return field, sign, number, name, kind, count is not None, count


def values_of(command, texts):
    """Return values for the fields of a command."""
    dice = random.Random(command)
    fields = [taken_apart(text) for text in texts]
    wanted = dict(_SUITABLE)
    for field, sign, number, _, _, _, count in fields:
        if field:
            wanted[field] = {"&": 1, "=": 0, ">": int(number) + 1}[sign]
        if count and "&" not in count:
            wanted.setdefault(count, _MEMBERS)
    return {
        name: _value(dice, name, kind, many, wanted) for _, _, _, name, kind, many, _ in fields
    }


def _value(dice, name, kind, many, wanted):
    if many and kind == "u8":
        return dice.randbytes(_OCTETS.get(name, _MEMBERS))
    if many:
        return [_value(dice, name, kind, False, wanted) for _ in range(_MEMBERS)]
    if kind[0] == "(":
        return values_of(name, kind[1:-1].split(","))
    if name in wanted:
        return wanted[name]
    if is_string(kind_of(kind)):
        return bytes(dice.choices(b"abcdefgh", k=dice.randint(1, 9)))
    if kind[0] == "e" and kind != "eui64":
        return 1
    return dice.getrandbits(8 * size_of(kind_of(kind)) - 1)


def spans(texts, values, at=0):
    """Return [(field, first octet, octets)] of a command's fields, members of arrays by one."""
    found = []
    for _, _, _, name, kind, many, _ in map(taken_apart, texts):
        value = values[name]
        if many and kind == "u8":
            found.append((name, at, len(value)))
            at += len(value)
            continue
        for member in value if many else [value]:
            if kind[0] == "(":
                inner = spans(kind[1:-1].split(","), member, at)
                found += inner
                at = inner[-1][1] + inner[-1][2]
                continue
            size = len(member) + 1 if is_string(kind_of(kind)) else size_of(kind_of(kind))
            found.append((name, at, size))
            at += size
    return found

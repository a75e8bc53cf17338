"""Configure Reporting: what is reported, how often, and from which change on (ZCL 2.5.7).

In a board's memory while one is carried out.
"""

from micropython import const

from . import zcl
from .frame_error import FrameError
from .zcl_types import get_value, is_analogue

_SENDS = const(0x00)
_RECEIVES = const(0x01)
# As a longest interval: no reports.
_NEVER = const(0xFFFF)

_UNREPORTABLE = const(0x8C)
_MOST_REPORTED = const(20)


def configure(table, reporting, cluster, payload):
    """Carry out a Configure Reporting of attributes of an AttributeTable, for its Reporting.

    Return the payload of the response; FrameError where that of the command is malformed.
    """
    refusals = bytearray()
    for record in _records(payload):
        status = _configure(table, reporting, cluster, record)
        if status:
            refusals.append(status)
            refusals.append(record[0])
            zcl.put_uint(refusals, record[1], 2)
    return refusals or bytes((zcl.SUCCESS,))


def _configure(table, reporting, cluster, record):
    direction, identifier, kind, shortest_s, longest_s, change = record
    if direction == _RECEIVES:
        return zcl.SUCCESS
    found = table.find(cluster, identifier)
    if found is None:
        return zcl.UNSUPPORTED_ATTRIBUTE
    if found.is_constant():
        return _UNREPORTABLE
    if found.kind != kind:
        return zcl.INVALID_DATA_TYPE
    if shortest_s > longest_s > 0:
        return zcl.INVALID_VALUE
    earlier = reporting.find(cluster, identifier)
    if earlier:
        reporting.reported.remove(earlier)
    if longest_s != _NEVER:
        if len(reporting.reported) == _MOST_REPORTED:
            return zcl.INSUFFICIENT_SPACE
        found = earlier or found
        found.report_s, found.longest_s, found.change = shortest_s, longest_s, change
        reporting.reported.append(found)
    return zcl.SUCCESS


def _records(payload):
    """Return [(direction, attribute, type, shortest s, longest s, least change)]."""
    records = []
    at = 0
    while at < len(payload):
        direction = zcl.get_uint(payload, at, 1)
        identifier = zcl.get_uint(payload, at + 1, 2)
        at += 3
        if direction == _RECEIVES:
            zcl.get_uint(payload, at, 2)
            records.append((direction, identifier, 0, 0, 0, 0))
            at += 2
        elif direction == _SENDS:
            kind = zcl.get_uint(payload, at, 1)
            shortest_s = zcl.get_uint(payload, at + 1, 2)
            longest_s = zcl.get_uint(payload, at + 3, 2)
            at += 5
            change = 0
            if is_analogue(kind):
                change, at = get_value(payload, at, kind)
            records.append((direction, identifier, kind, shortest_s, longest_s, change))
        else:
            raise FrameError("reporting: no such direction")
    if not records:
        raise FrameError("reporting: nothing asked")
    return records

"""Attribute reports: what has changed goes out by itself (ZCL revision 8, 2.5.7 to 2.5.11).

`attributes.tbl` says what is reported as shipped; Configure Reporting changes that, until the
next start, for whom the cluster is bound to.
"""

from micropython import const

from . import zcl
from .frame_error import FrameError

_SENDS = const(0x00)
_RECEIVES = const(0x01)
# As a longest interval: never; as a shortest and longest, with 0 or with this: no reports.
_NEVER = const(0xFFFF)

_INVALID_VALUE = const(0x87)
_UNREPORTABLE = const(0x8C)
_INVALID_DATA_TYPE = const(0x8D)


class Reporting:
    """Builds the reports of an AttributeServer's attributes.

    find(cluster, identifier) gives one of them, or None; read(name, index) as the server has it.
    """

    def __init__(self, attributes, find, read):
        self._find = find
        self._read = read
        self._reported = [row for row in attributes if row.report_s >= 0]
        # What Configure Reporting has set: attribute: (longest interval in s or 0, least change).
        self._limits = {}

    def due(self, now_s):
        """Return (cluster, payload) of a report that is due, or None.

        An attribute that changed is due when its interval has passed since its last report, and
        one with a longest interval after that; what else has changed in its cluster goes along.
        """
        for attribute in self._reported:
            # A clock that was set back counts as time gone by.
            since_s = now_s - attribute.reported_s
            if 0 <= since_s < attribute.report_s:
                continue
            if self._changed(attribute) or self._is_overdue(attribute, since_s):
                return attribute.cluster, self._report(attribute, now_s)
        return None

    def configure(self, cluster, payload):
        """Carry out Configure Reporting; return the payload of its response. FrameError."""
        refusals = bytearray()
        for record in _records(payload):
            status = self._configure(cluster, record)
            if status:
                refusals.append(status)
                refusals.append(record[0])
                zcl.put_uint(refusals, record[1], 2)
        return refusals or bytes((zcl.SUCCESS,))

    def _configure(self, cluster, record):
        direction, identifier, kind, shortest_s, longest_s, change = record
        if direction == _RECEIVES:
            return zcl.SUCCESS
        found = self._find(cluster, identifier)
        if found is None:
            return zcl.UNSUPPORTED_ATTRIBUTE
        if found.is_constant():
            return _UNREPORTABLE
        if found.kind != kind:
            return _INVALID_DATA_TYPE
        if shortest_s > longest_s > 0:
            return _INVALID_VALUE
        self._forget(found)
        if longest_s != _NEVER:
            found.report_s = shortest_s
            self._limits[found] = (longest_s, change)
            self._reported.append(found)
        return zcl.SUCCESS

    def _forget(self, attribute):
        self._limits.pop(attribute, None)
        if attribute in self._reported:
            self._reported.remove(attribute)

    def _changed(self, attribute):
        value = attribute.value(self._read, 0)
        before = attribute.reported
        limits = self._limits.get(attribute)
        if limits and limits[1] and before is not None:
            return abs(value - before) >= limits[1]
        return value != before

    def _is_overdue(self, attribute, since_s):
        limits = self._limits.get(attribute)
        return bool(limits and limits[0]) and not 0 <= since_s < limits[0]

    def _report(self, first, now_s):
        report = bytearray()
        for attribute in self._reported:
            if attribute.cluster != first.cluster:
                continue
            if attribute is first or self._changed(attribute):
                value = attribute.value(self._read, now_s)
                attribute.reported = value
                attribute.reported_s = now_s
                zcl.put_uint(report, attribute.identifier, 2)
                report.append(attribute.kind)
                zcl.put_value(report, attribute.kind, value)
        return report


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
            if zcl.is_analogue(kind):
                change, at = zcl.get_value(payload, at, kind)
            records.append((direction, identifier, kind, shortest_s, longest_s, change))
        else:
            raise FrameError("Configure Reporting: direction 0x%02x" % direction)
    if not records:
        raise FrameError("Configure Reporting: nothing to configure")
    return records

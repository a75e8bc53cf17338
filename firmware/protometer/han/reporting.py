"""Attribute reports: what has changed goes out by itself (ZCL revision 8, 2.5.7 to 2.5.11).

`attributes.tbl` says what is reported as shipped; Configure Reporting changes that, until the
next start, for whom the cluster is bound to.
"""

from micropython import const

from . import zcl
from .frame_error import FrameError
from .zcl_types import get_value, is_analogue, put_value

_SENDS = const(0x00)
_RECEIVES = const(0x01)
# As a longest interval: never; as a shortest and longest, with 0 or with this: no reports.
_NEVER = const(0xFFFF)

_UNREPORTABLE = const(0x8C)
_MOST_REPORTED = const(20)
# A report with this much takes no more attributes along: they go with the next one.
_MOST_OCTETS = const(44)


class Reporting:
    """Builds the reports of the attributes of an AttributeTable.

    read(name, index) as the server has it.
    """

    def __init__(self, table, read):
        self._table = table
        self._read = read
        self._reported = table.reported()

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
            if self._changed(attribute) or _is_overdue(attribute, since_s):
                return attribute.cluster, self._report(attribute, now_s)
        return None

    def find(self, cluster, identifier):
        """Return an attribute that is reported, or None."""
        for attribute in self._reported:
            if attribute.identifier == identifier and attribute.cluster == cluster:
                return attribute
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
        found = self._table.find(cluster, identifier)
        if found is None:
            return zcl.UNSUPPORTED_ATTRIBUTE
        if found.is_constant():
            return _UNREPORTABLE
        if found.kind != kind:
            return zcl.INVALID_DATA_TYPE
        if shortest_s > longest_s > 0:
            return zcl.INVALID_VALUE
        earlier = self.find(cluster, identifier)
        if earlier:
            self._reported.remove(earlier)
        if longest_s != _NEVER:
            if len(self._reported) == _MOST_REPORTED:
                return zcl.INSUFFICIENT_SPACE
            found = earlier or found
            found.report_s, found.longest_s, found.change = shortest_s, longest_s, change
            self._reported.append(found)
        return zcl.SUCCESS

    def _changed(self, attribute):
        value = attribute.value(self._read, 0)
        before = attribute.reported
        if attribute.change and before is not None:
            return abs(value - before) >= attribute.change
        return value != before

    def _report(self, first, now_s):
        report = bytearray()
        for attribute in self._reported:
            if attribute.cluster != first.cluster:
                continue
            is_due = attribute is first or self._changed(attribute)
            if is_due and len(report) <= _MOST_OCTETS:
                value = attribute.value(self._read, now_s)
                attribute.reported = value
                attribute.reported_s = now_s
                zcl.put_uint(report, attribute.identifier, 2)
                report.append(attribute.kind)
                put_value(report, attribute.kind, value)
        return report


def _is_overdue(attribute, since_s):
    return attribute.longest_s > 0 and not 0 <= since_s < attribute.longest_s


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

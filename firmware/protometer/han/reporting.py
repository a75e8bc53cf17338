"""Attribute reports: what has changed goes out by itself (ZCL revision 8, 2.5.7 to 2.5.11).

`attributes.tbl` says what is reported as shipped; Configure Reporting changes that (see
reporting_configuration), until the next start, for whom the cluster is bound to.
"""

from micropython import const

from . import zcl
from .zcl_types import put_value

# A report with this much takes no more attributes along: they go with the next one.
_MOST_OCTETS = const(44)


class Reporting:
    """Builds the reports of the attributes of an AttributeTable: of those in `reported`.

    read(name, index) as the server has it.
    """

    def __init__(self, table, read):
        self._read = read
        self.reported = table.reported()

    def due(self, now_s):
        """Return (cluster, payload) of a report that is due, or None.

        An attribute that changed is due when its interval has passed since its last report, and
        one with a longest interval after that; what else has changed in its cluster goes along.
        """
        for attribute in self.reported:
            # A clock that was set back counts as time gone by.
            since_s = now_s - attribute.reported_s
            if 0 <= since_s < attribute.report_s:
                continue
            if self._changed(attribute) or _is_overdue(attribute, since_s):
                return attribute.cluster, self._report(attribute, now_s)
        return None

    def find(self, cluster, identifier):
        """Return an attribute that is reported, or None."""
        for attribute in self.reported:
            if attribute.identifier == identifier and attribute.cluster == cluster:
                return attribute
        return None

    def _changed(self, attribute):
        value = attribute.value(self._read, 0)
        before = attribute.reported
        if attribute.change and before is not None:
            return abs(value - before) >= attribute.change
        return value != before

    def _report(self, first, now_s):
        report = bytearray()
        for attribute in self.reported:
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

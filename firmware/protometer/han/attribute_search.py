"""Attributes out of the table where there is no index of it: those that remote parties ask for."""

from ..model.dictionary import is_for
from ..model.table import rows
from .attribute_index import runs
from .attributes import COLUMNS, TABLE, Attribute


def attributes_of(role, cluster, identifiers):
    """Return, sliced, {identifier: Attribute} of those that a role serves."""
    found = {}
    for row in rows(TABLE, COLUMNS, "0x%04x" % cluster):
        yield
        if not is_for(role, row[3]):
            continue
        number = 0
        for first, count, step in runs(row[1]):
            for identifier in identifiers:
                beyond = identifier - first
                if 0 <= beyond < count * step and not beyond % step:
                    found[identifier] = Attribute(row, identifier, number + beyond // step, False)
            number += count
    return found

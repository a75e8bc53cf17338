"""Values that the messages about security credentials share (GBCS 13)."""

from micropython import const

from ..crypto.der import BIT_STRING, INTEGER, DerError
from . import asn1
from .trust_anchors import MANAGEMENT, PREPAYMENT_TOP_UP

# Status codes, as RFC 5934 numbers them.
SUCCESS = const(0)
BAD_CERTIFICATE = const(5)
NO_TRUST_ANCHOR = const(10)
TRUST_ANCHOR_NOT_FOUND = const(25)
OTHER = const(127)
_MOST_ROLE = const(8)


def take_role(reader):
    """Return the number of a role, or raise DerError."""
    role = reader.integer()
    if role > _MOST_ROLE:
        raise DerError("a role of %d" % role)
    return role


def take_key_usage(reader):
    """Return the octet of a key usage, or raise DerError."""
    content = reader.take(BIT_STRING)
    if len(content) != 2 or content[0] > 7 or not content[1]:
        raise DerError("a key usage of another form")
    return content[1]


def take_cell(reader):
    """Return (role, key usage, cell usage) of a TrustAnchorCellIdentifier's content."""
    role = take_role(reader)
    usage = take_key_usage(reader)
    cell_usage = MANAGEMENT
    if reader.tag() == INTEGER:
        cell_usage = reader.integer()
        if cell_usage != PREPAYMENT_TOP_UP:
            raise DerError("a cell usage of %d" % cell_usage)
    reader.end()
    return role, usage, cell_usage


def cell_identifier(role, usage, cell_usage):
    """Return a TrustAnchorCellIdentifier."""
    return asn1.sequence(asn1.integer(role), asn1.key_usage(usage), cell_usage_of(cell_usage))


def cell_usage_of(cell_usage):
    """Return a CellUsage, nothing for management, its default."""
    return b"" if cell_usage == MANAGEMENT else asn1.integer(cell_usage)

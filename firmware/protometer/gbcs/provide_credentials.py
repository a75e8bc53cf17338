"""Provide Security Credential Details: CS02a, and CS02f for load controllers (GBCS 13.5)."""

from micropython import const

from ..crypto.der import sole
from . import asn1
from .credentials import (
    OTHER,
    SUCCESS,
    TRUST_ANCHOR_NOT_FOUND,
    cell_usage_of,
    take_cell,
    take_role,
)
from .remote_parties import TRANSITIONAL_COS

_CS02F = const(0x011B)
# Of a device that knows load controllers this role's cells are nobody's business.
_NOT_TOLD = (TRANSITIONAL_COS,)


def provide(execution, anchors, payload):
    """Return, sliced, the payload of the response; DerError where the command's is none."""
    command = sole(payload)
    take_cell(command.within())
    roles = command.within()
    command.end()
    details = []
    while roles.left():
        details.append(_details(anchors, take_role(roles), execution))
        yield
    return asn1.sequence(*details)


def _details(anchors, role, execution):
    cells = [cell for cell in anchors.cells() if cell.role == role]
    if execution.use_case.code == _CS02F and role in _NOT_TOLD:
        status = OTHER
    elif not cells:
        status = TRUST_ANCHOR_NOT_FOUND
    else:
        contents = [
            asn1.sequence(
                asn1.key_usage(cell.key_usage),
                cell_usage_of(cell.cell_usage),
                asn1.octet_string(cell.entity),
                asn1.octet_string(cell.key_identifier),
            )
            for cell in cells
        ]
        return asn1.sequence(
            asn1.integer(role),
            asn1.enumerated(SUCCESS),
            asn1.integer(anchors.counter(role)),
            asn1.sequence(*contents),
        )
    return asn1.sequence(asn1.integer(role), asn1.enumerated(status))

"""Alerts: which message an event becomes, and for whom (GBCS 16; SMETS2 5.5.2, 4.4.2.2)."""

from micropython import const

from ..crypto.certificate import DIGITAL_SIGNATURE, KEY_AGREEMENT
from ..model.table import rows, table_path
from . import remote_parties
from .envelope import (
    ALERT,
    Message,
    encode_general_signing,
    encode_signed_part,
)

_TABLE = table_path(__file__, "alert_messages.tbl")
_COLUMNS = 6
_RAISED = "raised"
# Tells what an activation of firmware keeps for its alert from what other Commands keep.
FIRMWARE_REFERENCE = b"\xca"
_GENERIC_CRITICAL = const(0x1000)
_GENERIC = const(0x1001)
_CRITICAL_FROM = const(0x8F00)
# 0x80nn are of the network operator, the others of the supplier.
_NETWORK_FAMILY = const(0x80)


class AlertMessage:
    """How an alert code is carried: message code, letters of the roles that it goes to, marks and
    content as the table has them, content None for nothing.
    """

    def __init__(self, message_code, to, marks, content):
        self.message_code = message_code
        self.to = to
        self.critical = "C" in marks
        self.is_asn1 = "A" in marks
        self.is_encrypted = "E" in marks
        # Whoever raises it brings the content.
        self.is_raised = content == _RAISED
        self.content = None if self.is_raised else content


def devices_of(message_code):
    """Return the letters of the devices that send a message of the table, "" for others."""
    wanted = "0x%04x" % message_code
    for row in rows(_TABLE, _COLUMNS, holding=wanted):
        if row[2] == wanted:
            return row[1]
    return ""


def message_of(code, letter):
    """Return the AlertMessage of an alert code for a device's letter."""
    for row in rows(_TABLE, _COLUMNS, "0x%04x" % code):
        if letter in row[1]:
            content = None if row[5] == "-" else row[5]
            return AlertMessage(int(row[2], 16), row[3], row[4], content)
    if letter in "CFU":
        to = "A"
    elif code >> 8 == _NETWORK_FAMILY:
        to = "N"
    else:
        to = "S"
    if code >= _CRITICAL_FROM:
        return AlertMessage(_GENERIC_CRITICAL, to, "C", None)
    return AlertMessage(_GENERIC, to, "M", None)


def recipient(engine, critical, role):
    """Return the Cell of a role's party that an alert is for, or None."""
    usages = (DIGITAL_SIGNATURE, KEY_AGREEMENT) if critical else (KEY_AGREEMENT,)
    cells = [engine.anchors.cell(role, usage) for usage in usages]
    return next((cell for cell in cells if cell), None)


def sign(engine, message_code, entity, payload, counter, party=(None, None)):
    """Return, sliced, a critical alert for an entity: signed.

    party: the supplementary remote party, and its counter, where the alert answers a Command of
    such.
    """
    message = _message(engine, message_code, entity, payload, counter)
    message.party, message.party_counter = party
    signed = encode_signed_part(message)
    return encode_general_signing(signed, (yield from engine.keys.sign(signed)))


def authenticate(engine, message_code, cell, payload, counter):
    """Return, sliced, an alert that is not critical, authenticated for a cell's party."""
    message = _message(engine, message_code, cell.entity, payload, counter)
    whole = encode_general_signing(encode_signed_part(message))
    return (yield from engine.authenticated(message, whole, cell))


def _message(engine, message_code, entity, payload, counter):
    message = Message()
    message.kind, message.counter, message.code = ALERT, counter, message_code
    message.originator, message.target = engine.identifier(), entity
    message.payload = payload
    return message


def roles_of(to):
    """Return the roles that letters of the table stand for."""
    return [role for role in range(9) if remote_parties.letter(role) in to]

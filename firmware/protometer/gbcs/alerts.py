"""Alerts: which message an event becomes, and for whom (GBCS 16; SMETS2 5.5.2, 4.4.2.2)."""

from micropython import const

from ..model.table import rows, table_path
from . import remote_parties
from .date_time import date_time
from .envelope import (
    ALERT,
    Message,
    encode_general_ciphering,
    encode_general_signing,
    encode_signed_part,
)

_TABLE = table_path(__file__, "alert_messages.tbl")
_COLUMNS = 6
_GENERIC_CRITICAL = const(0x1000)
_GENERIC = const(0x1001)
_CRITICAL_FROM = const(0x8F00)
# 0x80nn are of the network operator, the others of the supplier.
_NETWORK_FAMILY = const(0x80)

_DATA_NOTIFICATION = const(0x0F)
_INVOKE_ID = const(0x20)
_STRUCTURE = const(0x02)
_LONG_UNSIGNED = const(0x12)
_OCTET_STRING = const(0x09)
_GBZ_PROFILE = b"\x01\x09"


class AlertMessage:
    """How an alert code is carried: message code, roles it goes to, critical, content's name."""

    def __init__(self, message_code, to, critical, content):
        self.message_code = message_code
        self.to = to
        self.critical = critical
        self.content = content


def message_of(code, letter):
    """Return the AlertMessage of an alert code for a device's letter."""
    for row in rows(_TABLE, _COLUMNS):
        first, _, last = row[0].partition("-")
        if letter in row[1] and int(first, 16) <= code <= int(last or first, 16):
            content = None if row[5] == "-" else row[5]
            return AlertMessage(int(row[2], 16), row[3], "C" in row[4], content)
    if letter in "CFU":
        to = "A"
    elif code >> 8 == _NETWORK_FAMILY:
        to = "N"
    else:
        to = "S"
    critical = code >= _CRITICAL_FROM
    return AlertMessage(_GENERIC_CRITICAL if critical else _GENERIC, to, critical, None)


def dlms_payload(counter, code, at_s, elements=()):
    """Return a data-notification: a structure of code, time, and the elements' octets."""
    head = bytes((_DATA_NOTIFICATION, _INVOKE_ID)) + (counter & 0xFFFFFF).to_bytes(3, "big")
    body = bytes((0, _STRUCTURE, 2 + len(elements), _LONG_UNSIGNED, code >> 8, code & 0xFF))
    time = date_time(at_s)
    return head + body + bytes((_OCTET_STRING, len(time))) + time + b"".join(elements)


def dlms_octets(octets):
    """Return an element of dlms_payload(): an octet string."""
    return bytes((_OCTET_STRING, len(octets))) + octets


def gbz_payload(code, at_s, content=b"", components=1):
    """Return the payload of a gas device: code, time, content."""
    head = _GBZ_PROFILE + bytes((components if content else 0,))
    return head + code.to_bytes(2, "big") + at_s.to_bytes(4, "big") + content


def seal(engine, message_code, critical, role, payload, counter):
    """Return, sliced, an alert for a role's party, signed or authenticated; None without party."""
    from ..crypto.certificate import DIGITAL_SIGNATURE, KEY_AGREEMENT

    usage = DIGITAL_SIGNATURE if critical else KEY_AGREEMENT
    cell = engine.anchors.cell(role, usage) or engine.anchors.cell(role, KEY_AGREEMENT)
    if cell is None:
        return None
    message = Message()
    message.kind, message.counter, message.code = ALERT, counter, message_code
    message.originator, message.target = engine.identifier(), cell.entity
    message.payload = payload
    signed = encode_signed_part(message)
    if critical:
        return encode_general_signing(signed, (yield from engine.keys.sign(signed)))
    from .protection import mac

    whole = encode_general_signing(signed)
    secret = yield from engine.keys.secret_with(cell.entity, cell.public_key)
    return encode_general_ciphering(whole, (yield from mac(secret, message, whole)))


def roles_of(to):
    """Return the roles that letters of the table stand for."""
    return [role for role in range(9) if remote_parties.letter(role) in to]

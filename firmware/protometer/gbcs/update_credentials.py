"""Update Security Credentials: CS02b and CS02g in all their modes (GBCS 13.3, 13.6).

Each replacement stands alone: a certificate that does not lead to the root cell leaves its cell
as it was, and the others are replaced.
"""

from micropython import const

from ..crypto.certificate import KEY_CERT_SIGN, CertificateError, read_certificate
from ..crypto.der import GENERALIZED_TIME, SEQUENCE, DerError, sole
from ..crypto.ecdsa import verify
from . import asn1
from .credentials import NO_TRUST_ANCHOR, SUCCESS, cell_identifier, take_cell, take_role
from .generalized_time import generalized, parse_generalized
from .remote_parties import (
    ACCESS_CONTROL_BROKER,
    LOAD_CONTROLLER,
    NETWORK_OPERATOR,
    RECOVERY,
    ROOT,
    SUPPLIER,
    TRANSITIONAL_COS,
    WAN_PROVIDER,
)
from .trust_anchors import pack_cell

_MODES = const(12)
_CODE_OF_MODE_0 = const(0x0100)
_CODE_OF_MODE_10 = const(0x0125)
_MOST_MODE_OF_CS02B = const(9)
_EUI = const(8)

# Context tags of AuthorisingRemotePartyControl.
_SYMMETRIC_KEY = const(0x80)
_TIME_CHECKS = const(0x81)
_AUTHORISING_CELL = const(0xA2)
_COUNTER = const(0x83)
_FLOOR = const(0x84)
_SPECIALIST_FLOORS = const(0xA5)
_OTHER_FLOORS = const(0xA6)

# Role that authorises each mode, and the roles whose cells it may replace.
_ALL = (
    RECOVERY,
    SUPPLIER,
    NETWORK_OPERATOR,
    ACCESS_CONTROL_BROKER,
    TRANSITIONAL_COS,
    WAN_PROVIDER,
    LOAD_CONTROLLER,
)
_AUTHORITY = (
    (SUPPLIER, (ROOT,)),
    (WAN_PROVIDER, (ROOT,)),
    (SUPPLIER, (SUPPLIER,)),
    (NETWORK_OPERATOR, (NETWORK_OPERATOR,)),
    (ACCESS_CONTROL_BROKER, (ACCESS_CONTROL_BROKER,)),
    (WAN_PROVIDER, (WAN_PROVIDER,)),
    (TRANSITIONAL_COS, (TRANSITIONAL_COS,)),
    (TRANSITIONAL_COS, (SUPPLIER,)),
    (RECOVERY, _ALL),
    (RECOVERY, (ROOT,) + _ALL),
    (LOAD_CONTROLLER, (LOAD_CONTROLLER,)),
    (SUPPLIER, (LOAD_CONTROLLER,)),
)


class Update:
    """A command, decoded: mode, counter; changes: (role, floor, specialist floors) in order;
    replacements: (certificate or None, its cell); path: certificates; at_s: None for at once.
    """

    def __init__(self):
        self.changes = []
        self.replacements = []
        self.path = []
        self.at_s = None

    def read(self, payload):
        """Take, sliced, all of it from a payload, or raise DerError."""
        command = sole(payload)
        yield
        yield from self._read_control(command.within())
        replacements = command.within()
        while replacements.left():
            one = replacements.within()
            certificate = yield from _certificate(one.whole())
            self.replacements.append((certificate, take_cell(one.within())))
            one.end()
        path = command.within()
        while path.left():
            self.path.append((yield from _certificate(path.whole())))
        if command.left():
            try:
                self.at_s = parse_generalized(command.take(GENERALIZED_TIME))
            except ValueError as error:
                raise DerError(str(error))
        command.end()

    def _read_control(self, control):
        self.mode = control.integer()
        if self.mode >= _MODES:
            raise DerError("a replacement mode of %d" % self.mode)
        self.role = _AUTHORITY[self.mode][0]
        if control.tag() == _SYMMETRIC_KEY:
            control.take(_SYMMETRIC_KEY)
        # 0 has the validity of certificates checked.
        self.checks_time = control.tag() == _TIME_CHECKS and not control.integer(_TIME_CHECKS)
        if control.tag() == _AUTHORISING_CELL:
            take_cell(control.within(_AUTHORISING_CELL))
        self.counter = control.integer(_COUNTER)
        if control.tag() == _FLOOR:
            floor = control.integer(_FLOOR)
            special = ()
            if control.tag() == _SPECIALIST_FLOORS:
                special = _specialist_floors(control.within(_SPECIALIST_FLOORS))
            self.changes.append((self.role, floor, special))
        yield
        if control.tag() == _OTHER_FLOORS:
            others = control.within(_OTHER_FLOORS)
            while others.left():
                self.changes.append(_floors_of(others.within()))
                yield
        control.end()

    def is_of_load_controller(self):
        """Tell whether it is CS02g, and not CS02b."""
        return self.mode > _MOST_MODE_OF_CS02B

    def message_code(self):
        """Return the message code of the mode."""
        if self.is_of_load_controller():
            return _CODE_OF_MODE_10 + self.mode - _MOST_MODE_OF_CS02B - 1
        return _CODE_OF_MODE_0 + self.mode

    def is_for(self, code):
        """Tell whether a message code is that of the mode, and its cells those that it may."""
        allowed = _AUTHORITY[self.mode][1]
        within = all(cell[0] in allowed for _, cell in self.replacements)
        return code == self.message_code() and within


def read(payload):
    """Return, sliced, the Update that a payload asks for, or raise DerError."""
    update = Update()
    yield from update.read(payload)
    return update


def trusted(update, anchors, now_text):
    """Return, sliced, whether each replacement's certificate leads to the root cell."""
    root = anchors.cell(ROOT, KEY_CERT_SIGN)
    issuers = []
    for certificate in update.path:
        if root and certificate and certificate.key_usage & KEY_CERT_SIGN:
            known = certificate.authority_key_identifier == root.key_identifier
            if known and (yield from _is_signed(certificate, root.points())):
                issuers.append(certificate)
    found = []
    for certificate, cell in update.replacements:
        fits = certificate is not None and certificate.key_usage == cell[1]
        if fits and update.checks_time:
            fits = certificate.not_before <= now_text <= certificate.not_after
        verified = False
        for issuer in issuers:
            same = fits and certificate.authority_key_identifier == issuer.subject_key_identifier
            if same:
                verified = yield from _is_signed(certificate, [issuer.public_key])
        found.append(verified)
    return found


def packed(update, outcomes):
    """Return, sliced, the packed cell of each replacement, None where its outcome is false."""
    cells = []
    for (certificate, cell), good in zip(update.replacements, outcomes):
        cells.append((yield from pack_cell(*cell, certificate)) if good else None)
    return cells


def replace(update, anchors, cells):
    """Replace, sliced, the cells of packed(); return the ExecutionOutcome."""
    replaced = []
    for (_, cell), octets in zip(update.replacements, cells):
        before = anchors.cell(*cell)
        if octets:
            anchors.put_packed(octets)
        after = anchors.cell(*cell)
        replaced.append(
            asn1.sequence(
                cell_identifier(*cell),
                asn1.enumerated(SUCCESS if octets else NO_TRUST_ANCHOR),
                *_names(before),
                *_names(after),
            )
        )
        yield
    changes = []
    for change in update.changes:
        changes.append(_change(*change))
        yield
    return asn1.sequence(
        asn1.integer(update.counter),
        asn1.integer(update.mode),
        asn1.sequence(*changes),
        asn1.sequence(*replaced),
    )


def alert_payload(code, at_s, outcome):
    """Return what the alert of a future-dated update says: when it was due, and its outcome."""
    return asn1.sequence(asn1.integer(code), asn1.time(generalized(at_s)), outcome)


def changes_supplier(update, anchors, cells):
    """Tell whether cells of packed() bring another Supplier in the place of the one before."""
    for (certificate, cell), octets in zip(update.replacements, cells):
        if octets and cell[0] == SUPPLIER:
            before = anchors.cell(*cell)
            if before is not None and before.entity != certificate.entity:
                return True
    return False


def set_floors(update, anchors, data, before):
    """Have the counters of the parties begin at what the command says.

    before: {role: entities of its cells} from before the cells were replaced. A party that stays
    goes on from where it was, or its own messages could be sent again.
    """
    after = entities(anchors)
    for role, floor, special in update.changes:
        if after.get(role) == before.get(role):
            floor = max(floor, anchors.counter(role))
        anchors.set_counter(role, floor)
        for _, number in special:
            if hasattr(data, "utrn_counter_floor"):
                data.utrn_counter_floor = number >> 32
                cache = data.utrn_counter_cache
                for index in range(len(cache)):
                    cache[index] = 0


def entities(anchors):
    """Return {role: entities that its cells name}."""
    found = {}
    for cell in anchors.cells():
        found.setdefault(cell.role, set()).add(cell.entity)
    return found


def _names(cell):
    if cell is None:
        return asn1.octet_string(bytes(_EUI)), asn1.octet_string(bytes(_EUI))
    return asn1.octet_string(cell.entity), asn1.octet_string(cell.key_identifier)


def _change(role, floor, special):
    parts = [asn1.integer(role), asn1.integer(floor)]
    if special:
        numbers = [asn1.sequence(asn1.integer(use), asn1.integer(at)) for use, at in special]
        parts.append(asn1.sequence(*numbers))
    return asn1.sequence(*parts)


def _specialist_floors(reader):
    floors = []
    while reader.left():
        one = reader.within()
        floors.append((one.integer(), one.integer()))
        one.end()
    return floors


def _floors_of(reader):
    role = take_role(reader)
    floor = reader.integer()
    special = ()
    if reader.tag() == SEQUENCE:
        special = _specialist_floors(reader.within())
    reader.end()
    return role, floor, special


def _certificate(octets):
    """Return, sliced, a Certificate, or None where octets are none."""
    try:
        return (yield from read_certificate(octets))
    except CertificateError:
        return None


def _is_signed(certificate, points):
    return (yield from verify(points, certificate.digest, certificate.signature))

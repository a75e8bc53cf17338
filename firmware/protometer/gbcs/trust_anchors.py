"""Trust anchor cells: the public keys of the remote parties that a device trusts (GBCS 4.3.2.5).

A cell is told by role, key usage and cell usage; cells are packed one after the other in one data
item. Beside a key that verifies signatures stand five multiples of it, reckoned once, which save
most of the doublings of every verification; beside a device's, the last counter heard of it.
"""

from micropython import const

from ..crypto.certificate import DIGITAL_SIGNATURE, KEY_AGREEMENT
from ..crypto.ecdsa import multiples
from ..crypto.p256 import POINT_SIZE, decode_point, encode_point
from .remote_parties import DEVICE

MANAGEMENT = const(0)
PREPAYMENT_TOP_UP = const(1)
_EUI = const(8)
# Role, key usage, cell usage; entity, subject key identifier, public key, its multiples or the
# counter.
_ENTITY_AT = const(3)
_KEY_IDENTIFIER_AT = const(11)
_KEY_AT = const(19)
_SHORT = const(83)
_OF_DEVICE = const(91)
_LONG = const(403)


class Cell:
    """One cell: role, key_usage, cell_usage; entity and key_identifier (8 octets), public_key
    (64 octets); octets: all of it, packed.
    """

    def __init__(self, octets):
        self.role, self.key_usage, self.cell_usage = octets[:_ENTITY_AT]
        self.entity = octets[_ENTITY_AT:_KEY_IDENTIFIER_AT]
        self.key_identifier = octets[_KEY_IDENTIFIER_AT:_KEY_AT]
        self.public_key = octets[_KEY_AT:_SHORT]
        self.octets = octets

    def points(self):
        """Return the key's multiples where they are kept, else the key alone."""
        starts = range(_KEY_AT, len(self.octets), POINT_SIZE)
        return [decode_point(self.octets[at : at + POINT_SIZE]) for at in starts]


class TrustAnchors:
    """The cells, and the counters of the parties by role, of a Data."""

    def __init__(self, data):
        self._data = data

    def cell(self, role, key_usage, cell_usage=MANAGEMENT):
        """Return the Cell, or None where it is empty."""
        at = self._find(role, key_usage, cell_usage)
        if at < 0:
            return None
        octets = self._data.trust_anchors
        return Cell(octets[at : at + _size(octets, at)])

    def of_entity(self, entity, key_usage):
        """Return a cell of that entity for management, or None."""
        for cell in self.cells():
            # A device's cell usage is its number among the devices.
            of_use = cell.key_usage == key_usage and (
                cell.cell_usage == MANAGEMENT or cell.role == DEVICE
            )
            if cell.entity == entity and of_use:
                return cell
        return None

    def roles_of(self, entity):
        """Return the roles of an entity that cells name: a placeholder may have several."""
        roles = []
        for cell in self.cells():
            if cell.entity == entity and cell.role not in roles:
                roles.append(cell.role)
        return roles

    def cells(self):
        """Yield all cells."""
        octets = self._data.trust_anchors
        at = 0
        while at < len(octets):
            end = at + _size(octets, at)
            yield Cell(octets[at:end])
            at = end

    def put(self, role, key_usage, cell_usage, certificate):
        """Put a certificate's key into a cell, in slices."""
        self.put_packed((yield from pack_cell(role, key_usage, cell_usage, certificate)))

    def put_packed(self, cell):
        """Put a cell of pack_cell() into its place."""
        octets = self._data.trust_anchors
        at = self._find(*cell[:_ENTITY_AT])
        if at >= 0:
            self._data.trust_anchors = octets[:at] + cell + octets[at + _size(octets, at) :]
        else:
            self._data.trust_anchors = octets + cell

    def put_device(self, certificate):
        """Put a device's key into the place it has, or the next, in slices.

        One that is known keeps its counter: what it has said may not be said again.
        """
        number = counter = 0
        for cell in self.cells():
            if cell.role == DEVICE:
                if cell.entity == certificate.entity:
                    number, counter = cell.cell_usage, self.counter(DEVICE, cell.entity)
                    break
                number = max(number, cell.cell_usage + 1)
        cell = yield from pack_cell(DEVICE, KEY_AGREEMENT, number, certificate)
        self.put_packed(cell + counter.to_bytes(_EUI, "big"))

    def drop_device(self, entity):
        """Forget the key of a device that leaves."""
        at = self._device_at(entity)
        if at >= 0:
            octets = self._data.trust_anchors
            self._data.trust_anchors = octets[:at] + octets[at + _OF_DEVICE :]

    def counter(self, role, entity=None):
        """Return the last counter of a role's party, 64 bits; entity: which of the devices."""
        if role == DEVICE:
            at = self._device_at(entity)
            octets = self._data.trust_anchors
            return int.from_bytes(octets[at + _SHORT : at + _OF_DEVICE], "big")
        return self._data.party_counters[2 * role] << 32 | self._data.party_counters[2 * role + 1]

    def set_counter(self, role, counter, entity=None):
        """Keep the last counter of a role's party, or the floor that a new one begins at."""
        if role == DEVICE:
            at = self._device_at(entity)
            octets = self._data.trust_anchors
            kept = counter.to_bytes(_EUI, "big")
            self._data.trust_anchors = octets[: at + _SHORT] + kept + octets[at + _OF_DEVICE :]
            return
        self._data.party_counters[2 * role] = counter >> 32
        self._data.party_counters[2 * role + 1] = counter & 0xFFFF_FFFF

    def _device_at(self, entity):
        """Return where a device's cell begins, or -1."""
        octets = self._data.trust_anchors
        at = 0
        while at < len(octets):
            named = octets[at + _ENTITY_AT : at + _KEY_IDENTIFIER_AT]
            if octets[at] == DEVICE and named == entity:
                return at
            at += _size(octets, at)
        return -1

    def _find(self, role, key_usage, cell_usage):
        octets = self._data.trust_anchors
        wanted = bytes((role, key_usage, cell_usage))
        at = 0
        while at < len(octets):
            if octets[at : at + _ENTITY_AT] == wanted:
                return at
            at += _size(octets, at)
        return -1


def pack_cell(role, key_usage, cell_usage, certificate):
    """Return, sliced, the octets of a cell with a certificate's key and, if it is one that
    verifies signatures, its multiples.
    """
    points = [certificate.public_key]
    if key_usage == DIGITAL_SIGNATURE:
        points = yield from multiples(*certificate.public_key)
    head = bytes((role, key_usage, cell_usage))
    head += certificate.entity or bytes(_EUI)
    keys = b"".join([encode_point(point) for point in points])
    return head + certificate.subject_key_identifier + keys


def _size(octets, at):
    if octets[at] == DEVICE:
        return _OF_DEVICE
    return _LONG if octets[at + 1] == DIGITAL_SIGNATURE else _SHORT

"""The Device Log: who may talk to the meter on the HAN (SMETS2 5.5.2, 4.4.2; ESME-COM-08/09).

A Type 1 Device may send the Commands that its kind allows, a Type 2 Device may only read. An
entry has its EUI-64 and an octet: the type, or 0x80 and the device type of GBCS (13.7).
"""

from micropython import const

from ..model import events
from ..model.command import CommandRefused
from ..model.enumerations import TYPE_1, TYPE_2

_EUI = const(8)
_ENTRY = const(9)
_OF_GBCS = const(0x80)
_CHANGED = const(0x8071)
KIND_GSME = const(0)
KIND_PPMID = const(5)
KIND_TYPE_2 = const(6)
# Defaults where SMETS2's numbers are not public: two PPMIDs and five HCALCSs, of a gas meter four
# in all (GSME-COM-03); four displays.
_MOST = {TYPE_1: 7, TYPE_2: 4}
_MOST_OF_GAS = {TYPE_1: 4, TYPE_2: 4}


class DeviceLog:
    """Entries of an EUI-64 and a type, packed in one data item."""

    def __init__(self, data, outbox):
        self._data = data
        self._outbox = outbox
        self._most = _MOST_OF_GAS if "G" in data.role else _MOST

    def type_of(self, identifier):
        """Return the type of a Device, or 0 for one that is not in the log."""
        at = self._find(identifier)
        return _type(self._data.device_log[at + _EUI]) if at >= 0 else 0

    def count(self, device_type):
        """Return how many Devices of a type are in the log."""
        log = self._data.device_log
        return sum(_type(log[at + _EUI]) == device_type for at in range(0, len(log), _ENTRY))

    def entries(self):
        """Yield (EUI-64, device type of GBCS) of each Device; of an IHD or PPMID by its type."""
        log = self._data.device_log
        for at in range(0, len(log), _ENTRY):
            octet = log[at + _EUI]
            kind = octet - _OF_GBCS if octet >= _OF_GBCS else (KIND_PPMID, KIND_TYPE_2)[octet - 1]
            yield log[at : at + _EUI], kind

    def check_add(self, identifier, device_type, kind=None):
        """Return what add takes; CommandRefused for what can't be added."""
        if kind is not None and not 0 <= kind <= KIND_TYPE_2:
            raise CommandRefused("Add Device: there is no device of type %d" % kind)
        if len(identifier) != _EUI or device_type not in self._most:
            raise CommandRefused("Add Device: takes an EUI-64 and type 1 or 2")
        known = self.type_of(identifier) == device_type
        if not known and self.count(device_type) >= self._most[device_type]:
            raise CommandRefused("Add Device: no link of type %d is left" % device_type)
        return [identifier, device_type, kind]

    def add(self, now_s, identifier, device_type, kind=None):
        """Add Device Security Credentials (SMETS2 5.6.3.4): the Device may join from now on."""
        self._drop(identifier)
        octet = device_type if kind is None else _OF_GBCS + kind
        self._data.device_log = self._data.device_log + identifier + bytes([octet])
        self._note_change(now_s)

    def remove(self, now_s, identifier):
        """Remove Device Security Credentials (SMETS2 5.6.3.18); CommandRefused if unknown."""
        if self._find(identifier) < 0:
            self._outbox.post(events.UNJOIN_FAILED, now_s)
            raise CommandRefused("Remove Device: not in the Device Log")
        self._drop(identifier)
        self._outbox.post(events.UNJOINED, now_s)
        self._note_change(now_s)

    def joined(self, identifier, now_s):
        """Note a Device that joins; return False, and log it, for one that may not (0x8F3E)."""
        if self._find(identifier) < 0:
            self._outbox.post(events.UNAUTHORISED_COMMUNICATION, now_s)
            self._outbox.post(events.JOIN_FAILED, now_s)
            return False
        self._outbox.post(events.JOINED, now_s)
        return True

    def hears(self, identifier, now_s):
        """Tell whether to hear a Device; what others send is dropped and reported (0x8F3E)."""
        if self._find(identifier) >= 0:
            return True
        self._outbox.post(events.UNAUTHORISED_COMMUNICATION, now_s)
        return False

    def _note_change(self, now_s):
        """Have what a Gas Proxy Function knows be kept elsewhere too (GBCS GCS62)."""
        if "F" in self._data.role:
            self._outbox.post(_CHANGED, now_s)

    def _find(self, identifier):
        log = self._data.device_log
        for at in range(0, len(log), _ENTRY):
            if log[at : at + _EUI] == identifier:
                return at
        return -1

    def _drop(self, identifier):
        at = self._find(identifier)
        if at >= 0:
            log = self._data.device_log
            self._data.device_log = log[:at] + log[at + _ENTRY :]


def _type(octet):
    if octet < _OF_GBCS:
        return octet
    return _type_of(octet - _OF_GBCS)


def _type_of(kind):
    return TYPE_2 if kind == KIND_TYPE_2 else TYPE_1


def addition(identifier, kind):
    """Return the arguments that add a Device by its device type of GBCS."""
    return {"identifier": identifier, "type": _type_of(kind), "kind": kind}

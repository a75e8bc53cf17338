"""The CHF Device Log: who may be on the HAN, and how well each is heard (GBCS CCS01-CCS07).

An entry has an EUI-64 and the hash of its link key with the trust centre. What was heard of a
device is beside it in items of as many places, and forgotten without power.
"""

from micropython import const

from ..crypto.aes_mmo import mmo_hash
from ..kernel.crc16 import crc16
from ..model import events
from ..model.command import CommandRefused

MOST_DEVICES = const(16)
_EUI = const(8)
_ENTRY = const(24)
_CRC_BEGINS = const(0xFFFF)
_INSTALL_CODE = const(1)
_DEVICE_LOG_CHANGED = const(0x8F12)
# What is beside the log: item, and how many of it a device has.
_BESIDE = (
    ("hub_device_status", 1),
    ("hub_device_rssi_dbm", 3),
    ("hub_device_lqi", 3),
    ("hub_device_heard_s", 1),
    ("hub_device_hops", 1),
    ("hub_device_transmissions", 2),
    ("hub_device_versions", 2),
)


class HubDeviceLog:
    """Entries packed in one data item.

    on_added(identifier, link key) and on_removed(identifier) may be set: the trust centre's.
    """

    def __init__(self, data, outbox):
        self._data = data
        self._outbox = outbox
        self.on_added = self.on_removed = None

    def entries(self):
        """Return [(identifier, hash of its link key)]."""
        return _taken_apart(self._data.hub_device_log)

    def historic(self):
        """Return as entries() those of before the log was last restored."""
        return _taken_apart(self._data.hub_historic_log)

    def place_of(self, identifier):
        """Return the place of a device in the items beside the log, or -1."""
        for place, (known, _) in enumerate(self.entries()):
            if known == identifier:
                return place
        return -1

    def add(self, now_s, identifier, kind, code):
        """Add a device by its install code of 16 octets; CommandRefused where it can't be."""
        if kind != _INSTALL_CODE:
            raise CommandRefused("device log: no credentials of kind %d" % kind)
        place = self.place_of(identifier)
        if place < 0 and len(self.entries()) >= MOST_DEVICES:
            raise CommandRefused("device log: full")
        check = crc16(code, len(code), _CRC_BEGINS) ^ _CRC_BEGINS
        link_key = mmo_hash(code + bytes((check & 0xFF, check >> 8)))
        if place >= 0:
            self._drop(place)
        self._data.hub_device_log = self._data.hub_device_log + identifier + mmo_hash(link_key)
        self._outbox.post(_DEVICE_LOG_CHANGED, now_s)
        if self.on_added:
            self.on_added(identifier, link_key)

    def remove(self, now_s, identifier):
        """Remove a device; CommandRefused where it is not in the log."""
        place = self.place_of(identifier)
        if place < 0:
            self._outbox.post(events.UNJOIN_FAILED, now_s)
            raise CommandRefused("device log: no such device")
        self._drop(place)
        self._outbox.post(_DEVICE_LOG_CHANGED, now_s)
        if self.on_removed:
            self.on_removed(identifier)

    def restore(self, now_s, extended_pan, devices):
        """Take the log of another hub: (identifier, hash of link key); ours becomes historic."""
        if len(devices) > MOST_DEVICES:
            raise CommandRefused("device log: %d devices" % len(devices))
        data = self._data
        data.hub_historic_log = data.hub_device_log
        data.hub_historic_pan = data.hub_extended_pan
        data.hub_device_log = b"".join([identifier + hashed for identifier, hashed in devices])
        data.hub_extended_pan = extended_pan
        for name, count in _BESIDE:
            values = getattr(data, name)
            for index in range(count * MOST_DEVICES):
                values[index] = 0
        self._outbox.post(_DEVICE_LOG_CHANGED, now_s)

    def _drop(self, place):
        data = self._data
        log = data.hub_device_log
        data.hub_device_log = log[: _ENTRY * place] + log[_ENTRY * (place + 1) :]
        for name, count in _BESIDE:
            values = getattr(data, name)
            for index in range(count * place, count * (MOST_DEVICES - 1)):
                values[index] = values[index + count]
            for index in range(count * (MOST_DEVICES - 1), count * MOST_DEVICES):
                values[index] = 0


def _taken_apart(log):
    return [
        (log[at : at + _EUI], log[at + _EUI : at + _ENTRY]) for at in range(0, len(log), _ENTRY)
    ]

"""Seals and opens APS frames under link keys (Zigbee 05-3474, 4.4.1).

Two devices share a link key; what transports a network key, and what loads a new link key, are
sealed with keys derived from it. The frame counter is kept ahead of those used, as the NWK's.
"""

from micropython import const

from ..crypto.aes_mmo import mmo_hmac
from ..crypto.ccm_star import MIC_SIZE, open_sealed, seal
from .frame_error import FrameError
from .key_identifiers import KEY_LOAD, KEY_TRANSPORT, LINK_KEY

# The octet that a key is derived with from the link key.
_DERIVED_WITH = {KEY_TRANSPORT: 0x00, KEY_LOAD: 0x02}
# Confirms that two devices have the same link key.
_CONFIRMED_WITH = const(0x03)

_LEVEL = const(0x05)
_ON_AIR_LEVELS = const(0x07)
_KEY = const(0x18)
_EXTENDED_NONCE = const(0x20)
_AUXILIARY = const(13)
_SHORT_AUXILIARY = const(5)
_COUNTERS_AHEAD = const(256)
_MOST_PARTNERS = const(16)


class ApsSecurity:
    """The link keys in use, and the frame counters on both ways.

    network: link_key_of(partner's EUI-64), extended_address; persist() makes the dictionary's
    counter durable.
    """

    def __init__(self, network, data, persist):
        self._network = network
        self._data = data
        self._persist = persist
        self._counter = data.aps_frame_counter
        self._last_counter = {}

    def seal(self, header, payload, key_identifier, partner):
        """Return what goes out to a partner: header, auxiliary header, sealed payload, MIC."""
        if self._counter >= self._data.aps_frame_counter:
            self._data.aps_frame_counter = self._counter + _COUNTERS_AHEAD
            self._persist()
        auxiliary = bytearray(_AUXILIARY)
        on_air = key_identifier << 3 | _EXTENDED_NONCE
        auxiliary[0] = on_air | _LEVEL
        counter = self._counter
        self._counter = counter + 1
        for index in range(4):
            auxiliary[1 + index] = counter >> 8 * index & 0xFF
        auxiliary[5:13] = self._network.extended_address
        key = self._key(key_identifier, partner)
        sealed = seal(key, _nonce(auxiliary), header + auxiliary, payload)
        auxiliary[0] = on_air
        return header + auxiliary + sealed

    def open(self, frame, source_extended):
        """Return (payload, key identifier, sender's EUI-64) of a secured ApsFrame.

        source_extended: the sender's EUI-64 as the NWK has it, or None. Raises FrameError, or
        CcmError where it is not authentic.
        """
        sealed = frame.payload
        if len(sealed) < _SHORT_AUXILIARY + MIC_SIZE:
            raise FrameError("APS: %d octets are no sealed payload" % len(sealed))
        control = sealed[0]
        if control & _EXTENDED_NONCE:
            end = _AUXILIARY
            source_extended = bytes(sealed[5:13])
        else:
            end = _SHORT_AUXILIARY
        if source_extended is None or len(sealed) < end + MIC_SIZE:
            raise FrameError("APS: nobody knows who sealed it")
        auxiliary = bytearray(sealed[:end])
        auxiliary[0] = control & ~_ON_AIR_LEVELS | _LEVEL
        counter = auxiliary[1] | auxiliary[2] << 8 | auxiliary[3] << 16 | auxiliary[4] << 24
        identifier = (control & _KEY) >> 3
        key = self._key(identifier, source_extended)
        if counter <= self._last_counter.get(source_extended, -1):
            raise FrameError("APS: frame counter %d is not fresh" % counter)
        nonce = source_extended + bytes(auxiliary[1:5]) + bytes(auxiliary[0:1])
        payload = open_sealed(key, nonce, frame.header + auxiliary, sealed[end:])
        self._keep(source_extended, counter)
        return payload, identifier, source_extended

    def confirmation(self, partner):
        """Return the 16 octets that confirm the link key with a partner."""
        return mmo_hmac(self._key(LINK_KEY, partner), bytes((_CONFIRMED_WITH,)))

    def forget_counters(self):
        """Begin anew with the counters of others, as on another network."""
        self._last_counter.clear()

    def _key(self, identifier, partner):
        link_key = self._network.link_key_of(partner)
        if link_key is None:
            raise FrameError("APS: no link key with that device")
        if identifier == LINK_KEY:
            return link_key
        if identifier not in _DERIVED_WITH:
            raise FrameError("APS: key identifier %d is not ours" % identifier)
        return mmo_hmac(link_key, bytes((_DERIVED_WITH[identifier],)))

    def _keep(self, partner, counter):
        known = self._last_counter
        if len(known) >= _MOST_PARTNERS and partner not in known:
            known.pop(next(iter(known)))
        known[partner] = counter


def _nonce(auxiliary):
    return bytes(auxiliary[5:13]) + bytes(auxiliary[1:5]) + bytes(auxiliary[0:1])

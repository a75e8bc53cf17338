"""Seals and opens APS frames under link keys (Zigbee 05-3474, 4.4.1).

Two devices share a link key; what transports a network key, and what loads a new link key, are
sealed with keys derived from it.
"""

from micropython import const

from ..crypto.aes_mmo import mmo_hmac
from ..crypto.ccm_star import MIC_SIZE, open_sealed, seal
from .aps_frame import KEY_LOAD, KEY_TRANSPORT, LINK_KEY
from .frame_error import FrameError, at_least
from .frame_security import FrameCounters, auxiliary_header, counter_of, extended_of, nonce

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


class ApsSecurity:
    """The link keys in use, and the frame counters on both ways.

    network: link_key_of(partner's EUI-64), extended_address; persist() makes the dictionary's
    counter durable. `on_stranger(extended)`, where set, hears of who seals with a key that we do
    not have.
    """

    def __init__(self, network, data, persist):
        self._network = network
        self.on_stranger = None
        self.counters = FrameCounters(data, "aps_frame_counter", persist)

    def seal(self, header, payload, key_identifier, partner):
        """Return what goes out to a partner: header, auxiliary header, sealed payload, MIC."""
        own = self._network.extended_address
        on_air = key_identifier << 3 | _EXTENDED_NONCE
        auxiliary = auxiliary_header(_AUXILIARY, on_air | _LEVEL, self.counters.take(), own)
        key = _key(key_identifier, self._network.link_key_of(partner))
        sealed = seal(key, nonce(auxiliary, own), header + auxiliary, payload)
        auxiliary[0] = on_air
        return header + auxiliary + sealed

    def open(self, frame, source_extended):
        """Return (payload, key identifier, sender's EUI-64) of a secured ApsFrame.

        source_extended: the sender's EUI-64 as the NWK has it, or None. Raises FrameError, or
        CcmError where it is not authentic.
        """
        sealed = frame.payload
        at_least(_SHORT_AUXILIARY + MIC_SIZE, sealed)
        control = sealed[0]
        if control & _EXTENDED_NONCE:
            end = _AUXILIARY
            source_extended = extended_of(sealed)
        else:
            end = _SHORT_AUXILIARY
        if source_extended is None or len(sealed) < end + MIC_SIZE:
            raise FrameError("APS: sealed by nobody")
        auxiliary = bytearray(sealed[:end])
        auxiliary[0] = control & ~_ON_AIR_LEVELS | _LEVEL
        counter = counter_of(auxiliary)
        identifier = (control & _KEY) >> 3
        link_key = self._network.link_key_of(source_extended)
        if link_key is None and self.on_stranger:
            self.on_stranger(source_extended)
        key = _key(identifier, link_key)
        self.counters.check(source_extended, counter)
        header = frame.header + auxiliary
        payload = open_sealed(key, nonce(auxiliary, source_extended), header, sealed[end:])
        self.counters.heard(source_extended, counter)
        return payload, identifier, source_extended

    def confirmation(self, partner):
        """Return the 16 octets that confirm the link key with a partner."""
        return mmo_hmac(
            _key(LINK_KEY, self._network.link_key_of(partner)), bytes((_CONFIRMED_WITH,))
        )


def _key(identifier, link_key):
    """Return the key that an identifier means, of a link key; FrameError where that is None."""
    if link_key is None:
        raise FrameError("APS: no link key")
    if identifier == LINK_KEY:
        return link_key
    if identifier not in _DERIVED_WITH:
        raise FrameError("APS: not our key identifier")
    return mmo_hmac(link_key, bytes((_DERIVED_WITH[identifier],)))

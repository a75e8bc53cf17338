"""Seals and opens NWK frames under the network key (Zigbee 05-3474, 4.3).

Outgoing frames are sealed with CCM* under a frame counter that never repeats. Incoming frames are
accepted only with a higher counter than the last one from the same neighbour under the same key.
"""

from micropython import const

from ..crypto.ccm_star import MIC_SIZE, open_sealed, seal
from .frame_error import FrameError, at_least
from .frame_security import FrameCounters, auxiliary_header, counter_of, extended_of, nonce

AUXILIARY = const(14)
_EXTENDED_AT = const(5)
_KEY_AT = const(13)
# Security control: network key, extended nonce; level 5 (ENC-MIC-32) is used but sent as 0.
_ON_AIR = const(0x28)
_IN_USE = const(0x2D)


class NwkSecurity:
    """The network keys in use, and the frame counters on both ways.

    network: key_of(sequence), key_sequence, extended_address; persist() makes the dictionary's
    counter durable.
    """

    def __init__(self, network, data, persist):
        self._network = network
        self.counters = FrameCounters(data, "nwk_frame_counter", persist)
        self.counters.set_aside()

    def seal(self, header, payload):
        """Return what goes on the air: header, auxiliary header, sealed payload and MIC."""
        network = self._network
        own = network.extended_address
        auxiliary = auxiliary_header(AUXILIARY, _IN_USE, self.counters.take(), own)
        auxiliary[_KEY_AT] = network.key_sequence
        key = network.key_of(network.key_sequence)
        sealed = seal(key, nonce(auxiliary, own), header + auxiliary, payload)
        auxiliary[0] = _ON_AIR
        return header + auxiliary + sealed

    def open(self, frame):
        """Return (payload, EUI-64 of the neighbour that sealed it) of a secured NwkFrame.

        Raises FrameError, or CcmError where it is not authentic.
        """
        sealed = frame.payload
        at_least(AUXILIARY + MIC_SIZE, sealed)
        auxiliary = bytearray(sealed[:AUXILIARY])
        if auxiliary[0] & ~0x07 != _ON_AIR:
            raise FrameError("NWK: security control not ours")
        key = self._network.key_of(auxiliary[_KEY_AT])
        if key is None:
            raise FrameError("NWK: no such network key")
        neighbour = extended_of(auxiliary)
        # A counter begins anew with a key; what was sent under the one before stays stale.
        sender = bytes(auxiliary[_EXTENDED_AT:])
        counter = counter_of(auxiliary)
        self.counters.check(sender, counter)
        auxiliary[0] = _IN_USE
        header = frame.header + auxiliary
        payload = open_sealed(key, nonce(auxiliary, neighbour), header, sealed[AUXILIARY:])
        self.counters.heard(sender, counter)
        # Who missed the Switch Key learns of it from those who did not.
        self._network.follow_key(auxiliary[_KEY_AT])
        return payload, neighbour

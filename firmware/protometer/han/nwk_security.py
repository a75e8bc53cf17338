"""Seals and opens NWK frames under the network key (Zigbee 05-3474, 4.3).

Outgoing frames are sealed with CCM* and a frame counter that never repeats, not even across a
power cut: the counter kept in the dictionary is ahead of those used. Incoming frames are
accepted only with a higher counter than the last one from the same neighbour.
"""

from micropython import const

from ..crypto.ccm_star import MIC_SIZE, open_sealed, seal
from .frame_error import FrameError

AUXILIARY = const(14)
# Security control: network key, extended nonce; level 5 (ENC-MIC-32) is used but sent as 0.
_ON_AIR = const(0x28)
_IN_USE = const(0x2D)
# Counters set aside in one write of the store.
_COUNTERS_AHEAD = const(1024)
# Neighbours whose counters are remembered.
_MOST_NEIGHBOURS = const(32)


class NwkSecurity:
    """The network keys in use, and the frame counters on both ways.

    network: key_of(sequence), key_sequence, extended_address; persist() makes the dictionary's
    counter durable.
    """

    def __init__(self, network, data, persist):
        self._network = network
        self._data = data
        self._persist = persist
        self._counter = data.nwk_frame_counter
        self._last_counter = {}
        self._set_counters_aside()

    def seal(self, header, payload):
        """Return what goes on the air: header, auxiliary header, sealed payload and MIC."""
        if self._counter >= self._data.nwk_frame_counter:
            self._set_counters_aside()
        network = self._network
        auxiliary = bytearray(AUXILIARY)
        auxiliary[0] = _IN_USE
        counter = self._counter
        self._counter = counter + 1
        for index in range(4):
            auxiliary[1 + index] = counter >> 8 * index & 0xFF
        auxiliary[5:13] = network.extended_address
        auxiliary[13] = network.key_sequence
        key = network.key_of(network.key_sequence)
        sealed = seal(key, _nonce(auxiliary), header + auxiliary, payload)
        auxiliary[0] = _ON_AIR
        return header + auxiliary + sealed

    def open(self, frame):
        """Return (payload, EUI-64 of the neighbour that sealed it) of a secured NwkFrame.

        Raises FrameError, or CcmError where it is not authentic.
        """
        sealed = frame.payload
        if len(sealed) < AUXILIARY + MIC_SIZE:
            raise FrameError("NWK: %d octets are no sealed payload" % len(sealed))
        auxiliary = bytearray(sealed[:AUXILIARY])
        if auxiliary[0] & ~0x07 != _ON_AIR:
            raise FrameError("NWK: security control 0x%02x is not ours" % auxiliary[0])
        key = self._network.key_of(auxiliary[13])
        if key is None:
            raise FrameError("NWK: network key %d is not in use" % auxiliary[13])
        counter = 0
        for index in range(4, 0, -1):
            counter = counter << 8 | auxiliary[index]
        neighbour = bytes(auxiliary[5:13])
        if counter <= self._last_counter.get(neighbour, -1):
            raise FrameError("NWK: frame counter %d is not fresh" % counter)
        auxiliary[0] = _IN_USE
        payload = open_sealed(key, _nonce(auxiliary), frame.header + auxiliary, sealed[AUXILIARY:])
        self._keep(neighbour, counter)
        return payload, neighbour

    def forget_counters(self):
        """Begin anew with the counters of others, as with a new network key."""
        self._last_counter.clear()

    def _keep(self, neighbour, counter):
        known = self._last_counter
        if len(known) >= _MOST_NEIGHBOURS and neighbour not in known:
            known.pop(next(iter(known)))
        known[neighbour] = counter

    def _set_counters_aside(self):
        # A restart begins with this counter, beyond all that were used before it.
        self._data.nwk_frame_counter = self._counter + _COUNTERS_AHEAD
        self._persist()


def _nonce(auxiliary):
    return bytes(auxiliary[5:13]) + bytes(auxiliary[1:5]) + bytes(auxiliary[0:1])

"""Zigbee NWK data frames under the network key (Zigbee 05-3474, 3.3 and 4.3).

Outgoing frames are sealed with CCM* and a frame counter that never repeats, not even across a
power cut: the counter kept in the dictionary is ahead of those used. Incoming frames are
accepted only with a higher counter than the last one from the same device.
"""

from micropython import const

from ..crypto.ccm_star import MIC_SIZE, CcmError, open_sealed, seal
from .frame_error import FrameError

# Data frame, protocol version 2, no route discovery, secured.
_CONTROL = const(0x0208)
_HEADER = const(8)
_AUXILIARY = const(14)
# Security control: network key, extended nonce; level 5 (ENC-MIC-32) is used but sent as 0.
_SECURITY_ON_AIR = const(0x28)
_SECURITY_IN_USE = const(0x2D)
_RADIUS = const(30)
# What one MAC frame of 127 octets leaves: 11 are the MAC's, 26 those of header, seal and MIC.
MOST_PAYLOAD = const(90)
# Counters set aside in one write of the store.
_COUNTERS_AHEAD = const(1024)


class Nwk:
    """Seals, opens and relays NWK frames.

    mac_send(neighbour, octets) takes what goes out; on_data(source, octets) gets the payload
    meant for us; persist() makes the dictionary's counter durable. `dropped` counts what was not
    authentic, not fresh or not for anyone.
    """

    def __init__(self, network, data, persist, mac_send, on_data):
        self._network = network
        self._data = data
        self._persist = persist
        self._mac_send = mac_send
        self._on_data = on_data
        self._sequence = 0
        self._counter = data.nwk_frame_counter
        self._last_counter = {}
        self.dropped = self.relayed = 0
        self._set_counters_aside()

    def send(self, destination, payload):
        """Send a payload to a device of the network."""
        self._sequence = (self._sequence + 1) & 0xFF
        header = encode_header(destination, self._network.short_address, _RADIUS, self._sequence)
        self._send_sealed(destination, header, payload)

    def receive(self, neighbour, octets):
        """Take a frame from the MAC: ours goes up, another's is relayed."""
        try:
            destination, source, radius, payload = self._open(neighbour, octets)
        except (FrameError, CcmError):
            self.dropped += 1
            return
        if destination == self._network.short_address:
            self._on_data(source, payload)
        elif radius > 1 and self._network.knows(destination):
            header = encode_header(destination, source, radius - 1, octets[7])
            self.relayed += 1
            self._send_sealed(destination, header, payload)
        else:
            self.dropped += 1

    def _set_counters_aside(self):
        # A restart begins with this counter, beyond all that were used before it.
        self._data.nwk_frame_counter = self._counter + _COUNTERS_AHEAD
        self._persist()

    def _send_sealed(self, destination, header, payload):
        if self._counter >= self._data.nwk_frame_counter:
            self._set_counters_aside()
        auxiliary = bytearray(_AUXILIARY)
        auxiliary[0] = _SECURITY_IN_USE
        counter = self._counter
        self._counter = counter + 1
        for index in range(4):
            auxiliary[1 + index] = counter >> 8 * index & 0xFF
        auxiliary[5:13] = self._network.extended_address
        auxiliary[13] = self._network.key_sequence
        sealed = seal(self._network.key, _nonce(auxiliary), header + auxiliary, payload)
        auxiliary[0] = _SECURITY_ON_AIR
        self._mac_send(self._network.next_hop(destination), header + auxiliary + sealed)

    def _open(self, neighbour, octets):
        destination, source, radius = decode_header(octets)
        auxiliary = bytearray(octets[_HEADER : _HEADER + _AUXILIARY])
        if auxiliary[0] & ~0x07 != _SECURITY_ON_AIR:
            raise FrameError("NWK: security control 0x%02x is not ours" % auxiliary[0])
        # The hop that sealed the frame, not its origin, is named in the auxiliary header.
        if bytes(auxiliary[5:13]) != self._network.extended_of(neighbour):
            raise FrameError("NWK: sealed by a stranger")
        if auxiliary[13] != self._network.key_sequence:
            raise FrameError("NWK: network key %d is not in use" % auxiliary[13])
        counter = 0
        for index in range(4, 0, -1):
            counter = counter << 8 | auxiliary[index]
        if counter <= self._last_counter.get(neighbour, -1):
            raise FrameError("NWK: frame counter %d is not fresh" % counter)
        auxiliary[0] = _SECURITY_IN_USE
        payload = open_sealed(
            self._network.key,
            _nonce(auxiliary),
            octets[:_HEADER] + auxiliary,
            octets[_HEADER + _AUXILIARY :],
        )
        self._last_counter[neighbour] = counter
        return destination, source, radius, payload


def encode_header(destination, source, radius, sequence):
    """Return the NWK header of a secured data frame."""
    header = bytearray(_HEADER)
    for at, value in ((0, _CONTROL), (2, destination), (4, source)):
        header[at] = value & 0xFF
        header[at + 1] = value >> 8
    header[6] = radius
    header[7] = sequence
    return header


def decode_header(octets):
    """Return (destination, source, radius) of a secured data frame, or raise FrameError."""
    if len(octets) < _HEADER + _AUXILIARY + MIC_SIZE:
        raise FrameError("NWK: %d octets is too short" % len(octets))
    control = octets[0] | octets[1] << 8
    if control != _CONTROL:
        raise FrameError("NWK: frame control 0x%04x is not ours" % control)
    return octets[2] | octets[3] << 8, octets[4] | octets[5] << 8, octets[6]


def _nonce(auxiliary):
    return bytes(auxiliary[5:13]) + bytes(auxiliary[1:5]) + bytes(auxiliary[0:1])

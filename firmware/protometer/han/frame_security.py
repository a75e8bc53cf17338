"""What the security of NWK and APS frames has in common (Zigbee 05-3474, 4.3.1, 4.4.1, 4.5.1).

An *auxiliary header* stands between a header and its sealed payload: security control, frame
counter, EUI-64 of who sealed it; the NWK adds its key's number. Our counters never repeat, not
even across a power cut: the one kept in the dictionary is ahead of those used. Another's is fresh
with a higher counter than its last one under the same key.
"""

from struct import pack_into, unpack_from

from micropython import const

from ..kernel.ring import keep
from .frame_error import FrameError

# Counters set aside in one write of the store.
_AHEAD = const(1_024)
# With so few left more are set aside, in a slice of its own.
_FEW = const(128)
# Senders, with each key, whose counters are remembered.
_MOST_SENDERS = const(32)

# How far apart the numbers of 8 bits are that two lives of a device begin with.
_APART = const(61)


def first_number(data):
    """Return where numbers that wrap at 256 begin after a restart: not where they did before, for
    neighbours remember those of a while as heard already. To be asked before a counter is used.
    """
    return data.nwk_frame_counter // _AHEAD * _APART & 0xFF


class FrameCounters:
    """The counters of one layer; `counter` is ours of the next frame.

    data, name: the item that keeps ours; persist() makes it durable.
    """

    def __init__(self, data, name, persist):
        self._data = data
        self._name = name
        self._persist = persist
        self.counter = getattr(data, name)
        self._known = {}

    def set_aside(self):
        """Have a restart begin beyond all that are used from now on."""
        setattr(self._data, self._name, self.counter + _AHEAD)
        self._persist()

    def are_few(self):
        """Tell whether more should be set aside before the next frame is sealed."""
        return self.counter + _FEW >= getattr(self._data, self._name)

    def take(self):
        """Return the counter of a frame that goes out."""
        if self.counter >= getattr(self._data, self._name):
            self.set_aside()
        self.counter += 1
        return self.counter - 1

    def check(self, sender, counter):
        """Raise FrameError unless a sender's counter is fresh."""
        if counter <= self._known.get(sender, -1):
            raise FrameError("frame counter not fresh")

    def heard(self, sender, counter):
        """Keep the counter of a frame that was authentic."""
        keep(self._known, sender, counter, _MOST_SENDERS)

    def forget(self, sender=None):
        """Begin anew with the counters of others, as with other keys; sender: with that one's."""
        if sender is None:
            self._known.clear()
        else:
            self._known.pop(sender, None)


def auxiliary_header(size, control, counter, extended):
    """Return one of so many octets."""
    octets = bytearray(size)
    pack_into("<BI8s", octets, 0, control, counter, extended)
    return octets


def counter_of(octets):
    """Return its frame counter."""
    return unpack_from("<I", octets, 1)[0]


def extended_of(octets):
    """Return the EUI-64 of who sealed the frame."""
    return bytes(octets[5:13])


def nonce(octets, extended):
    """Return the nonce of CCM* that belongs to it."""
    return extended + bytes(octets[1:5]) + bytes(octets[0:1])

"""The way of a frame through a stack that has joined, slice by slice, to be timed or counted."""

from host_tools.node.joined_network import LINK_KEY, NETWORK_KEY, joined_network
from protometer.crypto.ccm_star import seal
from protometer.han import aps_frame, ieee802154, nwk_frame, zcl
from protometer.han.aps_security import ApsSecurity
from protometer.han.nwk_security import NwkSecurity
from protometer.han.stack import Stack
from protometer.kernel.clock import VirtualClock
from protometer.kernel.scheduler import Scheduler
from protometer.model.dictionary import Data

_START_S = 757_386_000
_METER = 0x0001
_HUB = 0x0000
_HUB_EUI = bytes(range(0xA0, 0xA8))
_METER_EUI = "00db1234567890a0"
_METERING = 0x0702
# Power, formatting and supply status.
_ASKED = (0x0400, 0x0207, 0x0014)


class _Radio:
    fills_fcs = False

    def configure(self, *arguments):
        pass

    def send(self, psdu):
        pass

    def set_receiver(self, on):
        pass


class _Store:
    def __init__(self, data):
        self._data = data

    def commit(self):
        return True

    def durable(self, name, index=-1):
        value = getattr(self._data, name)
        return value if index < 0 else value[index]


class _Hub:
    """Who asks: what ApsSecurity and NwkSecurity want of a network, and of a dictionary."""

    extended_address = _HUB_EUI
    key_sequence = 0
    nwk_frame_counter = aps_frame_counter = 0

    def key_of(self, sequence):
        return NETWORK_KEY

    def link_key_of(self, partner):
        return LINK_KEY


class Path:
    """A meter on its network, and a question of the hub's to it; sealed: under the link key."""

    def __init__(self, sealed):
        data = Data("E")
        # Strangers speak of Smart Energy's clusters under the network key alone.
        policy = "default" if sealed else "interop"
        network, data.han_network = joined_network(_METER_EUI, _METER, _HUB_EUI, policy=policy)
        clock = VirtualClock(_START_S, lambda: 0)
        self._stack = Stack("E", data, _Radio(), network, Scheduler(clock), _Store(data))
        self._now_ms = clock.ticks_ms()
        self._settle()
        self._psdu = self._question(sealed)
        self.arrive()
        self.open()
        self.answer()
        if sealed:
            self.seal_aps()

    def _question(self, sealed):
        hub = _Hub()
        header = aps_frame.data_header((1, 1), aps_frame.SMART_ENERGY, _METERING, 7, sealed)
        octets = header + zcl.read_attributes(1, _ASKED)
        if sealed:
            aps = ApsSecurity(hub, hub, lambda: True)
            partner = self._stack.network.extended_address
            octets = aps.seal(header, octets[len(header) :], 0, partner)
        head = nwk_frame.header(nwk_frame.DATA, _METER, _HUB, 30, 1, True)
        octets = NwkSecurity(hub, hub, lambda: True).seal(head, octets)
        return bytes(ieee802154.encode(ieee802154.DATA, 1, 0x1A62, _METER, _HUB, octets, True))

    def _settle(self):
        """Have said what a device says as it starts."""
        for _ in range(50):
            self._poll()
            if self._stack.mac.is_sending():
                self._stack.mac._note_outcome(0)
        self._now_ms += 1

    def _poll(self):
        self._stack.poll(_START_S, self._now_ms)

    def arrive(self):
        """Take the frame from the radio: check sequence, MAC, NWK opened."""
        self._stack.nwk.security.counters.forget()
        self._stack.mac._radio.on_frame(self._psdu, -50, 200)
        self._poll()
        self._nwk = self._stack.opened.take()

    def open(self):
        """Open what the APS has sealed."""
        self._stack.membership.security.counters.forget()
        self._stack.opened.put(self._nwk)
        self._poll()
        self._aps, self._stack._in_hand = self._stack._in_hand, None

    def answer(self):
        """Have the question answered by its cluster."""
        self._stack._in_hand = self._aps
        self._poll()
        self._take_answer()

    def whole(self):
        """Take the frame all the way from the radio to the cluster's handler."""
        self._stack.nwk.security.counters.forget()
        self._stack.membership.security.counters.forget()
        self._stack.mac._radio.on_frame(self._psdu, -50, 200)
        for _ in range(3):
            self._poll()
        self._take_answer()

    def seal_aps(self):
        """Seal the answer with the link key."""
        self._stack.unsealed.put(self._answer)
        self._poll()
        self._half, self._stack._half_sealed = self._stack._half_sealed, None

    def seal_nwk(self):
        """Seal the answer with the network key, on its way to the radio."""
        self._stack._half_sealed = self._half
        self._poll()
        self._stack.mac._outgoing.take()

    def _take_answer(self):
        self._answer = self._stack.unsealed.take()
        self._stack.aps.deliveries = ()


def protect():
    """CCM* over 100 octets of payload, behind the headers of a NWK frame."""
    key, nonce, header, payload = bytes(16), bytes(13), bytes(22), bytes(100)
    return lambda: seal(key, nonce, header, payload)

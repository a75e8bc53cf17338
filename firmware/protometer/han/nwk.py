"""The NWK layer: data to any device of the network, relayed where needed (Zigbee 05-3474, 3.6).

Frames are opened and sealed at every hop. What a device that joins hears before it has the
network key is not sealed: it goes up, and says so.
"""

from micropython import const

from ..crypto.ccm_star import MIC_SIZE, CcmError
from .frame_error import FrameError
from .frame_security import first_number
from .ieee802154 import BROADCAST
from .nwk_frame import ALL_ROUTERS, COMMAND, DATA, FIRST_BROADCAST, NwkFrame, header, is_secured
from .nwk_security import AUXILIARY, NwkSecurity

_RADIUS = const(30)
_ONE_HOP = const(1)
# What one MAC frame of 127 octets leaves: 11 are the MAC's.
MOST_PAYLOAD = 116 - 8 - AUXILIARY - MIC_SIZE
# Broadcasts that are remembered, so that each is taken and sent on once.
_MOST_BROADCASTS = const(8)


class Nwk:
    """Sends, receives and relays NWK frames.

    network; mac_send(neighbour, octets) takes what goes out; on_data(frame, payload) gets what
    was sent to us, frame.secured telling whether it was sealed; persist() makes the dictionary's
    counter durable. `dropped` counts what was not authentic, not fresh or not for anyone,
    `forged` the first of these.

    Commissioned networks have fixed routes and no commands. A Membership, and a router's Mesh,
    set what others need: next_hop(destination), a neighbour or None; discover(destination, what
    waits), False where something else is dropped for it; forget_route(destination); `commands`, by
    their octet (neighbour, frame, payload, lqi), those in `in_clear` unsealed too. A Parent sets
    hold(hop, header, payload), whether the hop sleeps and will ask for it, and
    on_heard(neighbour, source, LQI).
    """

    def __init__(self, network, data, persist, mac_send, on_data):
        self._network = network
        self._mac_send = mac_send
        self._on_data = on_data
        self._sequence = first_number(data)
        self.security = NwkSecurity(network, data, persist)
        self.next_hop = network.fixed_hop
        self.discover = None
        self.commands = {}
        self.in_clear = set()
        self.hold = self.on_heard = self.forget_route = None
        self._broadcasts = [None] * _MOST_BROADCASTS
        self._broadcast = 0
        self.dropped = self.forged = self.relayed = 0

    def send(self, destination, payload):
        """Send a payload to a device of the network, or to a broadcast address."""
        octets = header(
            DATA, destination, self._network.short_address, _RADIUS, self._next(), True
        )
        self.send_along(destination, octets, payload)

    def send_clear(self, child, payload):
        """Send a payload unsealed, to a device in reach that has no network key yet."""
        own = self._network.short_address
        self.transmit(child, header(DATA, child, own, _ONE_HOP, self._next(), False), payload)

    def send_command(self, hop, destination, command, radius=_RADIUS, source=None, secured=True):
        """Send a NWK command over a neighbour (BROADCAST: to all in reach); source: another's."""
        self.transmit(hop, self.command_header(destination, secured, radius, source), command)

    def answer(self, frame, command):
        """Answer a neighbour's NWK command as it came: sealed or not."""
        source = frame.source
        self.send_command(source, source, command, _ONE_HOP, None, frame.secured)

    def command_header(self, destination, secured, radius=_RADIUS, source=None):
        """Return the header of a NWK command; source: another's whom we speak for."""
        network = self._network
        own = network.short_address
        source = own if source is None else source
        extended = network.extended_address if source == own else None
        addresses = (None, extended)
        return header(COMMAND, destination, source, radius, self._next(), secured, addresses)

    def receive(self, neighbour, octets, lqi):
        """Take a frame from the MAC: ours goes up, another's is relayed."""
        try:
            self._receive(neighbour, octets, lqi)
        except FrameError:
            self.dropped += 1
        except CcmError:
            self.dropped += 1
            self.forged += 1

    def _receive(self, neighbour, octets, lqi):
        frame = NwkFrame(octets)
        network = self._network
        payload = frame.payload
        if frame.secured:
            payload, extended = self.security.open(frame)
            if not network.is_met(neighbour, extended):
                raise FrameError("NWK: sealed by a stranger")
            if frame.source_extended:
                network.learn(frame.source, frame.source_extended)
        elif not self._may_be_clear(frame):
            raise FrameError("NWK: not sealed")
        if frame.is_broadcast():
            self._take_broadcast(neighbour, frame, payload, lqi)
        elif frame.destination == network.short_address:
            self._take(neighbour, frame, payload, lqi)
        elif frame.secured and frame.radius > 1 and network.may_reach(frame.destination):
            self.relayed += 1
            if self.forget_route and self.next_hop(frame.destination) == neighbour:
                # Back where it came from: one of the two routes is old, and no hop would fail.
                self.forget_route(frame.destination)
            self.send_along(frame.destination, frame.relayed_header(), payload)
        else:
            self.dropped += 1

    def _may_be_clear(self, frame):
        """Tell whether an unsealed frame is heard: who joins has no key yet, nor who rejoins."""
        if frame.kind == COMMAND:
            return len(frame.payload) > 0 and frame.payload[0] in self.in_clear
        return not self._network.is_joined

    def _take(self, neighbour, frame, payload, lqi):
        if frame.secured and self.on_heard:
            self.on_heard(neighbour, frame.source, lqi)
        if frame.kind == DATA:
            self._on_data(frame, payload)
            return
        handler = self.commands.get(payload[0]) if payload else None
        if handler:
            handler(neighbour, frame, payload[1:], lqi)
        elif self._network.is_router or frame.destination != ALL_ROUTERS:
            self.dropped += 1

    def _take_broadcast(self, neighbour, frame, payload, lqi):
        network = self._network
        told = (frame.source, frame.sequence)
        is_routed = frame.kind == COMMAND
        # Of a Route Request's copies the cheapest counts, so Routing looks at each.
        if frame.source == network.short_address or told in self._broadcasts and not is_routed:
            return
        if told not in self._broadcasts:
            self._broadcasts[self._broadcast] = told
            self._broadcast = (self._broadcast + 1) % _MOST_BROADCASTS
        self._take(neighbour, frame, payload, lqi)
        if frame.radius > 1 and network.is_router and not is_routed:
            self.relayed += 1
            self.transmit(BROADCAST, frame.relayed_header(), payload)

    def send_along(self, destination, octets, payload):
        """Send on its next hop what has a header; find a route first where there is none."""
        if destination >= FIRST_BROADCAST:
            # An end device has its parent say it to all.
            is_router = self._network.is_router
            self.transmit(BROADCAST if is_router else self._network.parent, octets, payload)
            return
        hop = self.next_hop(destination)
        if hop is not None:
            self.transmit(hop, octets, payload)
        elif not self.discover or not self.discover(destination, (destination, octets, payload)):
            self.dropped += 1

    def transmit(self, hop, octets, payload):
        """Send a header and its payload over a neighbour; one that sleeps will ask for it."""
        if not (self.hold and self.hold(hop, octets, payload)):
            self.transmit_now(hop, octets, payload)

    def transmit_now(self, hop, octets, payload):
        """Send a header and its payload over a neighbour that listens just now."""
        if is_secured(octets):
            self._mac_send(hop, self.security.seal(octets, payload))
        else:
            self._mac_send(hop, octets + payload)

    def _next(self):
        self._sequence = (self._sequence + 1) & 0xFF
        return self._sequence

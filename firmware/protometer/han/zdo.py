"""The Zigbee Device Profile: who is where, and what a device is asked of itself (05-3474, 2.4).

Requests come to endpoint 0 and are answered with the request's cluster and bit 15. The answers are
in a board's memory while one is made: after a device has joined hardly anybody asks.
"""

from struct import pack

from micropython import const

from ..kernel.unload import unload
from .frame_error import FrameError, fields

_RESPONSE = const(0x8000)
_DEVICE_ANNOUNCE = const(0x0013)
NWK_ADDRESS = const(0x0000)
IEEE_ADDRESS = const(0x0001)
NODE_DESCRIPTOR = const(0x0002)
MATCH_DESCRIPTOR = const(0x0006)
PERMIT_JOINING = const(0x0036)
# Short address, EUI-64, capability information.
_ANNOUNCED = "<H8sB"


class Endpoint:
    """An endpoint: its number, profile and device type, the clusters that it serves and uses."""

    def __init__(self, number, profile, device_type, served, used):
        self.number = number
        self.profile = profile
        self.device_type = device_type
        self.served = served
        self.used = used

    def add(self, cluster):
        """Have one cluster more, served and used."""
        self.served = self.served + [cluster]
        self.used = self.used + [cluster]


class Zdo:
    """Answers for the device itself.

    network: addresses, capability, is_router; endpoint, an Endpoint, the first of `endpoints`;
    bindings, a Bindings;
    send(destination, cluster, payload). `on_leave()` hears that the device is to leave,
    `on_permit(duration_s)` that others may join over it, `on_announce(short, extended,
    capability)` of Device Announcements, and `on_response(source, cluster,
    payload)` what was answered to ask(). `takers`: functions (source, payload) of more clusters,
    which answer nothing.
    """

    def __init__(self, network, endpoint, bindings, send):
        self.network = network
        self.endpoints = [endpoint]
        self.bindings = bindings
        self._send = send
        self.on_leave = self.on_permit = self.on_response = self.on_announce = None
        self.takers = {}
        self._sequence = 0

    def announce(self, everybody):
        """Tell everybody (a broadcast address) who we are and what our address is."""
        network = self.network
        who = network.short_address, network.extended_address, network.capability
        self.ask(everybody, _DEVICE_ANNOUNCE, pack(_ANNOUNCED, *who))

    def ask(self, destination, cluster, payload):
        """Send a request, or an announcement."""
        self._sequence = (self._sequence + 1) & 0xFF
        self._send(destination, cluster, bytes((self._sequence,)) + payload)

    def receive(self, source, cluster, payload, to_all):
        """Take what came to endpoint 0; FrameError if it is malformed."""
        if not payload:
            raise FrameError("ZDO: no sequence number")
        request = payload[1:]
        if cluster in self.takers:
            self.takers[cluster](source, request)
        elif cluster == _DEVICE_ANNOUNCE:
            announced = fields(_ANNOUNCED, request)
            self.network.learn(*announced[:2])
            if self.on_announce:
                self.on_announce(*announced)
        elif cluster < _RESPONSE:
            self._answer(source, cluster, payload, to_all)
        elif self.on_response:
            self.on_response(source, cluster & ~_RESPONSE, request)

    def _answer(self, source, cluster, payload, to_all):
        from .zdo_answers import answer

        try:
            response = answer(self, source, cluster, payload[1:], to_all)
        finally:
            unload("han.zdo_answers")
        if response is not None:
            self._send(source, cluster | _RESPONSE, payload[:1] + response)

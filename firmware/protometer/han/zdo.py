"""The Zigbee Device Profile: who a device is, what it serves, whom it is bound to (05-3474, 2.4).

Requests come to endpoint 0 and are answered with the request's cluster and bit 15.
"""

from struct import pack

from micropython import const

from .frame_error import FrameError, at_least, fields
from .network import COORDINATOR, NOBODY

_RESPONSE = const(0x8000)
_DEVICE_ANNOUNCE = const(0x0013)
NWK_ADDRESS = const(0x0000)
IEEE_ADDRESS = const(0x0001)
NODE_DESCRIPTOR = const(0x0002)
_POWER_DESCRIPTOR = const(0x0003)
_SIMPLE_DESCRIPTOR = const(0x0004)
_ACTIVE_ENDPOINTS = const(0x0005)
MATCH_DESCRIPTOR = const(0x0006)
_BIND = const(0x0021)
_UNBIND = const(0x0022)
_LEAVE = const(0x0034)
PERMIT_JOINING = const(0x0036)

# Status.
_SUCCESS = const(0x00)
_NOT_AUTHORIZED = const(0x8D)
_INVALID_REQUEST = const(0x80)
_DEVICE_NOT_FOUND = const(0x81)
_NOT_ACTIVE = const(0x83)
_NOT_SUPPORTED = const(0x84)
_NO_ENTRY = const(0x88)
_TABLE_FULL = const(0x8C)

# Node descriptor: logical type, frequency band, no manufacturer's code, sizes of a buffer and of
# a transfer in fragments, R22 of the specification.
_ROUTER = const(1)
_END_DEVICE = const(2)
_BAND_2_4_GHZ = const(0x40)
_SUB_GHZ_BANDS = const(0x80)
_NO_MANUFACTURER = const(0)
_BUFFER = const(82)
_TRANSFER = const(1_500)
_REVISION_22 = const(0x2C00)
_NO_EXTENDED_LISTS = const(0)
# Power descriptor: receiver always on, mains; or receiver on now and then, a battery, 66 % full.
_ON_MAINS = b"\x10\xc1"
_ON_BATTERY = b"\x41\x84"
_VERSION = const(1)
# Short address, EUI-64, capability information; status, EUI-64, short address.
_ANNOUNCED = "<H8sB"
_ADDRESSES = "<B8sH"
_EUI = const(8)
_EXTENDED_TARGET = const(3)


class Endpoint:
    """An endpoint: its number, profile and device type, the clusters that it serves and uses."""

    def __init__(self, number, profile, device_type, served, used):
        self.number = number
        self.profile = profile
        self.device_type = device_type
        self.served = served
        self.used = used

    def matches(self, wanted, used):
        """Tell whether it serves one of the clusters wanted, or uses one of those used."""
        return any(cluster in self.served for cluster in wanted) or any(
            cluster in self.used for cluster in used
        )

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
        self._network = network
        self.endpoints = [endpoint]
        self._bindings = bindings
        self._send = send
        self.on_leave = self.on_permit = self.on_response = self.on_announce = None
        self.takers = {}
        self._sequence = 0
        self._answers = {
            NWK_ADDRESS: self._of_extended,
            IEEE_ADDRESS: self._of_short,
            NODE_DESCRIPTOR: self._node_descriptor,
            _POWER_DESCRIPTOR: self._power_descriptor,
            _SIMPLE_DESCRIPTOR: self._simple_descriptor,
            _ACTIVE_ENDPOINTS: self._active_endpoints,
            MATCH_DESCRIPTOR: self._match_descriptor,
            _BIND: self._bind,
            _UNBIND: self._unbind,
            _LEAVE: self._asked_to_leave,
            PERMIT_JOINING: self._asked_to_permit,
        }

    def announce(self, everybody):
        """Tell everybody (a broadcast address) who we are and what our address is."""
        network = self._network
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
            self._network.learn(*announced[:2])
            if self.on_announce:
                self.on_announce(*announced)
        elif cluster < _RESPONSE:
            answer = self._answers.get(cluster)
            if cluster in (_BIND, _UNBIND) and not self._may_bind(source):
                answer = _refuse
            response = answer(request) if answer else bytes((_NOT_SUPPORTED,))
            if cluster == _LEAVE and response[0] == _SUCCESS:
                response = self._leave(source)
            # What is asked of all is answered by whom it concerns.
            if response is not None and not (to_all and response[0] != _SUCCESS):
                self._send(source, cluster | _RESPONSE, payload[:1] + response)
        elif self.on_response:
            self.on_response(source, cluster & ~_RESPONSE, request)

    # Each returns a response's payload, or None for no response.

    def _of_extended(self, request):
        (extended,) = fields("<8s", request)
        if extended != self._network.extended_address:
            return pack(_ADDRESSES, _DEVICE_NOT_FOUND, extended, NOBODY)
        return self._addresses()

    def _of_short(self, request):
        (short_address,) = fields("<H", request)
        if short_address != self._network.short_address:
            return pack(_ADDRESSES, _DEVICE_NOT_FOUND, bytes(_EUI), short_address)
        return self._addresses()

    def _addresses(self):
        network = self._network
        return pack(_ADDRESSES, _SUCCESS, network.extended_address, network.short_address)

    def _node_descriptor(self, request):
        kind = _ROUTER if self._network.is_router else _END_DEVICE
        band = _SUB_GHZ_BANDS if self._network.page else _BAND_2_4_GHZ
        head = kind, band, self._network.capability, _NO_MANUFACTURER, _BUFFER
        rest = _TRANSFER, _REVISION_22, _TRANSFER, _NO_EXTENDED_LISTS
        return self._about_us(request, pack("<BBBHBHHHB", *head, *rest))

    def _power_descriptor(self, request):
        return self._about_us(request, _ON_MAINS if self._network.is_router else _ON_BATTERY)

    def _active_endpoints(self, request):
        numbers = [endpoint.number for endpoint in self.endpoints]
        return self._about_us(request, bytes([len(numbers)] + numbers))

    def _simple_descriptor(self, request):
        short_address, number = fields("<HB", request)
        endpoint = self._endpoint(number)
        if endpoint is None:
            return pack("<BHB", _NOT_ACTIVE, short_address, 0)
        descriptor = pack("<BHHB", number, endpoint.profile, endpoint.device_type, _VERSION)
        for clusters in (endpoint.served, endpoint.used):
            descriptor += bytes((len(clusters),))
            for cluster in clusters:
                descriptor += pack("<H", cluster)
        return self._about_us(request, bytes((len(descriptor),)) + descriptor)

    def _match_descriptor(self, request):
        _, profile = fields("<HH", request)
        wanted, at = self._clusters(request, 4)
        used, _ = self._clusters(request, at)
        matching = [
            endpoint.number
            for endpoint in self.endpoints
            if endpoint.profile == profile and endpoint.matches(wanted, used)
        ]
        if not matching:
            return None
        own = self._network.short_address
        return pack("<BHB", _SUCCESS, own, len(matching)) + bytes(matching)

    def _clusters(self, request, at):
        at_least(at + 1, request)
        end = at + 1 + 2 * request[at]
        at_least(end, request)
        return [request[i] | request[i + 1] << 8 for i in range(at + 1, end, 2)], end

    def _bind(self, request):
        binding = self._binding(request)
        if binding is None:
            return bytes((_INVALID_REQUEST,))
        return bytes((_SUCCESS if self._bindings.add(*binding) else _TABLE_FULL,))

    def _unbind(self, request):
        binding = self._binding(request)
        if binding is None:
            return bytes((_INVALID_REQUEST,))
        return bytes((_SUCCESS if self._bindings.remove(*binding) else _NO_ENTRY,))

    def _may_bind(self, source):
        """Tell whether a device may: each binding wears our memory a little."""
        network = self._network
        is_known = source == COORDINATOR or network.has_link_key_with(source)
        return is_known or network.is_interop or network.is_commissioned

    def _binding(self, request):
        """Return (cluster, EUI-64, endpoint), or None for what is not ours to bind."""
        source, number, cluster, kind = fields("<8sBHB", request)
        if source != self._network.extended_address:
            return None
        if self._endpoint(number) is None or kind != _EXTENDED_TARGET:
            return None
        return (cluster,) + fields("<8sB", request[12:])

    def _asked_to_leave(self, request):
        named, _ = fields("<8sB", request)
        if named not in (self._network.extended_address, bytes(_EUI)):
            return bytes((_DEVICE_NOT_FOUND,))
        return bytes((_SUCCESS,))

    def _leave(self, source):
        """Be told to leave, by the trust centre; any other device of the network could ask."""
        if source != COORDINATOR:
            return bytes((_NOT_AUTHORIZED,))
        if not self.on_leave:
            return bytes((_NOT_SUPPORTED,))
        self.on_leave()
        return bytes((_SUCCESS,))

    def _asked_to_permit(self, request):
        at_least(2, request)
        if not self.on_permit:
            return bytes((_NOT_SUPPORTED,))
        self.on_permit(request[0])
        return bytes((_SUCCESS,))

    def _endpoint(self, number):
        for endpoint in self.endpoints:
            if endpoint.number == number:
                return endpoint
        return None

    def _about_us(self, request, descriptor):
        (short_address,) = fields("<H", request)
        if short_address != self._network.short_address:
            return pack("<BH", _DEVICE_NOT_FOUND, short_address)
        return pack("<BH", _SUCCESS, short_address) + descriptor


def _refuse(request):
    return bytes((_NOT_AUTHORIZED,))

"""What a device answers when it is asked of itself (Zigbee 05-3474, 2.4.3 and 2.4.4).

Each function of a request takes the Zdo and the request, and returns a response's payload, its
status first, or None for no response; FrameError where the request is malformed.
"""

from struct import pack

from micropython import const

from .frame_error import at_least, fields
from .network import COORDINATOR, NOBODY
from .zdo import IEEE_ADDRESS, MATCH_DESCRIPTOR, NODE_DESCRIPTOR, NWK_ADDRESS, PERMIT_JOINING

_POWER_DESCRIPTOR = const(0x0003)
_SIMPLE_DESCRIPTOR = const(0x0004)
_ACTIVE_ENDPOINTS = const(0x0005)
_BIND = const(0x0021)
_UNBIND = const(0x0022)
_LEAVE = const(0x0034)

# Status.
_SUCCESS = const(0x00)
_NOT_AUTHORIZED = const(0x8D)
_INVALID_REQUEST = const(0x80)
_DEVICE_NOT_FOUND = const(0x81)
_NOT_ACTIVE = const(0x83)
_NOT_SUPPORTED = const(0x84)
_NO_ENTRY = const(0x88)
_TABLE_FULL = const(0x8C)

# Node descriptor: logical type, frequency band, capability information; and of all of ours, no
# manufacturer's code, a buffer of 82 octets, transfers in fragments of 1,500, R22 of the
# specification, 1,500 the other way, no extended lists.
_ROUTER = const(1)
_END_DEVICE = const(2)
_BAND_2_4_GHZ = const(0x40)
_SUB_GHZ_BANDS = const(0x80)
_OF_ALL = b"\0\0\x52\xdc\x05\0\x2c\xdc\x05\0"
# Power descriptor: receiver always on, mains; or receiver on now and then, a battery, 66 % full.
_ON_MAINS = b"\x10\xc1"
_ON_BATTERY = b"\x41\x84"
_VERSION = const(1)
# Status, EUI-64, short address.
_ADDRESSES = "<B8sH"
_EUI = const(8)
_EXTENDED_TARGET = const(3)


def answer(zdo, source, cluster, request, to_all):
    """Return the response's payload to a request of a cluster; None where nobody is answered."""
    make = _ANSWERS.get(cluster)
    if make is None:
        response = bytes((_NOT_SUPPORTED,))
    elif cluster in (_BIND, _UNBIND) and not _may_bind(zdo.network, source):
        response = bytes((_NOT_AUTHORIZED,))
    else:
        response = make(zdo, request)
    if cluster == _LEAVE and response[0] == _SUCCESS:
        response = _leave(zdo, source)
    # What is asked of all is answered by whom it concerns.
    if response is not None and to_all and response[0] != _SUCCESS:
        return None
    return response


def _of_extended(zdo, request):
    (extended,) = fields("<8s", request)
    if extended != zdo.network.extended_address:
        return pack(_ADDRESSES, _DEVICE_NOT_FOUND, extended, NOBODY)
    return _addresses(zdo.network)


def _of_short(zdo, request):
    (short_address,) = fields("<H", request)
    if short_address != zdo.network.short_address:
        return pack(_ADDRESSES, _DEVICE_NOT_FOUND, bytes(_EUI), short_address)
    return _addresses(zdo.network)


def _addresses(network):
    return pack(_ADDRESSES, _SUCCESS, network.extended_address, network.short_address)


def _node_descriptor(zdo, request):
    network = zdo.network
    kind = _ROUTER if network.is_router else _END_DEVICE
    band = _SUB_GHZ_BANDS if network.page else _BAND_2_4_GHZ
    return _about_us(zdo, request, bytes((kind, band, network.capability)) + _OF_ALL)


def _power_descriptor(zdo, request):
    return _about_us(zdo, request, _ON_MAINS if zdo.network.is_router else _ON_BATTERY)


def _active_endpoints(zdo, request):
    numbers = [endpoint.number for endpoint in zdo.endpoints]
    return _about_us(zdo, request, bytes([len(numbers)] + numbers))


def _simple_descriptor(zdo, request):
    short_address, number = fields("<HB", request)
    endpoint = _endpoint(zdo, number)
    if endpoint is None:
        return pack("<BHB", _NOT_ACTIVE, short_address, 0)
    descriptor = pack("<BHHB", number, endpoint.profile, endpoint.device_type, _VERSION)
    for clusters in (endpoint.served, endpoint.used):
        descriptor += bytes((len(clusters),))
        for cluster in clusters:
            descriptor += pack("<H", cluster)
    return _about_us(zdo, request, bytes((len(descriptor),)) + descriptor)


def _match_descriptor(zdo, request):
    _, profile = fields("<HH", request)
    wanted, at = _clusters(request, 4)
    used, _ = _clusters(request, at)
    matching = [
        endpoint.number
        for endpoint in zdo.endpoints
        if endpoint.profile == profile and _matches(endpoint, wanted, used)
    ]
    if not matching:
        return None
    return pack("<BHB", _SUCCESS, zdo.network.short_address, len(matching)) + bytes(matching)


def _matches(endpoint, wanted, used):
    """Tell whether an endpoint serves one of the clusters wanted, or uses one of those used."""
    return any(cluster in endpoint.served for cluster in wanted) or any(
        cluster in endpoint.used for cluster in used
    )


def _clusters(request, at):
    at_least(at + 1, request)
    end = at + 1 + 2 * request[at]
    at_least(end, request)
    return [request[i] | request[i + 1] << 8 for i in range(at + 1, end, 2)], end


def _bind(zdo, request):
    binding = _binding(zdo, request)
    if binding is None:
        return bytes((_INVALID_REQUEST,))
    return bytes((_SUCCESS if zdo.bindings.add(*binding) else _TABLE_FULL,))


def _unbind(zdo, request):
    binding = _binding(zdo, request)
    if binding is None:
        return bytes((_INVALID_REQUEST,))
    return bytes((_SUCCESS if zdo.bindings.remove(*binding) else _NO_ENTRY,))


def _may_bind(network, source):
    """Tell whether a device may: each binding wears our memory a little."""
    is_known = source == COORDINATOR or network.has_link_key_with(source)
    return is_known or network.is_interop or network.is_commissioned


def _binding(zdo, request):
    """Return (cluster, EUI-64, endpoint), or None for what is not ours to bind."""
    source, number, cluster, kind = fields("<8sBHB", request)
    if source != zdo.network.extended_address:
        return None
    if _endpoint(zdo, number) is None or kind != _EXTENDED_TARGET:
        return None
    return (cluster,) + fields("<8sB", request[12:])


def _asked_to_leave(zdo, request):
    named, _ = fields("<8sB", request)
    if named not in (zdo.network.extended_address, bytes(_EUI)):
        return bytes((_DEVICE_NOT_FOUND,))
    return bytes((_SUCCESS,))


def _leave(zdo, source):
    """Be told to leave, by the trust centre; any other device of the network could ask."""
    if source != COORDINATOR:
        return bytes((_NOT_AUTHORIZED,))
    if not zdo.on_leave:
        return bytes((_NOT_SUPPORTED,))
    zdo.on_leave()
    return bytes((_SUCCESS,))


def _asked_to_permit(zdo, request):
    at_least(2, request)
    if not zdo.on_permit:
        return bytes((_NOT_SUPPORTED,))
    zdo.on_permit(request[0])
    return bytes((_SUCCESS,))


def _endpoint(zdo, number):
    for endpoint in zdo.endpoints:
        if endpoint.number == number:
            return endpoint
    return None


def _about_us(zdo, request, descriptor):
    (short_address,) = fields("<H", request)
    if short_address != zdo.network.short_address:
        return pack("<BH", _DEVICE_NOT_FOUND, short_address)
    return pack("<BH", _SUCCESS, short_address) + descriptor


_ANSWERS = {
    NWK_ADDRESS: _of_extended,
    IEEE_ADDRESS: _of_short,
    NODE_DESCRIPTOR: _node_descriptor,
    _POWER_DESCRIPTOR: _power_descriptor,
    _SIMPLE_DESCRIPTOR: _simple_descriptor,
    _ACTIVE_ENDPOINTS: _active_endpoints,
    MATCH_DESCRIPTOR: _match_descriptor,
    _BIND: _bind,
    _UNBIND: _unbind,
    _LEAVE: _asked_to_leave,
    PERMIT_JOINING: _asked_to_permit,
}

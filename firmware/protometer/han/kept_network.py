"""HAN Network: what of the network that a device joined or formed is to outlive a restart.

HAN Devices, beside it, are those that it knows there. In a board's memory when it is kept.
"""

from struct import calcsize, pack, unpack

from .devices import NO_KEY
from .network import COORDINATOR

# Channel, PAN, own address, parent, extended PAN id, key's number and key, trust centre, link key
# with it, whether that is confirmed and, above that bit, the channel's page.
_FORM = "<BHHH8sB16s8s16sB"


def packed(network):
    """Return HAN Network of a Network; nothing where it has no network key."""
    key = network.key_of(network.key_sequence)
    if key is None:
        return b""
    return pack(
        _FORM,
        network.channel,
        network.pan_id,
        network.short_address,
        network.parent,
        network.extended_pan_id,
        network.key_sequence,
        key,
        network.trust_centre,
        network.link_key_of(network.trust_centre) or NO_KEY,
        network.has_confirmed_key | network.page << 1,
    )


def take_up(network, octets, devices):
    """Have a Network be the one that HAN Network and HAN Devices describe.

    What has another size describes none.
    """
    if len(octets) != calcsize(_FORM):
        return
    kept = unpack(_FORM, octets)
    network.forget()
    network.channel, network.pan_id, network.short_address, network.parent = kept[:4]
    network.extended_pan_id, sequence, key, network.trust_centre = kept[4:8]
    network.keep_key(sequence, key)
    network.use_key(sequence)
    network.keep_link_key(kept[8], bool(kept[9] & 1))
    network.page = kept[9] >> 1
    network.devices.unpack(devices)
    network.learn(COORDINATOR, network.trust_centre)
    network.is_joined = True

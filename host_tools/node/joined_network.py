"""A Network that a device has joined before, and a stack on it, without having it join."""

from protometer.han.kept_network import packed
from protometer.han.network import COORDINATOR, Network

# 05-3474 annex C.6.1's install code.
INSTALL_CODE = "83fed3407a939723a5c639b26916d505c3b5"
NETWORK_KEY = bytes(range(16))
LINK_KEY = bytes(range(64, 80))
_CHANNEL = 20
_PAN_ID = 0x1A62


def joined_network(extended_address, short_address, trust_centre, **description):
    """Return (Network, what its device kept of it).

    extended_address: as printed; trust_centre: as frames carry it; description: more of a
    network description.
    """
    described = {"extended_address": extended_address, "install_code": INSTALL_CODE}
    described.update(description)
    network = Network(described)
    network.channel, network.pan_id, network.short_address = _CHANNEL, _PAN_ID, short_address
    network.parent, network.trust_centre = COORDINATOR, trust_centre
    network.keep_key(0, NETWORK_KEY)
    network.use_key(0)
    network.keep_link_key(LINK_KEY, True)
    network.is_joined = True
    kept = packed(network)
    network.forget()
    return network, kept

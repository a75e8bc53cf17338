"""What a Membership is made of, by the role of its device: in a board's memory as it is made.

So is the choice of its way onto a network, to be found or formed. Nothing of this module may be
kept: all of it would be.
"""

from . import aps_frame, nwk_commands, zcl
from .aps_security import ApsSecurity
from .bindings import Bindings
from .standing import Standing
from .zdo import Endpoint, Zdo

# Smart Energy's device types by role: metering device, in-premises display, energy service
# interface, load control device, prepayment terminal.
_DEVICE_TYPES = {"E": 0x0501, "G": 0x0501, "I": 0x0502, "H": 0x0500, "S": 0x0504, "U": 0x0505}


def compose(member, role, clusters, command, machines):
    """Give a Membership its parts, and have the layers tell it what concerns it."""
    network, mac, nwk, aps = member.network, member.mac, member.nwk, member.aps
    network.on_claim = member.try_address
    nwk.next_hop = network.parent_hop
    nwk.commands[nwk_commands.LEAVE] = member.told_to_leave
    nwk.on_heard = member.heard
    mac.on_lost = member.missed
    mac.on_reached = member.reached
    member.security = aps.security = ApsSecurity(network, member.data, member.persist)
    member.security.on_stranger = member.ask_for_key_with
    endpoint = Endpoint(
        aps_frame.ENDPOINT, aps_frame.SMART_ENERGY, _DEVICE_TYPES[role[0]], *clusters
    )
    member.bindings = Bindings(member.data, member.persist)
    member.zdo = zdo = Zdo(network, endpoint, member.bindings, member.send_zdo)
    zdo.on_response = member.told
    zdo.on_leave = member.asked_to_leave
    if network.is_router:
        _add_parent(member)
    member.standing = Standing(network, mac, nwk, zdo.announce, member.way_onto)
    if network.is_coordinator:
        _add_trust_centre(member)
    else:
        aps.on_command = member.commanded
        if not member.parent:
            from .polling import Polling

            nwk.commands[nwk_commands.TIMEOUT_RESPONSE] = member.keeps_alive
            member.polling = Polling(mac.ask_parent, mac.listen, network.is_sleepy)
    if network.certificates:
        _add_link_key(member, endpoint, command, machines)
    if mac.enhanced:
        from .sub_ghz import CLUSTER, SubGhz

        layers = mac, nwk, aps
        member.sub_ghz = machines[CLUSTER] = SubGhz(network, layers, zdo, command)
        endpoint.add(CLUSTER)


def way_onto(member, on_arrived):
    """Return what brings the device onto a network; on_arrived() hears that it is there."""
    if member.network.is_coordinator:
        from .forming import Forming

        return Forming(member.network, member.mac, on_arrived)
    from .joining import Joining

    return Joining(
        member.network,
        member.mac,
        member.nwk,
        member.aps.commands,
        member.security.confirmation,
        member.send_to_trust_centre,
        member.zdo.announce,
        member.begin_anew,
        on_arrived,
    )


def _add_parent(member):
    from .mesh import Mesh
    from .parent import Parent

    network, nwk, zdo = member.network, member.nwk, member.zdo
    member.mesh = Mesh(network, nwk)
    member.parent = parent = Parent(network, member.mac, nwk, member.tell_trust_centre)
    zdo.on_permit = parent.permit
    zdo.on_announce = parent.announced


def _add_trust_centre(member):
    from .trust_centre import TrustCentre

    network = member.network
    member.trust_centre = centre = TrustCentre(
        network, member.parent, member.security.confirmation, member.send_command, member.sealed
    )
    member.aps.commands = centre.commands
    for extended, key in network.admits:
        if network.devices.key_of(extended) is None:
            centre.admit(extended, key)


def _add_link_key(member, endpoint, command, machines):
    """Have link keys agreed by certificates, over the cluster for that."""
    from os import urandom

    from .link_key import LinkKey

    member.link_key = machines[zcl.KEY_ESTABLISHMENT] = LinkKey(
        member.network, urandom, command, member.link_key_agreed, member.is_time_known
    )
    endpoint.add(zcl.KEY_ESTABLISHMENT)

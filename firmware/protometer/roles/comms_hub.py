"""Enough of a Communications Hub to stand a network on: coordinator, time and relay.

Where it forms its network by itself it is trust centre and Gas Proxy Function too.
"""

from ..han.devices import CONFIRMED
from ..han.stack import Stack
from ..model.dictionary import Data
from ..store.store import Store


class CommsHub:
    """Serves Time and Basic and relays for others; memory keeps its network and counters.

    logs: a memory for files, of a hub that remote parties address: `function` is its HubFunction
    then, else None. `gas`: the GasProxy, None on a commissioned network. There deliver(eui64,
    octets) has a message go to a meter, by its EUI-64 as printed, and tells whether there is room;
    what they say is heard by `tunnels.on_message(eui64, octets)`, or goes to the device that it is
    for. `images`: the OtaServer, once there is an image to offer.
    """

    def __init__(self, scheduler, radio, network, memory, logs=None):
        self.function = None
        if logs:
            from .hub_function import HubFunction

            self.function = store = HubFunction(memory, logs, scheduler.clock)
            self.data = store.data
        else:
            self.data = Data("H")
            store = Store(self.data, memory)
            store.restore()
        self.stack = Stack("H", self.data, radio, network, scheduler, store)
        self.gas = self.images = None
        self._scheduler = scheduler
        if network.is_coordinator:
            from ..han.tunnel_manager import TunnelManager
            from .gas_proxy import GasProxy

            self.permit = self.stack.membership.permit
            self.trust_centre = self.stack.membership.trust_centre
            self.tunnels = TunnelManager(self.stack)
            self.gas = GasProxy(self.stack)
            self.tunnels.relays = self._relay
            self.deliver = self.tunnels.deliver
            scheduler.each_second("gas proxy", self.gas.step, 0, True)
            if self.function:
                from .hub_on_air import HubOnAir

                self._on_air = on_air = HubOnAir(self.function, self.stack)
                self.deliver = self._deliver
                scheduler.each_second("remote parties", on_air.step, 500, True)
            scheduler.each_second("tunnels", self.tunnels.step, 250, True)

    def offer_image(self, files, name):
        """Offer devices the firmware image in a file of a memory; ImageError where it is none."""
        from .ota_server import OtaServer

        if self.images is None:
            images = OtaServer(self.stack, self._transferred)
            images.offer(files, name)
            self.images = images
            self.gas.on_contact = images.contact
            self._scheduler.each_second("images", images.step, 750, True)
        else:
            self.images.offer(files, name)

    def _transferred(self, identifier, version, outcome):
        if self.function:
            self.function.note_transfer(identifier, version, outcome)

    def _relay(self, eui64, octets):
        """Have a message of a device go to the device that it is for; tell whether there is one.

        Nobody speaks to another device in a name that is not its own.
        """
        from ..gbcs.envelope import EnvelopeError, parse

        try:
            message = parse(octets)
        except EnvelopeError:
            return False
        here = self.stack.network.devices.is_(bytes(reversed(message.target)), CONFIRMED)
        if not here or message.originator != eui64:
            return False
        self.deliver(message.target, octets)
        return True

    def _deliver(self, eui64, octets):
        has_room = self.tunnels.deliver(eui64, octets)
        if not has_room:
            self._on_air.refused(eui64, octets)
        return has_room

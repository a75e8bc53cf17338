"""A hub with tunnels to an electricity and a gas meter: stacks that share keys, on one air."""

from protometer.han.tunnel_client import TunnelClient
from protometer.han.tunnel_door import TunnelDoor
from protometer.han.tunnel_manager import TunnelManager
from protometer.han.tunneling import CLUSTER
from protometer.kernel.clock import VirtualClock
from tests.han.han_stand import EXTENDED, START_S
from tests.han.joined_stand import DISPLAY, HUB, METER, Ether, Joined

__all__ = ["CLUSTER"]
# The gas meter has the place of a display.
GAS = DISPLAY
EUI64 = {short: bytes.fromhex(EXTENDED[short]) for short in (METER, GAS)}


class Tunnels:
    """`hub`, `meter` and `gas`, their ends `manager`, `server` and `client`, and what they heard.

    new_hub() has the hub begin its second life.
    """

    def __init__(self):
        clock = VirtualClock(START_S, lambda: 0)
        self.hub, self.meter, self.gas = (
            Joined(role, short, clock) for role, short in (("H", HUB), ("E", METER), ("G", GAS))
        )
        self.ether = Ether(self.hub, self.meter, self.gas)
        self.to_hub = []
        self.to_meter, self.to_gas = [], []
        self.server = TunnelDoor(self.meter.stack)
        self.server.on_message = self.to_meter.append
        self.client = TunnelClient(self.gas.stack)
        self.client.on_message = self.to_gas.append
        self.begin_hub()

    def begin_hub(self):
        self.hub.trust(METER, GAS)
        self.manager = TunnelManager(self.hub.stack)
        self.manager.on_message = lambda eui64, octets: self.to_hub.append((eui64, octets))

    def new_hub(self):
        """Have the hub forget all but its network, as at a restart."""
        self.hub = Joined("H", HUB, self.ether.clock, self.hub.data)
        self.ether.nodes = (self.hub, self.meter, self.gas)
        self.begin_hub()

    def new_meter(self, reaches=True):
        """Have the electricity meter forget the same; reaches: whether the hub hears it begin."""
        self.meter = Joined("E", METER, self.ether.clock, self.meter.data)
        self.meter.trust(HUB)
        self.server = TunnelDoor(self.meter.stack)
        self.server.on_message = self.to_meter.append
        self.ether.nodes = (self.meter, self.gas)
        if not reaches:
            self.ether.run(2_000)
        self.ether.nodes = (self.hub, self.meter, self.gas)

    def run(self, seconds):
        """Let time pass for all; what the gas meter has to do is done where it is in contact."""
        for _ in range(seconds):
            now_s = self.ether.clock.utc_s()
            for end in (self.manager, self.server, self.client):
                end.step(now_s)
            self.ether.run(1_000, 50)

    def contact(self, seconds=20):
        """Have the gas meter in contact for a while."""
        self.client.contact(self.ether.clock.utc_s())
        self.run(seconds)

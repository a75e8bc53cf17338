"""Enough of a Communications Hub to stand a network on: coordinator, time and relay.

Where it forms its network by itself it is trust centre and Gas Proxy Function too.
"""

from ..han.stack import Stack
from ..model.dictionary import Data
from ..store.store import Store


class CommsHub:
    """Serves Time and Basic and relays for others; memory keeps its network and counters.

    `gas`: the GasProxy, None on a commissioned network.
    """

    def __init__(self, scheduler, radio, network, memory):
        self.data = Data("H")
        store = Store(self.data, memory)
        store.restore()
        self.stack = Stack("H", self.data, radio, network, scheduler, store)
        self.gas = None
        if network.is_coordinator:
            from .gas_proxy import GasProxy

            self.gas = GasProxy(self.stack)
            self.permit = self.stack.membership.permit
            self.trust_centre = self.stack.membership.trust_centre
            scheduler.each_second("gas proxy", self.gas.step, 0, True)

"""What a meter tells of the network that it joined, and whom it lets talk to it.

ESME-COM-10, GSME-COM-02: joining is an event, so is the hub that comes and goes, and a device that
wants to share a link key is to be in the Device Log.
"""

from ..han.keep_alive import CLUSTER, KeepAlive
from ..model import events


class NetworkWatch:
    """Watches a meter's Stack, whose network was joined; step() once a second."""

    def __init__(self, meter, stack):
        self._meter = meter
        self._network = stack.network
        self._was_on = stack.network.is_joined
        self._now_s = 0
        self._keep_alive = KeepAlive(stack.read, self._hub_changed)
        stack.membership.admits = self._admits

    def step(self, now_s, listens=True):
        """Let a second pass; listens: whether the radio would hear the hub's answer."""
        self._now_s = now_s
        network = self._network
        if network.is_joined and not self._was_on:
            self._was_on = True
            self._meter.events.post(events.NETWORK_JOINED, now_s)
        if not self._meter.data.han_network:
            self._was_on = False
        # Strangers have no such cluster.
        if listens and network.may_talk() and not network.is_interop:
            self._keep_alive.step(now_s)

    def answered(self, cluster, now_s):
        """Hear that the hub answered."""
        if cluster == CLUSTER:
            self._keep_alive.answered(now_s)

    def _hub_changed(self, is_there, now_s):
        code = events.HUB_CONNECTED if is_there else events.HUB_DISCONNECTED
        self._meter.events.post(code, now_s)

    def _admits(self, extended):
        return self._meter.devices.joined(bytes(reversed(extended)), self._now_s)

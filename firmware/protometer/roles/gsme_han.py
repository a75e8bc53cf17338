"""The gas meter on the HAN: it sleeps, and twice an hour speaks to the hub (SMETS2 4.4.2, 4.5.1).

contact -> radio on -> what changed goes to the mirror, messages go through the tunnel, the time is
asked for -> radio off
"""

from micropython import const

from ..han import time_client
from ..han.command_finder import find
from ..han.network import COORDINATOR
from ..han.stack import Stack
from ..han.time_client import TimeClient
from .han_watch import HanWatch
from .published import Published, count_down, offer_clusters

_METERING = const(0x0702)
_HALF_HOUR_MS = const(1_800_000)
# How long it waits for a mirror before it asks for one again.
_MIRROR_S = const(30)


class GsmeHan:
    """Joins a Gsme to a radio; both live on the same scheduler. Its radio may sleep.

    `tunnel`: its TunnelClient to the hub, None on a network that was commissioned.
    """

    def __init__(self, gsme, scheduler, radio, network):
        self._gsme = gsme
        self.stack = Stack(gsme.data.role, gsme.data, radio, network, scheduler, Published(gsme))
        offer_clusters(gsme, self.stack)
        self.stack.on_answer = self._answered
        self._forgeries = HanWatch(self.stack.forged, gsme.events)
        self._time = TimeClient(self.stack, gsme.data, gsme.clock.hear)
        self._watch = self.tunnel = self.images = None
        # The endpoint of the hub that mirrors us.
        self._mirror = None
        self._asked_s = 0
        # When the contact began that the tunnel knows of.
        self._contact_s = None
        if self.stack.membership:
            from ..han.tunnel_client import TunnelClient
            from .network_watch import NetworkWatch
            from .ota_watch import OtaWatch

            self.tunnel = TunnelClient(self.stack)
            self._watch = NetworkWatch(gsme, self.stack)
            self.images = OtaWatch(gsme, self.stack)
            command = find(_METERING, False, "RequestMirrorResponse").identifier
            self.stack.handlers[(_METERING, command, False)] = self._mirrored
        scheduler.each_second("reports", self.step, 500, True)

    def step(self, now_s):
        """Report what changed, and ask for the time; call it once a second."""
        self._forgeries.step(now_s)
        if self._watch:
            listens = self._is_in_contact(now_s)
            self._watch.step(now_s, listens)
            may_talk = self.stack.network.may_talk()
            self.images.step(now_s, listens and may_talk)
            if not listens:
                return
            if may_talk:
                self.tunnel.step(now_s)
        self._time.step(now_s)
        count_down(self._gsme.data)
        destinations = ()
        if self._mirror is not None:
            destinations = (COORDINATOR,)
        while self.stack.report(destinations, now_s, self._mirror or 1):
            pass

    def _is_in_contact(self, now_s):
        """Tell whether the radio is on; have it be on, and off, as the meter wants.

        Until there is a link key it is on, and where strangers may ask it is never off for long.
        """
        network = self.stack.network
        polling = self.stack.membership.polling
        if network.is_interop or not polling or not network.may_talk():
            return True
        polling.resting_ms = _HALF_HOUR_MS
        contact, tunnel = self._gsme.contact, self.tunnel
        is_on = bool(self._gsme.data.han_interface_on)
        if is_on and contact.since_s != self._contact_s:
            self._contact_s = contact.since_s
            # The hub may have been off, and have forgotten what it mirrored.
            self._mirror = None
            self._asked_s = 0
            tunnel.contact(now_s)
            self.images.contact(now_s)
        is_busy = tunnel.is_busy(now_s) or self.images.is_busy(now_s)
        if is_busy:
            self.stack.membership.something_came()
        elif is_on and not polling.is_busy():
            contact.finished(now_s)
        if is_on and self._mirror is None:
            self._ask_for_mirror(now_s)
        return is_on or is_busy

    def _ask_for_mirror(self, now_s):
        if not 0 <= now_s - self._asked_s < _MIRROR_S:
            self._asked_s = now_s
            command = find(_METERING, True, "RequestMirror")
            self.stack.command(COORDINATOR, _METERING, command.identifier, b"", True)

    def _mirrored(self, source, sequence, payload, now_s):
        """Take the number of the endpoint that mirrors us; 0xFFFF: there is none."""
        endpoint = find(_METERING, False, "RequestMirrorResponse").decode(payload)["endpointId"]
        if source == COORDINATOR and endpoint <= 0xFF:
            self._mirror = endpoint

    def _answered(self, source, cluster, now_s):
        if cluster == time_client.CLUSTER:
            self._time.answered(source, now_s)
        elif self._watch and source == COORDINATOR:
            self._watch.answered(cluster, now_s)

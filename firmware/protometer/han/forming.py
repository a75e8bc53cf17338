"""How the coordinator begins a network: on the quietest channel, under a PAN id that is free.

Zigbee 05-3474, 3.6.1.1. The network key is of random octets.
"""

from os import urandom

from ..kernel.ticks import ticks_add, ticks_diff
from .nwk_frame import FIRST_BROADCAST
from .scanning import Scan


class Forming:
    """The state of one coordinator; to a Standing what Joining is.

    network; mac; on_formed() hears when there is a network.
    """

    def __init__(self, network, mac, on_formed):
        self._network = network
        self._mac = mac
        self._on_formed = on_formed
        self._scan = Scan(mac)
        self._due_ms = 0

    def start(self, now_ms):
        """Begin: hear who else is there."""
        self._due_ms = now_ms
        self._scan.start(self._network.channels, lambda beacon: False, b"")

    def end(self):
        """Nothing more comes."""

    def poll(self, now_ms):
        """Do what is due; return how many ms to the next thing."""
        if ticks_diff(self._due_ms, now_ms) <= 0:
            wait_ms = self._scan.step()
            if wait_ms is None:
                self._form()
                return 0
            self._due_ms = ticks_add(now_ms, wait_ms)
        return max(ticks_diff(self._due_ms, now_ms), 1)

    def _form(self):
        heard = self._scan.heard
        crowds = [
            (sum(1 for other, _ in heard if other == channel), channel)
            for channel in self._network.channels
        ]
        taken = [pan_id for _, pan_id in heard]
        pan_id = FIRST_BROADCAST
        while pan_id >= FIRST_BROADCAST or pan_id in taken:
            octets = urandom(2)
            pan_id = octets[0] | octets[1] << 8
        self._network.form(min(crowds)[1], pan_id, urandom(16))
        self._mac.tune()
        self._on_formed()

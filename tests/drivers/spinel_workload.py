"""Two firmware Macs over two RCPs of one air, in real time: spinel_workload.py PORT.

Prints what each heard, in order, and its counters. Runs on CPython and MicroPython.
"""

import sys

from host_tools.node.home import network_description
from host_tools.node.socket_port import SocketPort
from host_tools.node.wall_clock import wall_clock
from protometer.drivers.radio.spinel_radio import SpinelRadio
from protometer.han.mac import Mac
from protometer.han.network import Network
from protometer.kernel.scheduler import Scheduler

FRAMES = 12
PATIENCE_S = 10


class Node:
    """A Mac of a role on its own connection; `peer` is whom it sends to."""

    def __init__(self, role, peer, scheduler, port):
        self.heard = []
        self.radio = SpinelRadio(port, scheduler)
        self._scheduler = scheduler
        self._task = scheduler.add(role, self.poll, None)
        network = Network(network_description(role, "00" * 16))
        self.mac = Mac(self.radio, network, self.wake, self.note)
        self._peer = peer
        self._left = list(range(FRAMES))

    def wake(self):
        self._scheduler.wake(self._task)

    def note(self, source, payload, lqi):
        self.heard.append((source, payload[0]))

    def poll(self, now_s, now_ms):
        while self._left and self.mac.has_room() and self.radio.finding is None:
            number = self._left.pop(0)
            # What HDLC must escape is in every frame.
            self.mac.send(self._peer, bytes((number,)) + b"\x7e\x7d\x11\x13\xf8" * (number + 1))
        return 0 if self.mac.poll(now_s) else 2

    def is_done(self):
        return len(self.heard) == FRAMES and not self._left and not self.mac.is_sending()


def finish(nodes):
    for node in nodes:
        mac, radio = node.mac, node.radio
        print(node.heard)
        print("sent", mac.sent, "lost", mac.lost, "received", mac.received)
        print(radio.finding, radio.resets, radio.timeouts, radio.malformed)
    raise SystemExit


def run(port):
    ports = [SocketPort("127.0.0.1", port) for _ in range(2)]
    scheduler = Scheduler(wall_clock(0, ports[0].wait_ms))
    nodes = [
        Node("ESME", 2, scheduler, ports[0]),
        Node("IHD", 1, scheduler, ports[1]),
    ]

    def watch(now_s, now_ms):
        for node in nodes:
            node.wake()
        if now_s > PATIENCE_S or all(node.is_done() for node in nodes):
            finish(nodes)
        return 20

    scheduler.add("watch", watch)
    scheduler.run()


run(int(sys.argv[1]))

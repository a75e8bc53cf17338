"""A device of a few lines for the tests of the desk: python toy_node.py ROLE NAME ADDRESS PORT.

Runs on CPython and on MicroPython. Roles: "ask" sends to station 2 every 10 s and repeats
what was not acknowledged; "answer" answers each; the others break the protocol.
"""

import json
import select
import socket
import struct
import sys

from host_tools.node import link
from host_tools.node.ether_radio import SENT, EtherRadio

PERIOD_MS = 10_000
RETRIES = 3
PAN_ID = 0x1A62
ASKED = 2


def fcs(data):
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ 0x8408 if crc & 1 else crc >> 1
    return struct.pack("<H", crc)


class Toy:
    def __init__(self, role, address):
        self.role = role
        self.address = address
        self.items = []
        self.radio = EtherRadio(self.items)
        self.radio.on_frame = self.on_frame
        self.radio.on_sent = self.on_sent
        self.next_ms = None
        self.reached_ms = 0
        self.sequence = address * 16
        self.waiting = []  # PSDUs; the first is in the air
        self.tries = 0
        self.counts = {"asked": 0, "heard": 0, "retries": 0, "failed": 0}

    def grant(self, at_ms, until_ms, items):
        """Return the millisecond reached: the first with an output, or until_ms."""
        if at_ms < self.reached_ms:
            raise RuntimeError("time ran backwards")
        self.reached_ms = self.run(at_ms, until_ms, items)
        return self.reached_ms

    def run(self, at_ms, until_ms, items):
        if self.next_ms is None:
            if self.role != "untuned":
                self.radio.configure(0, 11, PAN_ID, self.address, bytes([self.address] * 8))
            self.next_ms = at_ms + self.address * 1000
        self.tick(at_ms)
        for kind, payload in items:
            if not self.radio.deliver(kind, payload):
                self.on_order(kind, payload)
        while not self.items and self.next_ms <= until_ms:
            at_ms = self.next_ms
            self.tick(at_ms)
        return at_ms if self.items else until_ms

    def tick(self, now_ms):
        while self.next_ms <= now_ms:
            self.next_ms += PERIOD_MS
            if self.role in ("ask", "untuned"):
                self.counts["asked"] += 1
                self.queue(ASKED, b"? %d" % self.counts["asked"])
            elif self.role == "exit":
                print("the last words of", self.role)
                sys.exit(3)
            elif self.role == "raise":
                raise RuntimeError("toy broke")

    def queue(self, destination, text):
        self.sequence = (self.sequence + 1) & 0xFF
        # Texts start below 0x40: no dissector of Zigbee or 6LoWPAN takes them for its own.
        head = struct.pack("<HBHHH", 0x8861, self.sequence, PAN_ID, destination, self.address)
        self.waiting.append(head + text + fcs(head + text))
        if len(self.waiting) == 1:
            self.tries = 0
            self.radio.send(self.waiting[0])

    def on_sent(self, status):
        if status != SENT and self.tries < RETRIES:
            self.tries += 1
            self.counts["retries"] += 1
            self.radio.send(self.waiting[0])
            return
        self.counts["failed"] += status != SENT
        self.waiting.pop(0)
        self.tries = 0
        if self.waiting:
            self.radio.send(self.waiting[0])

    def on_frame(self, psdu, rssi_dbm, lqi):
        self.counts["heard"] += 1
        text = psdu[9:-2]
        self.items.append((link.TRACE, b"%d dBm: %s" % (rssi_dbm, text)))
        if self.role == "answer":
            self.queue(psdu[7] | psdu[8] << 8, b"! " + text[2:])

    def on_order(self, kind, payload):
        if kind == link.QUERY:
            self.items.append((link.ANSWER, json.dumps(self.counts).encode()))
        elif kind == link.KEY:
            self.items.append((link.PICTURE, bytes(1024)))
        else:
            self.items.append((link.TRACE, payload))


def reply(toy, message):
    """Return the DONE for one GRANT or STOP."""
    seq = message[1]
    if message[0] == link.STOP:
        return link.encode_done(seq, 0, 0, link.NEVER_S, 0, [(link.TRACE, b"bye")])
    at_ms, until_ms = message[2] * 1000 + message[3], message[4] * 1000 + message[5]
    if toy.role == "run on":
        until_ms += PERIOD_MS
    reached_ms = toy.grant(at_ms, until_ms, message[6])
    next_ms = reached_ms if toy.role == "stand still" else toy.next_ms
    done = link.encode_done(seq, *(divmod(reached_ms, 1000) + divmod(next_ms, 1000)), toy.items)
    toy.radio.taken()
    return done[:-1] if toy.role == "cut" else done


def serve(toy, name, port):
    wire = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    wire.connect(socket.getaddrinfo("127.0.0.1", port)[0][-1])
    poll = select.poll()
    poll.register(wire, select.POLLIN)
    wire.send(link.encode_hello(name))
    while not poll.poll(100):
        wire.send(link.encode_hello(name))
    # A board-sized heap has no room for the largest datagram at every grant.
    size = 4096 if sys.implementation.name == "micropython" else link.MAX_DATAGRAM_BYTES
    answered = link.Answered()
    while True:
        message = link.decode(wire.recv(size))
        done = answered.reply_to(message[1])
        if done is None:
            done = reply(toy, message)
            answered.keep(message[1], done)
            if toy.role == "hang" or (toy.role == "lose" and message[1] % 5 == 0):
                continue
        if toy.role != "hang":
            wire.send(done)
        if toy.role == "twice":
            wire.send(done)
        if message[0] == link.STOP:
            return


if __name__ == "__main__":
    serve(Toy(sys.argv[1], int(sys.argv[3])), sys.argv[2], int(sys.argv[4]))

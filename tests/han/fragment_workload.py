"""Long payloads in fragments between two stacks, with losses; prints what arrived."""

import sys

sys.path.append(".")

from binascii import crc32

from tests.han.joined_stand import DISPLAY, METER, Ether, three

for lost in (None, 0, 1, 5, 6):
    hub, meter, display = three()
    meter.trust(DISPLAY)
    display.trust(METER)
    ether = Ether(hub, meter, display)
    ether.run(100)
    began = len(ether.heard)
    ether.fate = lambda number, psdu: 0 if number - began == lost else 1  # noqa: B023
    arrived, outcomes = [], []
    display.stack.handlers[(0x0702, 0, True)] = lambda *what: arrived.append(what[2])  # noqa: B023
    payload = bytes(number * 7 & 0xFF for number in range(1_497))
    meter.stack.command(DISPLAY, 0x0702, 0, payload, True, on_outcome=outcomes.append)
    ether.run(3_000)
    print(lost, outcomes, [(len(octets), crc32(octets)) for octets in arrived])
    print(len(ether.heard) - began, meter.stack.aps.deliveries.retried)

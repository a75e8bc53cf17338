"""The air of one process: whom a frame reaches, what an acknowledgement tells, who sleeps."""

import pytest

from host_tools.node.local_ether import LocalEther, LocalRadio
from protometer.kernel.clock import VirtualClock
from protometer.kernel.scheduler import Scheduler

EXTENDED = bytes(range(0xE0, 0xE8))
TO_SHORT = bytes.fromhex("6188 07 621a 0200 0100 aa 0000")
TO_EXTENDED = bytes.fromhex("61cc 07 621a e0e1e2e3e4e5e6e7 f0f1f2f3f4f5f6f7 aa 0000")
TO_ALL = bytes.fromhex("4188 07 621a ffff 0100 aa 0000")
TO_COORDINATOR = bytes.fromhex("2180 07 621a 0100 aa 0000")
BEACON = bytes.fromhex("0080 07 621a 0000 ff0f 0000 0000")
DATA_REQUEST = bytes.fromhex("6388 07 621a 0200 0100 04 0000")


class Air:
    """Two radios: the one that sends, 0x0001, and another, 0x0002."""

    def __init__(self):
        self.clock = VirtualClock(0, lambda: 0)
        self.scheduler = Scheduler(self.clock)
        ether = LocalEther(self.scheduler)
        self.sender, self.other = LocalRadio(ether), LocalRadio(ether)
        self.frames, self.outcomes = [], []
        self.sender.on_sent = lambda status: self.outcomes.append(
            (status, self.sender.ack_pending)
        )
        self.other.on_sent = lambda status: self.outcomes.append((status, None))
        self.sender.on_frame = lambda psdu, rssi_dbm, lqi: self.frames.append(psdu)
        self.other.on_frame = self.sender.on_frame
        self.sender.configure(0, 20, 0x1A62, 1, bytes(8))
        self.other.configure(0, 20, 0x1A62, 2, EXTENDED)

    def send(self, psdu, radio=None):
        (radio or self.sender).send(psdu)
        while (wait_ms := self.scheduler.run_due()) is not None:
            self.clock.advance(wait_ms)
        return self.frames, self.outcomes


@pytest.mark.parametrize(
    ("psdu", "heard"),
    [
        (TO_SHORT, True),
        (TO_EXTENDED, True),
        (TO_ALL, True),
        (BEACON, True),
        (TO_COORDINATOR, False),
        (TO_SHORT[:5] + b"\x09" + TO_SHORT[6:], False),
        (b"", False),
        (b"\x61\x88", False),
        (TO_SHORT[:6], False),
    ],
)
def test_whom_a_frame_reaches(psdu, heard):
    frames, outcomes = Air().send(psdu)
    assert frames == ([psdu] if heard else [])
    assert outcomes == [(0 if heard else 1, False)]


def test_coordinator_takes_frames_that_name_no_destination():
    air = Air()
    air.other.coordinator = True
    assert air.send(TO_COORDINATOR)[0] == [TO_COORDINATOR]


def test_sleeper_is_deaf_until_an_acknowledgement_tells_of_data():
    air = Air()
    to_sleeper = TO_SHORT[:5] + b"\x01\x00\x02\x00" + TO_SHORT[9:]
    air.sender.set_receiver(False)
    assert air.send(to_sleeper, air.other) == ([], [(1, None)])
    air.send(DATA_REQUEST)
    air.send(to_sleeper, air.other)
    assert air.frames == [DATA_REQUEST]
    air.other.set_pending(b"\x01\x00", True)
    air.send(DATA_REQUEST)
    assert air.outcomes[-1] == (0, True)
    air.send(to_sleeper, air.other)
    assert air.frames[-1] == to_sleeper
    air.other.set_pending(b"\x01\x00", False)
    air.send(DATA_REQUEST)
    assert air.outcomes[-1] == (0, False)

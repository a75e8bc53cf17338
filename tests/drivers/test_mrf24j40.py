"""The MRF24J40's driver against a model of the chip's registers."""

import pytest

from host_tools.desk import phy
from protometer.drivers.radio.mrf24j40 import CHANNEL_BUSY, NO_ACK, SENT, Mrf24j40Radio
from protometer.kernel.clock import VirtualClock
from protometer.kernel.scheduler import Scheduler
from tests.drivers.mrf24j40_chip import Chip

EXTENDED = bytes(range(0xE0, 0xE8))
DATA = bytes.fromhex("6188 07 621a 0200 0100 aabbcc 0000")
TO_ALL = bytes.fromhex("4188 08 621a ffff 0100 aabbcc 0000")


def with_fcs(psdu):
    return psdu[:-2] + phy.fcs(psdu[:-2])


class Desk:
    def __init__(self, absent=False, **addresses):
        self.chip = Chip()
        self.chip.absent = absent
        self.clock = VirtualClock(0, lambda: 0)
        self.scheduler = Scheduler(self.clock)
        self.radio = Mrf24j40Radio(self.chip, self.chip.select, self.scheduler, lambda us: None)
        self.sent, self.heard = [], []
        self.radio.on_sent = lambda status: self.sent.append((status, self.radio.ack_pending))
        self.radio.on_frame = lambda *frame: self.heard.append(frame)
        self.configure(**addresses)
        self.run(10)

    def configure(self, channel=20, pan=0x1A62, short=1):
        self.radio.configure(0, channel, pan, short, EXTENDED)

    def run(self, ms):
        for _ in range(ms):
            self.scheduler.run_due()
            self.clock.advance(1)
        return self

    def send(self, psdu, outcome="ack"):
        self.chip.outcome = outcome
        self.radio.send(psdu)
        self.run(10)


def test_start_and_addresses():
    desk = Desk()
    assert desk.radio.finding is None
    assert desk.chip.works()
    assert desk.chip.tuned == 20
    assert bytes(desk.chip.short[1:13]) == bytes.fromhex("621a 0100") + EXTENDED


@pytest.mark.req("ESME-GEN-08")
@pytest.mark.parametrize("channel", [11, 26])
def test_channels(channel):
    desk = Desk(channel=channel)
    assert desk.chip.tuned == channel
    desk.configure(channel=15)
    assert desk.chip.tuned == 15
    with pytest.raises(ValueError, match="2.4 GHz"):
        desk.configure(channel=10)


@pytest.mark.parametrize("size", [5, 20, 127])
def test_frame_is_sent_whole_and_the_chip_fills_its_check(size):
    desk = Desk()
    psdu = TO_ALL[:3] + bytes(size - 3)
    desk.send(psdu)
    assert desk.chip.sent == [(20, with_fcs(psdu), False)]
    assert desk.sent == [(SENT, False)]


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        ("ack", (SENT, False)),
        ("ack pending", (SENT, True)),
        ("none", (NO_ACK, False)),
        ("busy", (CHANNEL_BUSY, False)),
    ],
)
def test_outcomes(outcome, expected):
    desk = Desk()
    desk.send(DATA, outcome)
    assert desk.sent == [expected]
    assert desk.chip.sent[0][2]
    desk.send(DATA)
    assert desk.sent[1] == (SENT, False)


def test_frames_arrive_with_quality():
    desk = Desk(short=2)
    assert desk.chip.hear(with_fcs(DATA), lqi=180, rssi=0)
    desk.run(6)
    longest = with_fcs(DATA[:9] + bytes(118))
    assert desk.chip.hear(longest, lqi=255, rssi=255)
    desk.run(6)
    assert desk.heard == [(with_fcs(DATA), -90, 180), (longest, -35, 255)]
    assert desk.chip.acked == [(7, False), (7, False)]


def test_a_length_that_no_frame_has_is_flushed():
    desk = Desk(short=2)
    desk.chip.long[0x300] = 200
    desk.chip._interrupt(0x08)
    desk.run(6)
    assert (desk.heard, desk.chip.short[0x0D]) == ([], 0x01)
    assert desk.chip.hear(with_fcs(DATA))


def test_filter_follows_the_addresses():
    desk = Desk(short=0xFFFF)
    to_extended = with_fcs(bytes.fromhex("618c 09 621a") + EXTENDED + bytes.fromhex("0100aa0000"))
    no_destination = with_fcs(bytes.fromhex("2180 2e 621a 0100 aa 0000"))
    assert not desk.chip.hear(with_fcs(DATA))
    assert not desk.chip.hear(no_destination)
    assert desk.chip.hear(to_extended)
    desk.run(6)
    desk.configure(short=0)
    assert desk.chip.hear(no_destination)
    desk.run(6)
    desk.radio.coordinator = True
    desk.configure(short=2)
    assert desk.chip.hear(no_destination)


def test_pending_data_is_told_while_it_waits_for_anyone():
    desk = Desk(short=2)
    request = with_fcs(bytes.fromhex("6388 0a 621a 0200 0100 04 0000"))
    for held in (False, True, False):
        desk.radio.set_pending(b"\x01\x00", held)
        desk.chip.hear(request)
        desk.run(6)
        assert desk.chip.acked[-1] == (0x0A, held)


def test_sleeper_is_deaf_but_hears_its_acknowledgement():
    desk = Desk(short=2)
    desk.radio.set_receiver(False)
    assert not desk.chip.hear(with_fcs(DATA))
    desk.send(DATA)
    assert desk.sent == [(SENT, False)]
    assert not desk.chip.hear(with_fcs(DATA))
    desk.send(DATA, "ack pending")
    assert desk.chip.hear(with_fcs(DATA))
    desk.run(6)
    desk.radio.set_receiver(False)
    assert not desk.chip.hear(with_fcs(DATA))


def test_no_chip_is_told_in_plain_words_and_one_that_comes_late_is_taken():
    desk = Desk(absent=True)
    assert "no MRF24J40 answers" in desk.radio.finding
    desk.radio.send(DATA)
    desk.run(2100)
    assert desk.sent == [(NO_ACK, False)]
    desk.chip.absent = False
    desk.run(2100)
    assert desk.radio.finding is None
    assert desk.chip.tuned == 20


def test_chip_that_hangs_is_reset():
    desk = Desk()
    desk.radio.set_pending(b"\x01\x00", True)
    desk.chip.hung = True
    desk.send(DATA)
    desk.run(300)
    assert (desk.sent, desk.radio.failures) == ([(NO_ACK, False)], 1)
    desk.chip.hung = False
    desk.send(DATA)
    assert desk.sent[1] == (SENT, False)
    assert desk.chip.short[0x12] & 0x80
    assert desk.radio.finding is None


def test_frame_for_a_chip_that_is_not_set_up_yet_is_the_macs_to_repeat():
    desk = Desk()
    desk.radio._is_set_up = False
    desk.send(DATA)
    assert (desk.sent, desk.chip.sent) == ([(NO_ACK, False)], [])
    desk.send(DATA)
    assert desk.sent[1] == (SENT, False)


def test_one_frame_at_a_time():
    desk = Desk()
    desk.radio.send(DATA)
    with pytest.raises(RuntimeError):
        desk.radio.send(DATA)
    for size in (4, 128):
        with pytest.raises(ValueError, match="PSDU"):
            Desk().radio.send(bytes(size))

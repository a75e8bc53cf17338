"""The RCP's driver against a simulated RCP: start, frames, outcomes, sleepers, faults."""

import pytest

from host_tools.desk import phy
from protometer.drivers.radio import spinel
from protometer.drivers.radio.spinel_radio import CHANNEL_BUSY, NO_ACK, SENT
from tests.drivers.spinel_desk import CHANNEL, PAN, SpinelDesk, extended

START_MS = 200  # more than a start takes
# Data of 1 to 2, its FCS left out; the same to nobody; a Data Request of 1 to 2, a broadcast.
DATA = bytes.fromhex("6188 07 621a 0200 0100") + bytes(range(0x70, 0x90)) + b"\0\0"
NOBODY = bytes.fromhex("6188 08 621a 0900 0100 aa 0000")
DATA_REQUEST = bytes.fromhex("6388 09 621a 0200 0100 04 0000")
BY_EXTENDED = bytes.fromhex("63c8 0a 621a 0200") + extended(1) + bytes.fromhex("04 0000")
TO_ALL = bytes.fromhex("4188 0b 621a ffff 0100 aa 0000")


def with_fcs(psdu):
    return psdu[:-2] + phy.fcs(psdu[:-2])


def started(piece=1000, **desk):
    desk = SpinelDesk(piece=piece, **desk).run(START_MS if piece > 1 else 10 * START_MS)
    assert [radio.finding for radio in desk.radios] == [None] * len(desk.radios)
    return desk


# 1: byte by byte.
@pytest.mark.parametrize("piece", [1, 7, 1000])
def test_frame_arrives_with_its_check_sequence_and_quality(piece):
    desk = started(piece=piece)
    desk.radios[0].send(DATA)
    desk.run(1500)
    ((psdu, rssi_dbm, lqi),) = desk.heard[1]
    assert psdu == with_fcs(DATA)
    assert -100 < rssi_dbm < 0 < lqi
    assert desk.sent[0] == [(SENT, False)]
    assert desk.air[0] == psdu


def test_start_sets_all_before_it_receives():
    desk = started(radios=1)
    values = desk.lines[0].rcp._values
    assert values[spinel.PHY_CHAN] == CHANNEL
    assert values[spinel.MAC_15_4_PANID] == PAN
    assert values[spinel.MAC_15_4_SADDR] == 1
    assert values[spinel.MAC_15_4_LADDR] == extended(1)
    assert values[spinel.MAC_SRC_MATCH_ENABLED]
    assert values[spinel.MAC_RAW_STREAM_ENABLED]
    assert desk.ether.stations[0].extended_address == extended(1)
    # An EUI-64 goes most significant octet first: 0xE1 07 06 ... 01.
    assert bytes(reversed(extended(1))) in desk.lines[0].written.replace(b"\x7d", b"")


def test_outcomes():
    desk = started()
    for psdu in (NOBODY, TO_ALL):
        desk.radios[0].send(psdu)
        desk.run(100)
    assert desk.sent[0] == [(NO_ACK, False), (SENT, False)]
    desk.ether._air.append(busy := phy_endless(desk))
    desk.radios[0].send(DATA)
    desk.run(200)
    assert desk.sent[0][2:] == [(CHANNEL_BUSY, False)]
    desk.ether._air.remove(busy)


def phy_endless(desk):
    """A transmission that never ends."""
    from host_tools.desk.station import Transmission

    return Transmission(desk.ether.stations[1], bytes(127), (0, CHANNEL), 0)


def test_the_mac_above_retries_not_the_rcp():
    desk = started()
    desk.radios[0].send(NOBODY)
    desk.run(200)
    assert len(desk.air) == 1


def test_one_frame_at_a_time():
    desk = started()
    desk.radios[0].send(DATA)
    with pytest.raises(RuntimeError):
        desk.radios[0].send(DATA)
    for size in (4, 128):
        with pytest.raises(ValueError, match="PSDU"):
            desk.radios[1].send(bytes(size))


def test_next_frame_may_be_sent_from_the_callback():
    desk = started()
    radio = desk.radios[0]
    left = [DATA, DATA]
    radio.on_sent = lambda status: radio.send(left.pop()) if left else None
    radio.send(DATA)
    desk.run(300)
    assert len(desk.heard[1]) == 3


def test_pending_data_is_told_by_short_and_by_extended_address():
    desk = started()
    one, two = desk.radios
    for address, request in ((b"\1\0", DATA_REQUEST), (extended(1), BY_EXTENDED)):
        for held in (True, False):
            two.set_pending(address, held)
            desk.run(50)
            for psdu in (DATA_REQUEST, BY_EXTENDED):
                one.send(psdu)
                desk.run(100)
            expected = [(SENT, held and psdu == request) for psdu in (DATA_REQUEST, BY_EXTENDED)]
            assert desk.sent[0][-2:] == expected


def test_sleeper_wakes_for_what_was_held():
    desk = started()
    one, two = desk.radios
    to_one = bytes.fromhex("6188 0c 621a 0100 0200 aa 0000")
    one.set_receiver(False)
    desk.run(50)
    two.send(to_one)
    desk.run(100)
    assert (desk.sent[1], desk.heard[0]) == ([(NO_ACK, False)], [])
    two.set_pending(b"\1\0", True)
    desk.run(50)
    one.send(DATA_REQUEST)
    desk.run(100)
    two.send(to_one)
    desk.run(100)
    assert [frame[0] for frame in desk.heard[0]] == [with_fcs(to_one)]
    one.set_receiver(False)
    desk.run(50)
    two.send(to_one)
    desk.run(100)
    assert len(desk.heard[0]) == 1


def test_configured_anew_while_running():
    desk = started()
    desk.configure(2, short=0xFFFF)
    desk.run(50)
    desk.radios[0].send(DATA)
    desk.run(100)
    to_extended = bytes.fromhex("618c 0d 621a") + extended(2) + bytes.fromhex("0100 aa 0000")
    desk.radios[0].send(to_extended)
    desk.run(100)
    assert [frame[0] for frame in desk.heard[1]] == [with_fcs(to_extended)]
    assert desk.sent[0] == [(NO_ACK, False), (SENT, False)]
    for number in (1, 2):
        desk.configure(number, channel=11)
    desk.run(100)
    desk.radios[0].send(DATA)
    desk.run(100)
    assert desk.heard[1][1][0] == with_fcs(DATA)
    with pytest.raises(ValueError, match="2.4 GHz"):
        desk.configure(1, channel=27)


def test_rcp_that_resets_by_itself_is_set_up_anew():
    desk = started()
    desk.radios[1].set_pending(b"\1\0", True)
    desk.run(50)
    desk.lines[1].rcp.reset(spinel.RESET_FIRST)
    desk.run(START_MS)
    assert (desk.radios[1].resets, desk.radios[1].finding) == (1, None)
    desk.radios[0].send(DATA_REQUEST)
    desk.run(100)
    assert desk.sent[0] == [(SENT, True)]


def test_frame_under_way_when_the_rcp_resets_was_not_acknowledged():
    desk = started()
    desk.radios[0].send(DATA)
    desk.run(2)
    desk.lines[0].rcp.reset()
    desk.run(START_MS)
    assert desk.sent[0] == [(NO_ACK, False)]
    desk.radios[0].send(DATA)
    desk.run(100)
    assert desk.sent[0][1:] == [(SENT, False)]


def test_no_rcp_is_found_and_told_and_one_that_comes_late_is_taken():
    desk = SpinelDesk()
    desk.lines[0].cut = True
    desk.run(2500)
    assert "no RCP answers" in desk.radios[0].finding
    desk.radios[0].send(DATA)
    desk.run(2500)
    assert desk.sent[0] == [(NO_ACK, False)]
    desk.lines[0].cut = False
    desk.run(2500)
    assert desk.radios[0].finding is None


def test_line_cut_for_a_while():
    desk = started()
    desk.lines[0].cut = True
    desk.radios[0].send(DATA)
    desk.run(1100)
    # One lost answer costs a frame; a second in a row is a silent RCP.
    assert desk.sent[0] == [(NO_ACK, False)]
    assert desk.radios[0].finding is None
    desk.radios[0].send(DATA)
    desk.run(1100)
    assert "silent" in desk.radios[0].finding
    desk.lines[0].cut = False
    desk.run(3000)
    desk.radios[0].send(DATA)
    desk.run(100)
    assert desk.sent[0][2:] == [(SENT, False)]


def test_port_that_fails_and_comes_back():
    desk = started()
    desk.lines[0].failing = True
    desk.run(100)
    assert "port fails" in desk.radios[0].finding
    desk.lines[0].failing = False
    desk.run(3000)
    assert desk.radios[0].finding is None


@pytest.mark.parametrize(
    ("key", "value", "finding"),
    [
        (spinel.PROTOCOL_VERSION, (3, 9), "speaks Spinel (3, 9) instead of 4"),
        (spinel.PHY_CHAN, None, "answers 0x21 with status 13"),
    ],
)
def test_rcp_of_another_kind_is_told_in_plain_words(key, value, finding, monkeypatch):
    from host_tools.desk import rcp

    if value is None:
        monkeypatch.delitem(rcp._SETTABLE, key)
        monkeypatch.setattr(rcp.Rcp, "_apply", lambda self: None)
    else:
        monkeypatch.setitem(rcp._READ_ONLY, key, value)
    desk = SpinelDesk(radios=1).run(START_MS)
    assert finding in desk.radios[0].finding


def test_noise_on_the_line_is_counted_and_changes_nothing():
    desk = started()
    radio, line = desk.radios[0], desk.lines[0]
    discarded = radio._decoder.discarded
    for noise in (b"\x7e\x01\x02\x03\x7e", b"\x7e\x7d\x7e", bytes(600) + b"\x7e"):
        line.hear(noise)
    desk.run(200)
    assert radio._decoder.discarded == discarded + 3
    desk.radios[0].send(DATA)
    desk.run(100)
    assert desk.sent[0] == [(SENT, False)]

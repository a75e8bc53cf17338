"""Areas of logs: how entries lie in segments of files and in a FRAM."""

import pytest

from host_tools.node.ram_memory import RamFiles
from protometer.store.file_area import FileArea
from protometer.store.fram_area import FramArea
from tests.store.medium import Fram


@pytest.mark.parametrize(
    ("entries", "size", "slots", "segment"),
    [
        (19_064, 12, 57 * 341, 341),
        (39, 302, 4 * 13, 13),
        (108, 14, 216, 108),
        (13, 12, 26, 13),
        (341, 12, 682, 341),
        (342, 12, 1023, 341),
        (3, 4096, 4, 1),
    ],
)
def test_there_is_one_segment_more_than_the_entries_need(entries, size, slots, segment):
    area = FileArea(RamFiles(), "log")
    assert area.begin(entries, size) == slots
    assert [slot for slot in range(1, slots + 1) if area.ends_at(slot)] == list(
        range(segment, slots + 1, segment)
    )
    assert area.together(0, 9_999) == segment
    assert area.together(segment - 1, 9_999) == 1


def test_a_segments_first_entry_replaces_it_and_the_others_follow():
    files = RamFiles()
    area = FileArea(files, "log7")
    assert area.begin(4, 3) == 8
    area.write(0, b"aaa")
    area.write(1, b"bbbccc")
    area.write(4, b"eee")
    assert files.files == {"log7.0": b"aaabbbccc", "log7.1": b"eee"}
    area.write(0, b"AAA")
    assert files.files == {"log7.0": b"AAA", "log7.1": b"eee"}
    # Written again, after a commit that never came.
    area.write(1, b"xxx")
    area.write(1, b"BBB")
    assert files.files["log7.0"] == b"AAABBB"


def test_reading_gives_what_is_there():
    files = RamFiles()
    area = FileArea(files, "log")
    area.begin(4, 3)
    area.write(0, b"aaabbb")
    buffer = bytearray(6)
    assert area.read_into(0, buffer) == 6
    assert buffer == b"aaabbb"
    assert area.read_into(1, buffer) == 3
    assert area.read_into(4, buffer) == 0


def test_a_segment_known_to_be_whole_is_not_looked_at_again():
    files = RamFiles()
    area = FileArea(files, "log")
    area.begin(100, 3)
    area.write(0, b"aaa")
    looked = []
    read_into = files.read_into
    files.read_into = lambda *what: looked.append(what[:2]) or read_into(*what)
    area.write(1, b"bbb")
    assert looked == []
    again = FileArea(files, "log")
    again.begin(100, 3)
    again.write(2, b"ccc")
    again.write(3, b"ddd")
    assert looked == [("log.0", 5)]


@pytest.mark.parametrize("left", [b"", b"a", b"aaabb"])
def test_a_segment_that_does_not_reach_so_far_is_filled_up(left):
    files = RamFiles()
    if left:
        files.write("log.0", left)
    area = FileArea(files, "log")
    area.begin(100, 3)
    area.write(3, memoryview(b"ddd"))
    assert files.files["log.0"] == left + bytes(9 - len(left)) + b"ddd"


def test_a_file_system_that_fails_is_an_error():
    files = RamFiles()
    area = FileArea(files, "log")
    area.begin(100, 3)
    area.write(0, b"aaa")
    files.broken = True
    for slot in (0, 1, 5):
        with pytest.raises(OSError):
            area.write(slot, b"bbb")
    assert files.files == {"log.0": b"aaa"}


def test_entries_lie_side_by_side_in_a_fram():
    fram = Fram()
    first, second = FramArea(fram, 26_624), None
    assert first.begin(5, 14) == 5
    second = FramArea(fram, first.end)
    second.begin(2, 10)
    assert (first.end, second.end) == (26_694, 26_714)
    assert first.together(0, 5) == 5
    assert not first.ends_at(3)
    first.write(4, b"last entry of5")
    second.write(0, b"0123456789abcdefghij")
    assert fram.octets[26_680:26_714] == b"last entry of50123456789abcdefghij"
    buffer = bytearray(10)
    assert second.read_into(1, buffer) == 10
    assert buffer == b"abcdefghij"

"""Two snapshots in turn: what is kept, and what damage at any octet costs."""

import pytest

from protometer.model.dictionary import Data, items
from protometer.model.register import RegisterBank
from protometer.store.snapshot import Snapshot
from tests.roles.esme_stand import Memory

SLOTS = (0, 1)


def plain(data, marks="N"):
    state = {}
    for item in items(data.role):
        if marks in item.marks:
            value = getattr(data, item.attribute)
            if isinstance(value, RegisterBank):
                value = (list(value.kwh), list(value.mwh))
            elif item.is_array:
                value = list(value)
            state[item.attribute] = value
    return state


def fill(data, which):
    """Give every item kept without power a value at its bounds; returns the plain values."""
    for number, item in enumerate(items(data.role)):
        if "N" not in item.marks:
            continue
        value = getattr(data, item.attribute)
        bound = (item.least, item.greatest)[(number + which) % 2]
        if isinstance(value, RegisterBank):
            for index in range(len(value)):
                value.kwh[index] = 99_999 + index + which
                value.mwh[index] = 999_999 - index - which
        elif item.is_array:
            for index in range(len(value)):
                value[index] = (item.least, item.greatest)[(index + which) % 2]
        elif item.base == "TEXT":
            setattr(data, item.attribute, "xyzuvwst"[: item.size - which % 2])
        elif item.base == "OCTETS":
            setattr(data, item.attribute, bytes((which + 1,)) * (item.size - which % 2))
        else:
            setattr(data, item.attribute, bound)
    return plain(data)


@pytest.mark.parametrize("role", "EIH")
def test_every_item_marked_n_outlives_a_cut_and_no_other(role):
    memory = Memory()
    data = Data(role)
    snapshot = Snapshot(data, memory)
    assert snapshot.restore() is False
    for which in range(4):
        kept = fill(data, which)
        assert snapshot.save()
        again = Data(role)
        assert Snapshot(again, memory).restore() is True
        assert plain(again) == kept
        lost = [item.attribute for item in items(role) if "N" not in item.marks]
        fresh = Data(role)
        for attribute in lost:
            assert getattr(again, attribute) == getattr(fresh, attribute)
    assert set(memory.slots) == set(SLOTS)


def test_arrays_and_registers_keep_their_identity():
    memory = Memory()
    data = Data("E")
    prices, registers = data.tariff_tou_prices, data.tariff_tou_registers
    Snapshot(data, memory).save()
    Snapshot(data, memory).restore()
    assert data.tariff_tou_prices is prices
    assert data.tariff_tou_registers is registers


def two_generations():
    """A memory with two snapshots of a hub-sized and a full meter dictionary, and their states."""
    memory = Memory()
    data = Data("E")
    snapshot = Snapshot(data, memory)
    states = []
    for balance_mp in (111, -222):
        data.meter_balance_mp = balance_mp
        data.active_import_register.add(0, 1_234_567)
        data.tariff_tou_prices[5] = balance_mp
        snapshot.save()
        states.append(plain(data))
    # Numbers 1 and 2: slots 1 and 0.
    return memory, 1, 0, states


def restored(memory):
    data = Data("E")
    snapshot = Snapshot(data, memory)
    found = snapshot.restore()
    return found, snapshot.fell_back, plain(data)


def test_damage_at_any_octet_of_the_newest_falls_back_one_generation():
    memory, _, newest, (older_state, newest_state) = two_generations()
    assert restored(memory) == (True, False, newest_state)
    whole = memory.slots[newest]
    for at in range(len(whole)):
        for bit in (0x01, 0x80, 0xFF):
            damaged = bytearray(whole)
            damaged[at] ^= bit
            memory.slots[newest] = bytes(damaged)
            assert restored(memory) == (True, True, older_state), at


def test_a_cut_at_any_octet_of_a_write_falls_back_one_generation():
    memory, _, newest, (older_state, newest_state) = two_generations()
    whole = memory.slots[newest]
    for size in range(len(whole)):
        memory.slots[newest] = whole[:size]
        found, fell_back, state = restored(memory)
        # An empty file is what a slot never written looks like.
        assert (found, fell_back, state) == (True, size > 0, older_state), size
    # Flash that was erased, and partly programmed.
    for size in range(0, len(whole), 7):
        memory.slots[newest] = whole[:size] + b"\xff" * (len(whole) - size)
        assert restored(memory) == (True, True, older_state)
    memory.slots[newest] = whole + b"\0"
    assert restored(memory) == (True, True, older_state)
    memory.slots[newest] = whole
    assert restored(memory) == (True, False, newest_state)


def test_after_falling_back_the_damaged_slot_is_written_next():
    memory, older, newest, (older_state, _) = two_generations()
    memory.slots[newest] = b"torn"
    older_octets = memory.slots[older]
    data = Data("E")
    snapshot = Snapshot(data, memory)
    snapshot.restore()
    snapshot.save()
    assert memory.slots[older] == older_octets
    assert restored(memory) == (True, False, older_state)


def test_both_damaged_is_told_apart_from_never_written():
    memory, older, newest, _ = two_generations()
    memory.slots[newest] = memory.slots[older] = b"torn"
    found, fell_back, _ = restored(memory)
    assert (found, fell_back) == (False, True)
    assert restored(Memory())[:2] == (False, False)


def test_a_failing_memory_is_told_and_the_older_snapshot_stands():
    memory, _, _, (_, newest_state) = two_generations()
    data = Data("E")
    snapshot = Snapshot(data, memory)
    snapshot.restore()
    data.meter_balance_mp = 5
    memory.broken = True
    assert snapshot.save() is False
    assert restored(memory) == (True, False, newest_state)
    memory.broken = False
    assert snapshot.save() is True
    assert restored(memory)[2]["meter_balance_mp"] == 5


def test_a_snapshot_of_another_dictionary_is_not_taken_for_ours():
    memory = Memory()
    Snapshot(Data("H"), memory).save()
    data = Data("E")
    before = plain(data)
    snapshot = Snapshot(data, memory)
    assert snapshot.restore() is False
    assert snapshot.fell_back
    assert plain(data) == before

"""The store on each medium: what is kept, what a power cut and what damage at any bit costs."""

import json
import random
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host_tools.node.ram_memory import RamFiles
from protometer.kernel.slices import finish
from protometer.model.dictionary import Data, items
from protometer.store import record as records
from protometer.store.layout import Layout, name_hash
from protometer.store.store import Store
from tests.samples import BIT_FLIP_SAMPLES
from tests.store.medium import Flash, Fram, fill, plain

MEDIA = {"files": RamFiles, "fram": Fram, "flash": Flash}
IMAGES = Path(__file__).parent / "images"


@pytest.fixture(params=MEDIA)
def memory(request):
    return MEDIA[request.param]()


def octets_of(memory):
    """Return the buffers that a memory keeps, to damage them."""
    if memory.MEDIUM == "files":
        memory.files = {name: bytearray(octets) for name, octets in memory.files.items()}
        return list(memory.files.values())
    return [memory.octets]


def busy_store(memory, commits=40):
    """Commit states as metering makes them; returns data, store and the last two states."""
    data = Data("E")
    store = Store(data, memory)
    data.tariff_switching_table = bytes(range(200))
    states = [plain(data)]
    for step in range(commits):
        data.active_import_register.add(0, 9_999_777)
        data.tariff_tou_registers.add(step // 30 % 48, 9_999_777)
        data.meter_balance_mp -= 4321
        data.last_step_s += 700
        data.days_cost_mp[0] += 7
        assert store.commit()
        states.append(plain(data))
    return data, store, states


@pytest.mark.parametrize("role", "EIH")
def test_every_item_marked_n_outlives_a_cut_and_no_other(role, memory):
    data = Data(role)
    store = Store(data, memory)
    assert store.restore() is False
    for which in range(6):
        kept = fill(data, which)
        assert store.commit()
        again = Data(role)
        restored = Store(again, memory)
        assert restored.restore() is True
        assert not restored.fell_back
        assert plain(again) == kept


def test_a_commit_writes_what_changed_and_a_checkpoint_only_now_and_then(memory):
    _, store, _ = busy_store(memory, 200)
    assert store.commits == 200
    assert 1 <= store.checkpoints <= 8


def test_what_is_published_is_what_the_last_commit_kept(memory):
    data, store, _ = busy_store(memory, 3)
    data.active_import_register.add(0, 5_000)
    data.meter_balance_mp = 77
    data.active_power_import_w = 1234
    data.days_cost_mp[0] = 55
    assert store.durable("active_import_register", 0) == 29_999
    assert store.durable("tariff_tou_registers", 0) == 29_999
    assert store.durable("meter_balance_mp") == -4321 * 3
    assert store.durable("days_cost_mp", 0) == 7 * 3
    assert store.durable("active_power_import_w") == 1234
    assert store.durable("model_type") == "METER001"
    assert store.commit()
    assert store.durable("active_import_register", 0) == 30_004
    assert store.durable("meter_balance_mp") == 77


def test_a_transaction_that_was_not_kept_is_undone(memory):
    data, store, states = busy_store(memory)
    fill(data, 1)
    filled = plain(data)
    finish(store.revert())
    # But what the HAN keeps for itself: its frame counters never go back.
    own = [item.attribute for item in items("E") if "H" in item.marks]
    assert len(own) == 5
    assert plain(data) == {**states[-1], **{name: filled[name] for name in own}}


@pytest.mark.parametrize(
    ("medium", "fault"),
    [("files", "write"), ("fram", "write"), ("flash", "program"), ("flash", "erase")],
)
def test_a_memory_that_fails_refuses_and_the_last_state_stands(medium, fault, monkeypatch):
    memory = MEDIA[medium]()
    data, store, states = busy_store(memory)

    def broken(*what):
        raise OSError(5)

    for step in range(300):
        data.meter_balance_mp = step
        with monkeypatch.context() as patch:
            patch.setattr(memory, fault, broken)
            kept = store.commit()
        if not kept:
            break
    assert not kept
    before = step - 1 if step else states[-1]["meter_balance_mp"]
    assert store.durable("meter_balance_mp") == before
    assert store.commit()
    again = Data("E")
    assert Store(again, memory).restore()
    assert again.meter_balance_mp == step


@pytest.mark.untraced
def test_a_block_that_cannot_be_erased_is_passed_over(monkeypatch):
    memory = Flash()
    erase = memory.erase

    def one_bad_block(block):
        if block == 3:
            raise OSError(5)
        erase(block)

    monkeypatch.setattr(memory, "erase", one_bad_block)
    data, store, _ = busy_store(memory, 1000)
    assert memory.erases[2] >= 3
    assert memory.erases[4] >= 3
    again = Data("E")
    assert Store(again, memory).restore()
    assert plain(again) == plain(data)


def test_a_memory_that_forgets_is_found_out_by_reading_back(memory, monkeypatch):
    data, store, _ = busy_store(memory)
    for name in ("write", "program"):
        if hasattr(memory, name):
            monkeypatch.setattr(memory, name, lambda *what: None)
    data.meter_balance_mp = 1
    assert not store.commit()


@pytest.mark.untraced
def test_flipping_any_bit_costs_one_generation_at_most_and_is_noticed(memory):
    """The exhaustive form is in the power-cut bench; here a sample, and all of the newest step."""
    _, _, states = busy_store(memory)
    buffers = octets_of(memory)
    places = [
        (buffer, bit)
        for buffer in buffers
        for bit in range(8 * len(buffer))
        if buffer[bit // 8] not in (0x00, 0xFF)
    ]
    for buffer, bit in random.Random(1).sample(places, min(BIT_FLIP_SAMPLES, len(places))):
        buffer[bit // 8] ^= 1 << bit % 8
        data = Data("E")
        store = Store(data, memory)
        assert store.restore()
        state = plain(data)
        assert state in states[-2:]
        assert store.fell_back or state == states[-1]
        buffer[bit // 8] ^= 1 << bit % 8


def test_two_older_generations_are_there_when_the_newest_are_lost(memory):
    _, _, states = busy_store(memory)
    for lost in (1, 2):
        newest, buffer, at = max(
            (int.from_bytes(bytes(buffer[at + 4 : at + 8]), "little"), number, at)
            for number, buffer in enumerate(octets_of(memory))
            for at in range(len(buffer) - 8)
            if bytes(buffer[at : at + 4]) == b"PS\x02\x00"
        )
        octets_of(memory)[buffer][at + 9] ^= 1
        data = Data("E")
        store = Store(data, memory)
        assert store.restore()
        assert store.fell_back
        assert plain(data) == states[-1 - lost]
        octets_of(memory)[buffer][at] = 0x51


def test_a_checkpoint_with_one_copy_left_is_followed_by_a_whole_one():
    memory = RamFiles()
    data, _, states = busy_store(memory)
    damaged = [name for name in memory.files if name.startswith("checkpoint")][0]
    memory.files[damaged] = memory.files[damaged][:-1]
    store = Store(data, memory)
    assert store.restore()
    assert store.fell_back
    assert plain(data) == states[-1]
    assert store.commit()
    assert store.checkpoints == 1


def test_a_whole_record_of_nonsense_starts_the_meter_as_shipped():
    for body in (b"", b"\xff\xff\xff\xff", bytes(40)):
        memory = RamFiles()
        buffer = bytearray(200)
        buffer[records.HEADER_SIZE : records.HEADER_SIZE + len(body)] = body
        size = records.seal(buffer, records.CHECKPOINT, 1, 0, len(body))
        memory.write("checkpoint0", buffer[:size])
        data = Data("E")
        store = Store(data, memory)
        restored = store.restore()
        assert not restored
        assert plain(data) == plain(Data("E"))


def test_patches_beyond_the_image_are_refused():
    for patches in (b"\x05", b"\x09\x02ab", b"\x00\x04abc"):
        with pytest.raises(records.RecordError):
            records.apply_patches(patches, bytearray(10))


@given(st.binary(max_size=700), st.lists(st.tuples(st.integers(0, 699), st.integers(0, 255))))
def test_patches_turn_the_old_image_into_the_new(old, changes):
    new = bytearray(old)
    for at, octet in changes:
        if at < len(new):
            new[at] = octet
    target = bytearray(3000)
    end = records.put_patches(target, 0, len(target), memoryview(old), memoryview(new))
    image = bytearray(old)
    records.apply_patches(target[:end], image)
    assert image == new
    if end:
        short = bytearray(end)
        assert records.put_patches(short, 0, end - 1, memoryview(old), memoryview(new)) == -1


@pytest.mark.parametrize(("folder", "role"), [("esme", "E"), ("ihd", "I"), ("hub", "H")])
def test_the_images_of_firmware_0_1_0_are_taken_over(folder, role):
    memory = RamFiles()
    for name in ("slot0", "slot1"):
        memory.write(name, (IMAGES / "version_1" / folder / name).read_bytes())
    expected = json.loads((IMAGES / "version_1" / folder / "expected.json").read_text())
    data = Data(role)
    store = Store(data, memory)
    assert store.restore()
    assert not store.fell_back
    state = plain(data)
    for attribute, value in expected.items():
        kept = state[attribute]
        assert (kept.hex() if isinstance(kept, bytes) else kept) == value, attribute
    # From now on the new records count, and the old never come back.
    assert memory.read("slot0") == memory.read("slot1") == b""
    again = Data(role)
    assert Store(again, memory).restore()
    assert plain(again) == state


def test_a_damaged_image_of_firmware_0_1_0_falls_back_to_the_other():
    memory = RamFiles()
    for name in ("slot0", "slot1"):
        memory.write(name, (IMAGES / "version_1" / "hub" / name).read_bytes())
    memory.files["slot0"] = memory.files["slot0"][:-1] + b"?"
    data = Data("H")
    store = Store(data, memory)
    assert store.restore()
    assert store.fell_back
    assert data.nwk_frame_counter == 123_456


class OtherLayout(Layout):
    """The layout of a firmware whose items differ: some gone, some smaller, one unknown."""

    def __init__(self, role):
        super().__init__(role)
        self._drop("meter_balance_mp")
        grown = {"log_counts": 4, "tariff_tou_registers": 10}
        self._arrays = [(name, code, grown.get(name, count)) for name, code, count in self._arrays]
        self._parts = [(name, code == "R") for name, code, _ in self._arrays]
        self._singles_size = struct.calcsize(self._format)
        fields = list(self.fields())
        self.fixed_size = sum(
            Layout.__init__.__globals__["field_octets"](code, count)
            for _, code, count in fields
            if code not in "TO"
        )
        self.description = Layout.__init__.__globals__["_describe"](fields)

    def _drop(self, name):
        index = self._singles.index(name)
        del self._singles[index], self._values[index]
        self._format = self._format[: index + 1] + self._format[index + 2 :]


class Smaller:
    """A view of a Data whose arrays have the lengths of the other layout."""

    def __init__(self, data, lengths):
        self._data, self._lengths = data, lengths

    def __getattr__(self, name):
        from protometer.model.register import RegisterBank

        value = getattr(self._data, name)
        if name not in self._lengths:
            return value
        if isinstance(value, RegisterBank):
            bank = RegisterBank(self._lengths[name])
            for index in range(self._lengths[name]):
                bank.kwh[index], bank.mwh[index] = value.kwh[index], value.mwh[index]
            return bank
        return value[: self._lengths[name]]


def test_the_image_of_a_firmware_with_other_items_is_taken_over(monkeypatch):
    memory = RamFiles()
    data = Data("E")
    written = fill(data, 0)
    view = Smaller(data, {"log_counts": 4, "tariff_tou_registers": 10})
    view.role = "E"
    with monkeypatch.context() as patch:
        patch.setattr("protometer.store.store.Layout", OtherLayout)
        older = Store(view, memory)
        assert older.commit()
        data.last_step_s = written["last_step_s"] = 12_345
        assert older.commit()
    assert older.checkpoints == 1
    again = Data("E")
    store = Store(again, memory)
    assert store.restore()
    state = plain(again)
    assert state.pop("meter_balance_mp") == 0
    assert state["log_counts"] == written["log_counts"][:4] + [0] * 28
    kwh, mwh = written["tariff_tou_registers"]
    assert state["tariff_tou_registers"] == [kwh[:10] + [0] * 38, mwh[:10] + [0] * 38]
    for name in ("log_counts", "tariff_tou_registers"):
        del state[name]
    assert all(written[name] == value for name, value in state.items())
    # The next commit is a checkpoint in this firmware's layout.
    assert store.commit()
    assert store.checkpoints == 1


@pytest.mark.parametrize("role", "EIH")
def test_no_two_items_share_a_hash(role):
    names = [name for name, _, _ in Layout(role).fields()]
    assert len({name_hash(name) for name in names}) == len(names) >= 3


@pytest.mark.untraced
def test_the_ring_wears_every_block_alike():
    memory = Flash()
    _, store, _ = busy_store(memory, 6000)
    steps = memory.erases[:14]
    assert min(steps) > 10
    assert max(steps) - min(steps) <= 1
    data = Data("E")
    assert Store(data, memory).restore()
    assert plain(data) == plain(store._data)


def test_a_part_that_cannot_be_read_counts_as_damaged(monkeypatch):
    memory = RamFiles()
    _, _, states = busy_store(memory)
    newest = max(
        (name for name in memory.files if name.startswith("step")),
        key=lambda name: memory.files[name][4:8][::-1],
    )
    read_into = memory.read_into

    def corrupt(name, position, buffer):
        if name == newest:
            raise OSError(84)
        return read_into(name, position, buffer)

    monkeypatch.setattr(memory, "read_into", corrupt)
    data = Data("E")
    store = Store(data, memory)
    assert store.restore()
    assert store.fell_back
    assert plain(data) == states[-2]


@pytest.mark.parametrize("medium", MEDIA)
def test_a_memory_that_does_not_answer_is_not_written_over(medium, monkeypatch):
    memory = MEDIA[medium]()
    _, _, states = busy_store(memory)

    def silent(*what):
        raise OSError(5)

    data = Data("E")
    with monkeypatch.context() as patch:
        patch.setattr(memory, "read_into", silent)
        store = Store(data, memory)
        assert not store.restore()
    assert store.fell_back
    # It answers again: what it holds is worth more than a meter as shipped.
    assert not store.commit()
    assert Store(data, memory).restore()
    assert plain(data) == states[-1]


@pytest.mark.untraced
@pytest.mark.parametrize(
    ("medium", "fault"), [("files", "write"), ("fram", "write"), ("flash", "program")]
)
def test_a_memory_that_fails_for_long_keeps_the_last_state(medium, fault, monkeypatch):
    memory = MEDIA[medium]()
    data, store, states = busy_store(memory)

    def broken(*what):
        raise OSError(5)

    with monkeypatch.context() as patch:
        patch.setattr(memory, fault, broken)
        for step in range(2_000):
            data.meter_balance_mp = step
            assert not store.commit()
    again = Data("E")
    assert Store(again, memory).restore()
    assert plain(again) == states[-1]
    data.meter_balance_mp = -5
    assert store.commit()
    assert Store(again, memory).restore()
    assert again.meter_balance_mp == -5


def test_a_flash_too_small_for_three_generations_is_refused():
    with pytest.raises(ValueError, match="flash: 23 blocks, at least 24"):
        Store(Data("E"), Flash(blocks=23))


@pytest.mark.untraced
@pytest.mark.parametrize("erased_octets", [1, 7, 15, 16, 100, 255, 256, 257, 263, 4095])
def test_an_erase_that_a_cut_tore_is_no_damage(erased_octets):
    memory = Flash()
    _, _, states = busy_store(memory, 600)
    written = [
        page
        for page in range(0, 16 * 4096, 256)
        if memory.octets[page + 255] != 0xFF and page % 4096 == 0
    ]
    newest = max(written, key=lambda page: memory.octets[page + 4 : page + 8][::-1])
    following = (newest + 4096) % (16 * 4096)
    erased = erased_octets
    memory.octets[following : following + erased] = b"\xff" * erased
    data = Data("E")
    store = Store(data, memory)
    assert store.restore()
    assert not store.fell_back
    assert plain(data) == states[-1]


def test_files_of_0_1_0_that_a_cut_left_behind_are_retired_at_the_next_start():
    memory = RamFiles()
    for name in ("slot0", "slot1"):
        memory.write(name, (IMAGES / "version_1" / "hub" / name).read_bytes())
    retire = memory.files.copy()
    assert Store(Data("H"), memory).restore()
    memory.files.update(retire)
    data = Data("H")
    assert Store(data, memory).restore()
    assert memory.read("slot0") == memory.read("slot1") == b""

"""Every use case lives: whatever is read follows the model, and whatever is set changes it."""

import os

import pytest

from host_tools.gbcs import pki
from protometer.gbcs import use_case
from tests.gbcs import (
    live_asn1,
    live_cosem,
    live_cosem_sets,
    live_gbz,
    live_gbz_sets,
    live_places,
)
from tests.gbcs.live_device import DEVICES, LiveDevice, known_items, plain
from tests.gbcs.live_draw import Draw, differences
from tests.samples import LIVE_SEEDS, LIVE_SEEDS_FULL

pytestmark = pytest.mark.untraced

EVERY = [(int(row[0], 16), *row[1:]) for row in use_case.table()]
# Of each device that a use case is for, every set of letters that the device comes in.
VARIANTS = [
    (code, name, letter, letters)
    for code, name, devices, _, _, _ in EVERY
    for letter in devices
    for letters in DEVICES[letter][1]
]
SEEDS = LIVE_SEEDS_FULL if os.environ.get("PROTOMETER_FULL") else LIVE_SEEDS


def read_by_cosem():
    for code, name, letter, letters in VARIANTS:
        if use_case.find(code).payload == use_case.DLMS:
            objects = live_cosem.objects(code, letters)
            if any(live_cosem.is_read(one, key) for key, one in objects.items()):
                yield pytest.param(code, letter, letters, id=f"{name}-{letters}")


def answers_of(device, code, since_s):
    """Return (Read, value) of all that a use case reads; each value is what the model holds."""
    items, reads = live_cosem.asked(code, device.letters, since_s)
    told = device.ask_cosem(code, items)
    assert not device.outcome.failed
    assert len(told) == len(reads)
    found = []
    for read, (one, value) in zip(reads, told, strict=True):
        expected = plain(read.value(device, since_s))
        assert value == expected, (one.handler, one.argument)
        found.append((read, value))
    return found


@pytest.mark.parametrize("seed", range(SEEDS))
@pytest.mark.parametrize(("code", "letter", "letters"), list(read_by_cosem()))
def test_what_cosem_reads_follows_the_model(keystore, head_end, code, letter, letters, seed):
    device = LiveDevice(keystore, head_end, letter, letters, seed)
    live_places.fill_logs(device)
    _, reads = live_cosem.asked(code, letters, 0)
    places = dict.fromkeys(place for read in reads for place in read.places)
    places = [place for place in places if live_places.is_there(device, place)]
    for place in places:
        live_places.prepare(device, place)
        live_places.alter(device, place)
    for place in places:
        live_places.prepare(device, place)
        before = answers_of(device, code, 0)
        live_places.alter(device, place)
        after = answers_of(device, code, 0)
        for (read, was), (_, value) in zip(before, after, strict=True):
            if "log Event Log" not in read.places:
                assert (was != value) == (place in read.places), (place, read.places)
    for name in {name for place in places for name in live_places.logs_of(device, place)}:
        stamps = [entry[0] for entry in device.log(name)]
        # From an entry on, from behind it, and of nothing at all.
        for since_s in (stamps[1], stamps[1] + 1, stamps[-1] + 1):
            answers_of(device, code, since_s)


# Places that several objects of a use case tell of: prices and their scale beside the price in
# force, limit and number beside the offset, a controller's kind beside its state, the clock.
SHARED = {
    "price in force",
    "tariff_tou_price_scale",
    "secondary price in force",
    "secondary_tou_price_scale",
    "randomised_offset_limit_s",
    "randomised_offset_number",
    "clock",
    *[f"switch {n}" for n in range(5)],
    *[f"kind {n}" for n in range(5)],
}


def test_objects_of_a_use_case_tell_of_one_place_each():
    for case in read_by_cosem():
        code, _, letters = case.values
        _, reads = live_cosem.asked(code, letters, 0)
        places = [place for read in reads for place in read.places]
        shared = {place for place in places if places.count(place) > 1}
        assert shared <= SHARED, f"{code:04x}"


def read_by_gbz():
    for code, name, letter, _letters in VARIANTS:
        is_gbz = use_case.find(code).payload == use_case.GBZ
        if is_gbz and live_gbz.reads(code):
            yield pytest.param(code, letter, id=f"{name}-{letter}")


@pytest.mark.parametrize("seed", range(SEEDS))
@pytest.mark.parametrize(("code", "letter"), list(read_by_gbz()))
def test_what_gbz_reads_follows_the_model(keystore, head_end, code, letter, seed):
    device = LiveDevice(keystore, head_end, letter, None, seed)
    live_places.fill_logs(device)
    _, reads = live_gbz.asked(device, code, 0)
    places = list(dict.fromkeys(place for _, _, each in reads for place in each[0].places))
    for place in places:
        live_places.prepare(device, place)
        live_places.alter(device, place)
    for place in places:
        live_places.prepare(device, place)
        before = live_gbz.answers_of(device, code)
        live_places.alter(device, place)
        after = live_gbz.answers_of(device, code)
        for (behind, was), (_, value) in zip(before, after, strict=True):
            if "log Event Log" not in behind:
                assert (was != value) == (place in behind), (place, behind)


def test_what_is_fixed_has_no_other_value():
    period = known_items("E")["debt_recovery_rate_cap_period_s"]
    assert period.least == period.greatest
    assert set(live_places.FIXED) == {period.attribute, "esme_identifier", "hub_identifier"}


def octets_in(value):
    """Return all octets of a value, one after the other."""
    if isinstance(value, list):
        return b"".join(octets_in(one) for one in value)
    return value if isinstance(value, bytes) else b""


@pytest.mark.parametrize(("code", "letter"), [(0x003F, "E"), (0x0092, "C"), (0x009E, "G")])
def test_devices_of_other_identifiers_tell_others(keystore, head_end, code, letter):
    for number in (5, 6):
        identifier = bytes.fromhex(pki.DEVICES[number])
        device = LiveDevice(keystore, head_end, letter, identifier=identifier)
        told = live_gbz.answers_of(device, code) if letter == "G" else answers_of(device, code, 0)
        assert identifier in octets_in([value for _, value in told])


BY_PAYLOAD = {
    use_case.DLMS: live_cosem_sets,
    use_case.GBZ: live_gbz_sets,
    use_case.ASN1: live_asn1,
}


def commanded():
    for code, name, letter, letters in VARIANTS:
        payload = use_case.find(code).payload
        is_there = payload != use_case.DLMS or live_cosem.objects(code, letters)
        if code in BY_PAYLOAD[payload].SETS and is_there:
            yield pytest.param(code, letter, letters, id=f"{name}-{code:04x}-{letter}-{letters}")


def carried_out(stand, code, letter, letters, seed, others=(), at_s=None):
    """Return (device, Command, Draw, what it is before and after) of a command that is sent."""
    device = LiveDevice(*stand, letter, letters, seed)
    draw = Draw(f"{code} {letters} {seed}", others)
    payload = BY_PAYLOAD[use_case.find(code).payload]
    command = payload.SETS[code](
        device, draw, payload.AT_ONCE if at_s is None else payload.at(at_s), code
    )
    device.take_up()
    before = device.model()
    payload.send(device, code, command.content)
    assert not device.outcome.failed
    if command.answer is not None:
        assert bytes(device.response.payload) == command.answer
    return device, command, draw, before, device.model()


def check(device, command, code):
    """The model holds what was set, other use cases tell it, and the device behaves so."""
    for place, value in command.holds.items():
        assert device.value(place) == value, place
    for of, what, value in command.reads:
        assert BY_PAYLOAD[use_case.find(of).payload].told(device, of, what) == plain(value), what
    if command.after:
        command.after(device)


@pytest.mark.parametrize("seed", range(SEEDS))
@pytest.mark.parametrize(("code", "letter", "letters"), list(commanded()))
def test_what_is_commanded_is_so_and_all_of_it_counts(
    keystore, head_end, code, letter, letters, seed
):
    where = (keystore, head_end), code, letter, letters, seed
    device, command, draw, before, model = carried_out(*where)
    # It changes something, or tells something, or does what can be seen.
    assert differences(before, model) or command.answer or command.after
    check(device, command, code)
    for name in draw.names:
        if name not in command.idle:
            _, other, _, _, other_model = carried_out(*where, {name})
            assert differences(model, other_model) or command.answer != other.answer, name


# What a command for a later date does at once: it waits. Identifiers of HCALCS have no date, and
# each new one is told what it is to be.
WAITS = {"pending_commands"}, {"pending_credentials", "pending_credentials_s"}
AT_ONCE = {
    0x0054: {
        "hcalcs_identifiers",
        "hcalcs_command_ids",
        "Auxiliary Load Control Switch Event Log",
    }
}
LATER_S = 7_200


def dated():
    return [case for case in commanded() if "F" in use_case.find(case.values[0]).marks]


@pytest.mark.parametrize(("code", "letter", "letters"), dated())
def test_what_is_commanded_for_later_is_so_then(keystore, head_end, code, letter, letters):
    stand = keystore, head_end
    at_s = LiveDevice(*stand, letter, letters).now_s + LATER_S
    device, command, _, before, model = carried_out(stand, code, letter, letters, 0, at_s=at_s)
    assert differences(before, model) - AT_ONCE.get(code, set()) in WAITS
    device.pass_time(LATER_S - 1)
    assert device.waits()
    device.pass_time(1)
    assert not device.waits()
    check(device, command, code)


def test_every_use_case_lives_on_every_device():
    tried = {case.values[:2] for case in [*read_by_cosem(), *read_by_gbz(), *commanded()]}
    wanted = {(code, letter) for code, _, letter, _ in VARIANTS}
    assert tried == wanted
    later = {(code, letter) for code, letter in wanted if "F" in use_case.find(code).marks}
    assert {case.values[:2] for case in dated()} == later


def test_every_object_is_of_a_device_that_is_tried():
    known = [set(letters) for _, variants in DEVICES.values() for letters in variants]
    for key, devices, *_ in live_cosem.TABLE:
        assert any(set(devices) <= letters for letters in known), key
    # No use case has objects, kinds of commands or a payload that only the table here knows.
    for payload, module in BY_PAYLOAD.items():
        codes = {code for code, *_ in EVERY if use_case.find(code).payload == payload}
        assert set(module.SETS) <= codes

"""Every use case lives: whatever is read follows the model, and whatever is set changes it."""

import os

import pytest

from host_tools.node.cosem_requests import item
from protometer.gbcs import use_case
from protometer.gbcs.date_time import date_time
from tests.gbcs import live_cosem, live_gbz, live_places
from tests.gbcs.live_cosem_sets import AT_ONCE_OCTETS, SETS
from tests.gbcs.live_device import DEVICES, LiveDevice, plain
from tests.gbcs.live_draw import Draw, differences
from tests.samples import LIVE_SEEDS, LIVE_SEEDS_FULL

EVERY = [(int(row[0], 16), *row[1:]) for row in use_case.table()]
# Of each device that a use case is for, every set of letters that the device comes in.
VARIANTS = [
    (code, name, letter, letters)
    for code, name, devices, _, _, _ in EVERY
    for letter in devices
    for letters in DEVICES[letter][1]
]
# What a device does not do though its use case is for it: message code, letter; and why.
_NOT_TOLD = "the gas meter does not tell its proxy of "
EXEMPT = {
    (0x009F, "F"): _NOT_TOLD + "calendars and the price in force",
    (0x00B5, "F"): _NOT_TOLD + "calendars",
    (0x00C4, "F"): _NOT_TOLD + "payments",
    (0x00C5, "F"): _NOT_TOLD + "top-ups",
    (0x00DA, "F"): _NOT_TOLD + "the billing calendar but its last date",
}
EVER = (0, live_cosem.NEVER_S)
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


def read_by_gbz():
    for code, name, letter, _letters in VARIANTS:
        is_gbz = use_case.find(code).payload == use_case.GBZ
        if is_gbz and live_gbz.reads(code) and (code, letter) not in EXEMPT:
            yield pytest.param(code, letter, id=f"{name}-{letter}")


def gbz_answers_of(device, code, since_s):
    """Return (Read, value) of all that a use case reads; each value is what the model holds."""
    commands, reads = live_gbz.asked(device, code, since_s)
    answers = device.ask_gbz(code, commands)
    assert not device.outcome.failed
    found = []
    for numbers, identifier, each in reads:
        values = [live_gbz.value_of(answers, number, identifier) for number in numbers]
        for read, value in zip(each, values, strict=True):
            expected = read.value(device, since_s)
            assert live_gbz.told_as(expected, value) == expected, (numbers, identifier)
        found.append((each[0].places, values))
    return found


@pytest.mark.parametrize("seed", range(SEEDS))
@pytest.mark.parametrize(("code", "letter"), list(read_by_gbz()))
def test_what_gbz_reads_follows_the_model(keystore, head_end, code, letter, seed):
    device = LiveDevice(keystore, head_end, letter, None, seed)
    _, reads = live_gbz.asked(device, code, 0)
    places = list(dict.fromkeys(place for _, _, each in reads for place in each[0].places))
    for place in places:
        live_places.prepare(device, place)
        live_places.alter(device, place)
    for place in places:
        live_places.prepare(device, place)
        before = gbz_answers_of(device, code, 0)
        live_places.alter(device, place)
        after = gbz_answers_of(device, code, 0)
        for (behind, was), (_, value) in zip(before, after, strict=True):
            if "log Event Log" not in behind:
                assert (was != value) == (place in behind), (place, behind)


@pytest.mark.parametrize(("code", "letter"), EXEMPT)
def test_what_is_exempt_can_not_be_asked_yet(keystore, head_end, code, letter):
    device = LiveDevice(keystore, head_end, letter)
    device.ask_gbz(code, live_gbz.asked(device, code, 0)[0])
    assert device.outcome.failed


def set_by_cosem():
    for code, name, letter, letters in VARIANTS:
        if use_case.find(code).payload == use_case.DLMS:
            objects = live_cosem.objects(code, letters)
            if not all(live_cosem.is_read(one, key) for key, one in objects.items()):
                yield pytest.param(code, letter, letters, id=f"{name}-{letters}")


def carried_out(stand, code, letter, letters, seed, others=(), at=AT_ONCE_OCTETS):
    """Return (device, Command, Draw, its model before and after) of a command that is sent."""
    device = LiveDevice(*stand, letter, letters, seed)
    draw = Draw(f"{code} {letters} {seed}", others)
    command = SETS[code](device, draw, at, code)
    device.take_up()
    before = device.model()
    device.ask_cosem(code, command.content)
    assert not device.outcome.failed
    return device, command, draw, before, device.model()


def check(device, command):
    """The model holds what was set, other use cases tell it, and the device behaves so."""
    for place, value in command.holds.items():
        assert device.value(place) == value, place
    for of, key, value in command.reads:
        ((_, told),) = device.ask_cosem(of, [item(key, EVER if " r" in key else None)])
        assert told == plain(value), key
    if command.after:
        command.after(device)


@pytest.mark.parametrize("seed", range(SEEDS))
@pytest.mark.parametrize(("code", "letter", "letters"), list(set_by_cosem()))
def test_what_cosem_sets_is_so_and_all_of_it_counts(
    keystore, head_end, code, letter, letters, seed
):
    where = (keystore, head_end), code, letter, letters, seed
    device, command, draw, before, model = carried_out(*where)
    objects = live_cosem.objects(code, letters)
    wanted = {key for key, one in objects.items() if not live_cosem.is_read(one, key)}
    assert {key for key, _ in command.content} == wanted
    assert differences(before, model) or command.after
    check(device, command)
    for name in draw.names:
        other = carried_out(*where, {name})[-1]
        assert differences(model, other), name


def dated(cases):
    return [case for case in cases if "F" in use_case.find(case.values[0]).marks]


# What a command for a later date does at once: it waits; identifiers of HCALCS have no date, and
# each new one is told what it is to be.
WAITS = {"pending_commands"}
AT_ONCE = {
    0x0054: {
        "hcalcs_identifiers",
        "hcalcs_command_ids",
        "Auxiliary Load Control Switch Event Log",
    }
}
LATER_S = 7_200


@pytest.mark.parametrize(("code", "letter", "letters"), dated(set_by_cosem()))
def test_what_cosem_sets_for_later_is_so_then(keystore, head_end, code, letter, letters):
    stand = keystore, head_end
    at_s = LiveDevice(*stand, letter, letters).now_s + LATER_S
    device, command, _, before, model = carried_out(
        stand, code, letter, letters, 0, at=date_time(at_s)
    )
    assert differences(before, model) - AT_ONCE.get(code, set()) == WAITS
    device.run(LATER_S - 1)
    assert device.data.pending_commands
    device.run(1)
    assert not device.data.pending_commands
    check(device, command)

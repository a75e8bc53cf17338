"""Auxiliary loads: calendar, Commands, proof and log of ALCSs, instructions to HCALCSs."""

import random
from pathlib import Path

import pytest

from host_tools.scenarios import RUNTIMES
from protometer.kernel.slices import finish, sliced
from protometer.model.calendar_fields import CalendarError
from protometer.model.command import CommandRefused, NoAuthority
from protometer.model.dictionary import ItemError, find, items, read, write
from protometer.supply.auxiliary_load import CLOSED, OPENED, REVERTED, LoadError
from protometer.supply.load_demand import CLOSE, OPEN
from tests.model.test_schedule import last_codes
from tests.on_runtimes import check_golden
from tests.samples import LOAD_SAMPLES
from tests.supply.load_stand import (
    ALWAYS,
    DAY_S,
    EVERY_DAY,
    HCALCS_4,
    HCALCS_5,
    HOUR_S,
    MINUTE_S,
    NOON_S,
    Stand,
)

SUCCEEDED, FAILED = 0x8131, 0x811A
UNKNOWN, SUCCESS, FAILURE = 0, 1, 2


def rule(minute, switch, code, weekdays=EVERY_DAY):
    return (minute, ALWAYS, ALWAYS, weekdays, 0, switch << 4 | code)


# Switch 1 is closed by night, switch 2 at weekends.
CALENDAR = [
    rule(1380, 1, CLOSE),
    rule(360, 1, OPEN),
    rule(0, 2, CLOSE, 0x20),
    rule(0, 2, OPEN, 0x01),
]


def at(hour, minute=0, day=0):
    """Seconds of 2024-12-19, a Thursday, or of days after it."""
    return NOON_S + (day * 24 + hour - 12) * HOUR_S + minute * MINUTE_S


@pytest.mark.req("ALCS-ALC-03", "ALCS-ALC-09")
def test_the_calendar_switches_and_each_switch_is_logged():
    stand = Stand(calendar=CALENDAR)
    assert stand.closed() == set()
    stand.run(at(23) - stand.now_s)
    assert stand.closed() == {1}
    stand.run(2)
    assert stand.contacts == [True, False, False, False, False]
    assert stand.log.entries == [(at(23) + 1, 1, CLOSED, SUCCESS, 0)]
    assert stand.told == [(SUCCEEDED, at(23) + 1, 0x111)]
    stand.run(at(6, day=1) + 2 - stand.now_s)
    assert stand.closed() == set()
    assert stand.log.entries[1:] == [(at(6, day=1) + 1, 1, OPENED, SUCCESS, 0)]
    stand.run(at(0, day=2) - stand.now_s)
    assert stand.closed() == {1, 2}
    stand.run(at(6, day=3) - stand.now_s)
    assert stand.closed() == {2}
    stand.run(at(0, day=4) - stand.now_s)
    assert stand.closed() == {1}
    assert read(stand.data, "Auxiliary Load Control Switch State") == [1, 0, 0, 0, 0]


@pytest.mark.req("ALCS-ALC-02", "ESME-RO-02")
def test_the_randomised_offset_delays_the_calendar_but_no_command():
    stand = Stand(calendar=CALENDAR)
    stand.data.randomised_offset_s = 900
    stand.run(at(23, 15) - 1 - stand.now_s)
    assert stand.closed() == set()
    stand.run(1)
    assert stand.closed() == {1}
    stand.command(3, CLOSED, 10)
    assert stand.closed() == {1, 3}
    stand.run(10 * MINUTE_S)
    assert stand.closed() == {1}


@pytest.mark.req("ALCS-ALC-04")
def test_at_power_up_the_last_rule_of_8_days_counts_or_else_open():
    # Closed on Thursday 12 December at 13:00, and nothing since.
    once = (780, (2024, 12, 12), (2024, 12, 12), EVERY_DAY, 0, 0x11)
    stand = Stand(calendar=[once], now_s=at(12, day=1))
    assert stand.closed() == {1}
    stand.run(DAY_S)
    assert stand.closed() == {1}
    stand.start()
    assert stand.closed() == set()
    # Off over a switch: it has its scheduled state as power comes back, and not before.
    stand = Stand(calendar=CALENDAR)
    stand.run(HOUR_S)
    stand.now_s = at(2, day=1)
    stand.start()
    stand.second()
    stand.second()
    assert stand.contacts[0]
    assert stand.log.entries == [(at(2, day=1) + 1, 1, CLOSED, SUCCESS, 0)]


@pytest.mark.req("ALCS-ALC-04")
def test_a_clock_set_is_followed_at_once():
    stand = Stand(calendar=CALENDAR)
    for now_s, closed in ((at(1, day=1), {1}), (at(12), set()), (at(12, day=9), {2})):
        stand.now_s = now_s
        stand.loads.refresh(now_s)
        assert stand.closed() == closed


@pytest.mark.req("ALCS-ALC-05", "ALCS-ALC-06", "ALCS-ALC-07", "ESME-HIC-17")
def test_a_command_overrides_the_calendar_for_its_minutes_and_is_logged():
    stand = Stand(calendar=CALENDAR)
    stand.command(1, CLOSED, 30)
    stand.command(2, OPENED, 30)
    stand.second()
    assert stand.closed() == {1}
    assert stand.contacts[0]
    assert stand.log.entries == [
        (NOON_S + 2, 1, CLOSED, SUCCESS, 0),
        # It was open already: a Command is logged all the same.
        (NOON_S + 2, 2, OPENED, SUCCESS, 0),
    ]
    stand.forget()
    stand.run(NOON_S + 1 + 30 * MINUTE_S - 1 - stand.now_s)
    assert stand.closed() == {1}
    stand.run(2)
    assert stand.closed() == set()
    assert stand.log.entries == [(NOON_S + 1802, 1, OPENED, SUCCESS, 0)]


@pytest.mark.req("ALCS-ALC-06", "ESME-HIC-17")
def test_a_reset_returns_to_the_calendar_at_once():
    stand = Stand(calendar=CALENDAR)
    stand.command(1, CLOSED, 600)
    stand.second()
    stand.command(1, REVERTED)
    stand.second()
    assert stand.closed() == set()
    assert [entry[1:] for entry in stand.log.entries] == [
        (1, CLOSED, SUCCESS, 0),
        (1, REVERTED, SUCCESS, 0),
    ]
    # Over a switch of the calendar a Command holds on, and is over when its time is.
    stand.run(at(22, 50) - stand.now_s)
    stand.command(1, OPENED, 60)
    stand.run(at(23, 50) - 1 - stand.now_s)
    assert stand.closed() == set()
    stand.run(1)
    assert stand.closed() == {1}


@pytest.mark.req("ALCS-ALC-06")
def test_a_command_outlives_a_power_cut_and_a_clock_set_back_makes_it_no_longer():
    stand = Stand(calendar=CALENDAR)
    stand.command(3, CLOSED, 60)
    stand.now_s += 1800
    stand.start()
    assert stand.closed() == {3}
    stand.now_s -= 2 * DAY_S
    stand.loads.refresh(stand.now_s)
    assert stand.closed() == {3}
    stand.run(HOUR_S - 1)
    assert stand.closed() == {3}
    stand.run(1)
    assert stand.closed() == set()
    # And one whose time passed without power is over.
    stand.command(3, CLOSED, 60)
    stand.now_s += 3601
    stand.start()
    assert stand.closed() == set()


@pytest.mark.req("ALCS-ALC-07", "ALCS-ALC-08")
def test_a_contact_that_does_not_move_or_hold_is_told_once():
    stand = Stand()
    stand.stuck = {1}
    stand.command(1, CLOSED, 600)
    stand.run(100)
    assert stand.log.entries == [(NOON_S + 2, 1, CLOSED, FAILURE, 0)]
    assert stand.told == [(FAILED, NOON_S + 2, 0x111)]
    stand.contacts[0] = True
    stand.run(100)
    assert [entry[1:4] for entry in stand.log.entries[1:]] == [(1, CLOSED, SUCCESS)]
    stand.contacts[0] = False
    stand.run(100)
    assert [entry[1:4] for entry in stand.log.entries[2:]] == [(1, CLOSED, FAILURE)]
    assert [code for code, _, _ in stand.told] == [FAILED, SUCCEEDED, FAILED]


@pytest.mark.req("ALCS-ALC-05", "ALCS-ALC-08")
def test_a_command_whose_proof_a_power_cut_prevented_is_proven_after_it():
    stand = Stand()
    stand.command(1, CLOSED, 60)
    stand.now_s += 120
    stand.start()
    stand.second()
    assert stand.contacts[0]
    assert stand.log.entries == [(NOON_S + 122, 1, CLOSED, SUCCESS, 0)]


@pytest.mark.req("ALCS-ALC-05")
def test_a_command_that_another_replaces_before_its_proof_is_logged_too():
    stand = Stand()
    stand.command(1, CLOSED, 60)
    stand.command(1, OPENED, 60)
    stand.second()
    assert [entry[1:4] for entry in stand.log.entries] == [
        (1, CLOSED, FAILURE),
        (1, OPENED, SUCCESS),
    ]


@pytest.mark.req("ALCS-ALC-10")
def test_states_are_applied_again_when_supply_is_enabled():
    stand = Stand(hcalcs=[(4, HCALCS_4)])
    stand.command(1, CLOSED, 600)
    stand.second()
    stand.contacts[0] = False
    stand.loads.reapply(stand.now_s)
    assert stand.loads.moves == 0b10111
    stand.forget()
    stand.second()
    assert stand.contacts[0]
    assert stand.log.entries == []


@pytest.mark.req("ALCS-ALC-12", "ALCS-ALC-07", "ALCS-ALC-01")
def test_an_hcalcs_is_instructed_and_its_answer_logged():
    stand = Stand(hcalcs=[(4, HCALCS_4), (5, HCALCS_5)])
    now_s = stand.now_s
    stand.command(4, CLOSED, 30)
    stand.second()
    (instruction,) = stand.sent
    assert instruction == (4, True, 30, instruction[3])
    number = instruction[3]
    assert stand.log.entries == [(now_s, 4, CLOSED, UNKNOWN, number)]
    assert stand.told == []
    assert stand.loads.answered(number, True, now_s + 5)
    stand.command(5, OPENED, 1)
    stand.second()
    other = stand.sent[1][3]
    assert stand.sent[1] == (5, False, 1, other)
    assert other != number
    assert stand.loads.answered(other, False, now_s + 6)
    assert stand.log.entries[1:] == [
        (now_s + 5, 4, 0x00, SUCCESS, number),
        (now_s + 1, 5, OPENED, UNKNOWN, other),
        (now_s + 6, 5, 0x00, FAILURE, other),
    ]
    stand.second()
    assert stand.told == [(SUCCEEDED, now_s + 5, 0x400), (FAILED, now_s + 6, 0x500)]
    # Nobody's answer, and one to an instruction that was replaced.
    assert not stand.loads.answered(7, True, now_s)
    assert not stand.loads.answered(0, True, now_s)
    stand.command(4, REVERTED)
    assert not stand.loads.answered(number, True, now_s)


@pytest.mark.req("ALCS-ALC-12", "ALCS-ALC-06")
def test_when_a_commands_time_is_over_the_calendars_state_is_instructed():
    stand = Stand(hcalcs=[(4, HCALCS_4)], calendar=[rule(0, 4, CLOSE)])
    start_s = stand.now_s
    stand.command(4, OPENED, 90)
    stand.run(90 * MINUTE_S - 1)
    assert [sent[:3] for sent in stand.sent] == [(4, False, 90)]
    stand.run(1)
    assert [sent[:3] for sent in stand.sent] == [(4, False, 90), (4, True, 1440)]
    stand.command(4, REVERTED)
    stand.second()
    # The calendar's state is what it was: told anew, because the Command is.
    assert [entry[1:4] for entry in stand.log.entries] == [
        (4, OPENED, UNKNOWN),
        (4, CLOSED, UNKNOWN),
        (4, REVERTED, UNKNOWN),
    ]
    assert stand.log.entries[0][0] == start_s
    numbers = [sent[3] for sent in stand.sent]
    assert len(set(numbers)) == 3


@pytest.mark.req("ALCS-ALC-12")
def test_instructions_of_a_day_are_renewed_before_they_end():
    stand = Stand(hcalcs=[(4, HCALCS_4)])
    start_s = stand.now_s
    stand.command(4, CLOSED, 3000)
    stand.run(3000 * MINUTE_S - 1)
    assert [sent[:3] for sent in stand.sent] == [
        (4, True, 1440),
        (4, True, 1440),
        # What is left of 3,000 minutes, rounded up.
        (4, True, 122),
    ]
    times = [at_s - start_s for at_s, _, _, _, _ in stand.log.entries]
    assert times == [0, 1439 * MINUTE_S, 2878 * MINUTE_S]
    stand.run(2)
    assert stand.sent[3][:3] == (4, False, 1440)


@pytest.mark.req("ALCS-ALC-13")
def test_a_request_for_control_is_answered_with_the_state_as_it_is():
    stand = Stand(hcalcs=[(4, HCALCS_4)])
    stand.command(4, CLOSED, 60)
    stand.second()
    stand.run(15 * MINUTE_S - 31)
    stand.forget()
    stand.loads.request_control(stand.now_s, HCALCS_4)
    stand.second()
    (instruction,) = stand.sent
    assert instruction[:3] == (4, True, 46)
    assert stand.log.entries == [(stand.now_s - 1, 4, CLOSED, UNKNOWN, instruction[3])]
    for stranger in (HCALCS_5, bytes(8)):
        with pytest.raises(NoAuthority):
            stand.loads.request_control(stand.now_s, stranger)
    stand.second()
    assert len(stand.sent) == 1


@pytest.mark.req("ALCS-ALC-04", "ALCS-ALC-12")
def test_at_power_up_every_hcalcs_is_instructed_with_numbers_of_their_own():
    stand = Stand(hcalcs=[(4, HCALCS_4), (5, HCALCS_5)])
    stand.command(4, CLOSED, 60)
    used = {entry[4] for entry in stand.log.entries} | set(stand.data.hcalcs_command_ids)
    stand.sent.clear()
    # The clock was set back meanwhile: numbers go on all the same.
    stand.now_s -= 600
    stand.start()
    assert sorted(sent[:3] for sent in stand.sent) == [(4, True, 60), (5, False, 1440)]
    assert all(sent[3] > max(used) for sent in stand.sent)


def test_a_later_instruction_takes_the_place_of_one_not_yet_fetched():
    stand = Stand(hcalcs=[(4, HCALCS_4)])
    stand.loads.set_state(stand.now_s, 4, CLOSED, 60)
    stand.loads.set_state(stand.now_s, 4, OPENED, 20)
    stand.drive()
    assert [sent[:3] for sent in stand.sent] == [(4, False, 20)]
    assert len({entry[4] for entry in stand.log.entries}) == 2


@pytest.mark.req("ESME-CFG-03", "ALCS-ALC-01")
def test_a_switch_becomes_an_hcalcs_and_an_alcs_again():
    stand = Stand(calendar=[rule(0, 4, CLOSE)])
    assert stand.contacts[3]
    stand.loads.set_switch(stand.now_s, *stand.loads.check_set_switch(4, HCALCS_4))
    stand.second()
    assert [sent[:3] for sent in stand.sent] == [(4, True, 1440)]
    assert read(stand.data, "HCALCS Identifiers")[24:32] == HCALCS_4
    stand.contacts[3] = False
    stand.loads.set_switch(stand.now_s, *stand.loads.check_set_switch(4, bytes(8)))
    stand.second()
    assert stand.contacts[3]
    assert len(stand.sent) == 1


@pytest.mark.req("ESME-CFG-03")
def test_descriptions_are_written_by_name():
    stand = Stand()
    for switch in range(1, 6):
        name = f"Auxiliary Load Control Switch {switch} Description"
        write(stand.data, name, "w" * 127)
        with pytest.raises(ItemError):
            write(stand.data, name, "w" * 128)
    assert stand.data.alcs_description_3 == "w" * 127
    assert find("EL", "HCALCS Identifiers").size == 40


@pytest.mark.req("ESME-HIC-05")
def test_the_event_log_is_cleared():
    stand = Stand()
    stand.command(1, CLOSED, 10)
    stand.second()
    assert len(stand.log.entries) == 1
    stand.loads.clear_event_log(stand.now_s)
    assert stand.log.entries == []


def test_a_broken_log_stops_no_switch():
    rules = [
        rule(minute, switch, code)
        for minute, code in ((0, OPEN), (780, CLOSE))
        for switch in (1, 4, 5)
    ]
    stand = Stand(hcalcs=[(4, HCALCS_4), (5, HCALCS_5)], calendar=rules)
    stand.log.broken = True
    stand.now_s = at(13)
    with pytest.raises(OSError, match="5"):
        stand.loads.follow(stand.now_s)
    assert stand.closed() == {1, 4, 5}
    assert sorted(sent[:2] for sent in iter(stand.loads.instructions.take, None)) == [
        (4, True),
        (5, True),
    ]
    # It is said once, and not again in every second.
    stand.loads.follow(stand.now_s)
    stand.loads.moves = 0
    with pytest.raises(OSError, match="5"):
        stand.loads.sense(1, True, stand.now_s + 1)
    stand.loads.sense(1, True, stand.now_s + 2)


# (method, arguments, complaint)
REFUSED = [
    ("check_set_state", (0, CLOSED, 5), "auxiliary load: no switch 0"),
    ("check_set_state", (6, CLOSED, 5), "auxiliary load: no switch 6"),
    ("check_set_state", (1, 0x13, 5), "auxiliary load: no action 19"),
    ("check_set_state", (1, CLOSED, 0), "auxiliary load: not for 0 minutes"),
    ("check_set_state", (1, OPENED, None), "auxiliary load: not for None minutes"),
    ("check_set_state", (1, OPENED, 65_536), "auxiliary load: not for 65536 minutes"),
    ("check_set_state", (1, REVERTED, 5), "auxiliary load: not for 5 minutes"),
    ("check_set_switch", (6, HCALCS_4), "auxiliary load: no switch 6"),
    ("check_set_switch", (1, b"short"), "auxiliary load: takes an identifier of 8 octets"),
    ("check_set_switch", (1, HCALCS_4), "auxiliary load: that HCALCS is switch 4"),
    ("check_set_calendar", ({"rules": []},), "ALCS calendar: no special_days"),
    (
        "check_set_calendar",
        ({"rules": [rule(0, 6, CLOSE)], "special_days": []},),
        "rule: no action 97",
    ),
    (
        "check_set_calendar",
        ({"rules": [rule(0, 0, CLOSE)], "special_days": []},),
        "rule: no action 1",
    ),
    (
        "check_set_calendar",
        ({"rules": [rule(0, 1, 3)], "special_days": []},),
        "rule: no action 19",
    ),
    (
        "check_set_calendar",
        ({"rules": [rule(0, 1, CLOSE)] * 49, "special_days": []},),
        "rules: 49, expected 0 to 48",
    ),
]


@pytest.mark.req("ESME-CFG-02", "ESME-CFG-03", "ESME-HIC-17")
@pytest.mark.parametrize(("method", "arguments", "complaint"), REFUSED)
def test_what_is_wrong_is_refused_and_changes_nothing(method, arguments, complaint):
    stand = Stand(hcalcs=[(4, HCALCS_4)], calendar=CALENDAR)
    known = [item.name for item in items("ELB") if "S" not in item.marks]
    before = {name: read(stand.data, name) for name in known}
    with pytest.raises(CommandRefused) as refusal:
        finish(sliced(getattr(stand.loads, method)(*arguments)))
    assert str(refusal.value) == complaint
    assert isinstance(refusal.value, (LoadError, CalendarError))
    assert {name: read(stand.data, name) for name in known} == before
    assert stand.log.entries == []
    # The same switch may be given its own identifier again.
    assert stand.loads.check_set_switch(4, HCALCS_4) == [4, HCALCS_4]


@pytest.mark.req("ALCS-ALC-03", "ALCS-ALC-11", "BOOST-BST-05")
@pytest.mark.parametrize("seed", range(LOAD_SAMPLES))
def test_boost_comes_before_command_and_command_before_calendar(seed):
    """Random calendars, Commands, boosts and power cuts against the rule itself."""
    rng = random.Random(seed)
    rules = [
        rule(rng.randrange(1440), rng.randrange(1, 6), rng.choice((CLOSE, OPEN)))
        for _ in range(12)
    ]
    stand = Stand(calendar=rules, hcalcs=[(4, HCALCS_4)])
    stand.boost.set_control(stand.now_s, *stand.boost.check_set_control([1, 0, 1, 0, 1]))
    offset_s = stand.data.randomised_offset_s = rng.choice((0, 77))
    commands, boost_s = {}, (0, 0)
    for _ in range(60):
        now_s = stand.now_s
        switch = rng.randrange(1, 6)
        choice = rng.randrange(6)
        if choice < 2:
            action, minutes = rng.choice((CLOSED, OPENED)), rng.randrange(1, 300)
            stand.command(switch, action, minutes)
            commands[switch] = (action == CLOSED, now_s + minutes * MINUTE_S)
        elif choice == 2:
            stand.command(switch, REVERTED)
            commands.pop(switch, None)
        elif choice == 3 and now_s >= boost_s[1]:
            try:
                stand.boost.activate(now_s, 45)
                boost_s = (now_s, now_s + 45 * MINUTE_S)
            except CommandRefused as refusal:
                assert str(refusal) == "Activate Boost Period: all its switches are closed"
        elif choice == 4:
            stand.start()
        stand.run(rng.randrange(1, 90 * MINUTE_S))
        codes = last_codes(rules, [], stand.now_s - offset_s, 8, 6)
        expected = set()
        for number in range(1, 6):
            closed = codes[number] == CLOSE
            if number in commands and stand.now_s < commands[number][1]:
                closed = commands[number][0]
            if number in (1, 3, 5) and stand.now_s < boost_s[1]:
                closed = True
            if closed:
                expected.add(number)
        assert stand.closed() == expected
        assert stand.contacts[:3] == [number in expected for number in (1, 2, 3)]


@pytest.mark.runtime
@pytest.mark.parametrize("runtime", RUNTIMES)
def test_a_meter_and_its_hcalcs_do_the_same_on_every_runtime(runtime):
    check_golden(runtime, Path(__file__).parent / "load_workload.py")


def test_a_switch_on_the_han_is_not_sensed_at_the_meter():
    stand = Stand(hcalcs=((4, HCALCS_4),))
    stand.loads.set_state(stand.now_s, 4, CLOSED, 5)
    entries = list(stand.log.entries)
    for second in range(1, 4):
        stand.loads.sense(4, False, stand.now_s + second)
    assert stand.log.entries == entries
    assert len(stand.outbox) == 0
    # An ALCS again, it is.
    stand.loads.set_switch(stand.now_s, 4, bytes(8))
    stand.loads.moves = 0
    stand.loads.sense(4, False, stand.now_s + 5)
    assert stand.log.entries[-1][1:4] == (4, CLOSED, FAILURE)

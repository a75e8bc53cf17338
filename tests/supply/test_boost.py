"""The Boost Function: its periods, what it refuses, what each switch is afterwards, its log."""

import pytest

from protometer.model.command import CommandRefused
from protometer.model.dictionary import Data, read
from protometer.supply.auxiliary_load import CLOSED, OPENED, REVERTED
from protometer.supply.boost import BoostError
from protometer.supply.load_demand import CLOSE, OPEN
from tests.supply.load_stand import (
    ALWAYS,
    DAY_S,
    EVERY_DAY,
    HCALCS_4,
    HOUR_S,
    MINUTE_S,
    NOON_S,
    Stand,
)


def rule(minute, switch, code):
    return (minute, ALWAYS, ALWAYS, EVERY_DAY, 0, switch << 4 | code)


# Switch 2 is closed from 14:00 to 15:00.
CALENDAR = [rule(840, 2, CLOSE), rule(900, 2, OPEN)]


def boosted(control=(1, 1, 0, 0, 0), calendar=CALENDAR, **settings):
    stand = Stand(calendar=calendar, **settings)
    stand.boost.set_control(stand.now_s, *stand.boost.check_set_control(list(control)))
    return stand


@pytest.mark.req("BOOST-BST-01", "BOOST-BST-02", "BOOST-BST-07", "BOOST-BST-08")
@pytest.mark.parametrize("minutes", [15, 30, 45, 60])
def test_a_boost_closes_its_switches_for_its_time(minutes):
    stand = boosted()
    start_s = stand.now_s
    stand.boost.activate(start_s, minutes)
    stand.drive()
    assert stand.contacts == [True, True, False, False, False]
    assert stand.data.boost_ends_s == start_s + minutes * MINUTE_S
    stand.run(minutes * MINUTE_S - 1)
    assert stand.closed() == {1, 2}
    assert stand.boost_log.entries == []
    stand.run(1)
    assert stand.closed() == set()
    assert stand.data.boost_ends_s == 0
    assert stand.boost_log.entries == [(start_s, start_s + minutes * MINUTE_S)]
    stand.run(1)
    assert [entry[1:4] for entry in stand.log.entries] == [
        (1, CLOSED, 1),
        (2, CLOSED, 1),
        (1, OPENED, 1),
        (2, OPENED, 1),
    ]


@pytest.mark.req("BOOST-BST-02")
def test_a_boost_is_extended_by_quarters_to_an_hour():
    stand = boosted()
    start_s = stand.now_s
    stand.boost.activate(start_s, 15)
    stand.run(600)
    stand.boost.extend(stand.now_s, 15)
    stand.boost.extend(stand.now_s, 30)
    assert stand.data.boost_ends_s == start_s + HOUR_S
    stand.run(HOUR_S - 601)
    with pytest.raises(BoostError, match="more than 60 minutes in all"):
        stand.boost.extend(stand.now_s, 15)
    assert stand.closed() == {1, 2}
    stand.run(1)
    assert stand.closed() == set()
    assert stand.boost_log.entries == [(start_s, start_s + HOUR_S)]
    with pytest.raises(BoostError, match="Extend Boost Period: none is under way"):
        stand.boost.extend(stand.now_s, 15)


@pytest.mark.req("BOOST-BST-02", "BOOST-BST-05", "BOOST-BST-08")
def test_a_boost_is_cancelled_at_any_time():
    stand = boosted()
    start_s = stand.now_s
    stand.boost.activate(start_s, 60)
    stand.run(700)
    stand.boost.cancel(stand.now_s)
    assert stand.closed() == set()
    assert stand.boost_log.entries == [(start_s, start_s + 700)]
    with pytest.raises(BoostError, match="Cancel Boost Period: none is under way"):
        stand.boost.cancel(stand.now_s)
    # The next may begin at once.
    stand.boost.activate(stand.now_s, 15)
    assert stand.closed() == {1, 2}


@pytest.mark.req("BOOST-BST-03")
def test_a_boost_needs_a_switch_that_is_not_closed_already():
    stand = boosted(control=(0, 0, 0, 0, 0))
    with pytest.raises(BoostError, match="no switch is boost-controlled"):
        stand.boost.activate(stand.now_s, 15)
    stand = boosted(control=(0, 1, 0, 0, 0))
    stand.run(NOON_S + 2 * HOUR_S - 1 - stand.now_s)
    stand.boost.activate(stand.now_s, 15)
    stand.boost.cancel(stand.now_s)
    stand.run(1)
    assert stand.closed() == {2}
    with pytest.raises(BoostError, match="all its switches are closed"):
        stand.boost.activate(stand.now_s, 15)
    assert stand.data.boost_ends_s == 0
    # A Command holds it open, or another switch has something to gain.
    stand.command(2, OPENED, 60)
    stand.boost.activate(stand.now_s, 15)
    assert stand.closed() == {2}
    stand.boost.cancel(stand.now_s)
    stand.command(2, REVERTED)
    stand.boost.set_control(stand.now_s, *stand.boost.check_set_control([1, 1, 0, 0, 0]))
    stand.boost.activate(stand.now_s, 15)
    assert stand.closed() == {1, 2}


@pytest.mark.req("BOOST-BST-05", "ALCS-ALC-11")
def test_afterwards_each_switch_is_what_calendar_or_command_ask_then():
    stand = boosted()
    stand.run(NOON_S + 2 * HOUR_S - 1800 - stand.now_s)
    stand.boost.activate(stand.now_s, 45)
    # Within the boost the calendar closes switch 2, and a Command opens switch 1.
    stand.run(600)
    stand.forget()
    stand.command(1, OPENED, 10)
    assert stand.closed() == {1, 2}
    # It is logged all the same.
    assert stand.log.entries == [(stand.now_s, 1, OPENED, 1, 0)]
    stand.command(1, CLOSED, 120)
    stand.run(2100)
    assert stand.closed() == {1, 2}
    assert stand.boost_log.entries != []
    stand.run(HOUR_S)
    assert stand.closed() == {1}


@pytest.mark.req("BOOST-BST-01", "ALCS-ALC-12")
def test_an_hcalcs_is_told_for_as_long_as_the_boost_lasts():
    stand = boosted(control=(0, 0, 0, 1, 0), hcalcs=[(4, HCALCS_4)])
    stand.forget()
    stand.boost.activate(stand.now_s, 30)
    stand.run(600)
    stand.boost.extend(stand.now_s, 15)
    stand.run(35 * MINUTE_S)
    assert [sent[:3] for sent in stand.sent] == [
        (4, True, 30),
        # Renewed a minute before it ends, for the rest.
        (4, True, 16),
        (4, False, 1440),
    ]


@pytest.mark.req("BOOST-BST-08")
def test_a_boost_outlives_a_power_cut_and_is_logged_with_its_real_end():
    stand = boosted()
    start_s = stand.now_s
    stand.boost.activate(start_s, 60)
    stand.now_s += 600
    stand.start()
    assert stand.closed() == {1, 2}
    assert stand.boost_log.entries == []
    stand.now_s += 7200
    stand.start()
    # 14:10, when the calendar has switch 2 closed.
    assert stand.closed() == {2}
    assert stand.boost_log.entries == [(start_s, start_s + HOUR_S)]


def test_a_clock_set_back_makes_a_boost_no_longer():
    stand = boosted()
    stand.boost.activate(stand.now_s, 45)
    stand.run(600)
    stand.now_s -= 3 * DAY_S
    stand.boost.refresh(stand.now_s)
    stand.loads.refresh(stand.now_s)
    assert stand.closed() == {1, 2}
    assert stand.data.boost_ends_s == stand.now_s + 45 * MINUTE_S
    stand.run(45 * MINUTE_S)
    assert stand.closed() == set()


def test_a_broken_log_ends_the_boost_all_the_same():
    stand = boosted()
    stand.boost.activate(stand.now_s, 15)
    stand.boost_log.broken = True
    stand.now_s += 900
    with pytest.raises(OSError, match="5"):
        stand.boost.follow(stand.now_s)
    assert stand.closed() == set()
    stand.boost.follow(stand.now_s)
    with pytest.raises(BoostError, match="none is under way"):
        stand.boost.cancel(stand.now_s)


@pytest.mark.req("BOOST-BST-02", "BOOST-BST-03")
def test_a_refused_boost_changes_nothing():
    stand = boosted()
    for minutes in (0, -15, 10, 61, 75, None, 15.0, True):
        with pytest.raises(BoostError) as refusal:
            stand.boost.activate(stand.now_s, minutes)
        assert str(refusal.value) == f"Boost Period: {minutes} is no such number of minutes"
        assert isinstance(refusal.value, CommandRefused)
    assert (stand.data.boost_started_s, stand.data.boost_ends_s) == (0, 0)
    stand.boost.activate(stand.now_s, 30)
    before = (stand.data.boost_started_s, stand.data.boost_ends_s)
    with pytest.raises(BoostError, match="Activate Boost Period: one is under way"):
        stand.boost.activate(stand.now_s, 15)
    for minutes in (20, 45, 60):
        with pytest.raises(BoostError):
            stand.boost.extend(stand.now_s, minutes)
    assert (stand.data.boost_started_s, stand.data.boost_ends_s) == before
    for control in ([1, 1, 1, 1], [0, 0, 0, 0, 2], [None] * 5):
        with pytest.raises(BoostError):
            stand.boost.check_set_control(control)
    assert list(stand.data.boost_control) == [1, 1, 0, 0, 0]


@pytest.mark.req("BOOST-BST-06", "BOOST-BST-07")
def test_availability_is_a_constant_and_control_a_setting_of_each_switch():
    assert read(Data("ELB"), "Boost Function Availability") == 1
    assert not hasattr(Data("EL"), "boost_function_availability")
    stand = boosted(control=(True, False, True, False, True))
    assert read(stand.data, "Boost Function Control") == [1, 0, 1, 0, 1]
    stand.boost.activate(stand.now_s, 15)
    assert stand.closed() == {1, 3, 5}
    stand.boost.set_control(stand.now_s, *stand.boost.check_set_control([1, 0, 0, 0, 0]))
    assert stand.closed() == {1}

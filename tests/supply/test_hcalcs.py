"""The HCALCS: control by its ESME alone, for its time, without HAN too, and its power cuts."""

import pytest

from protometer.model.command import CommandRefused
from protometer.model.dictionary import Data, items, read
from protometer.model.events import Outbox
from protometer.supply.hcalcs import Hcalcs, HcalcsError
from tests.supply.load_stand import ListLog

ESME = bytes.fromhex("00db1234567890a0")
STRANGER = bytes.fromhex("00db1234567890ff")
START_S = 788_000_000
CLOSED, OPENED = 0x11, 0x12
SWITCHED, NOT_SWITCHED = 0x8131, 0x811A
MINUTE_S = 60


def readable(data):
    return {item.name: read(data, item.name) for item in items("S") if "S" not in item.marks}


class Stand:
    """An HCALCS whose contact does as it is told unless `stuck`."""

    def __init__(self, paired=True):
        self.data = Data("S")
        self.log = ListLog()
        self.now_s = START_S
        self.contact = False
        self.stuck = False
        self.start()
        if paired:
            self.switch.add(self.now_s, *self.switch.check_add(ESME))

    def start(self):
        """As after a power cut: what was not sent is lost; the contact falls open."""
        self.outbox = Outbox()
        self.answers, self.requests = [], []
        self.contact = self.contact and self.stuck
        self.switch = Hcalcs(self.data, self.outbox, self.log)
        self.switch.follow(self.now_s)

    def control(self, closed, minutes, number, source=ESME):
        self.switch.control(self.now_s, source, closed, minutes, number)

    def second(self):
        switch = self.switch
        if switch.moves:
            switch.moves = False
            if not self.stuck:
                self.contact = bool(self.data.switch_state)
        self.now_s += 1
        if self.now_s >= switch.next_look_s:
            switch.follow(self.now_s)
        switch.sense(self.contact, self.now_s)
        self.answers += iter(switch.take_answer, None)
        if switch.take_request():
            self.requests.append(self.now_s - START_S)

    def run(self, seconds):
        for _ in range(seconds):
            self.second()

    def events(self):
        return list(iter(self.outbox.take, None))


@pytest.mark.req("HCALCS-HC-08", "HCALCS-HC-11", "HCALCS-HC-13")
def test_control_is_executed_confirmed_and_logged():
    stand = Stand()
    stand.control(True, 30, 77)
    assert read(stand.data, "Switch State") == 1
    stand.second()
    assert stand.contact
    assert stand.answers == [(77, True)]
    assert stand.log.entries == [(START_S + 1, SWITCHED, CLOSED)]
    assert stand.events() == [(SWITCHED, START_S + 1, CLOSED)]
    # Another control takes its place.
    stand.control(False, 10, 78)
    stand.second()
    assert not stand.contact
    assert stand.answers[1:] == [(78, True)]
    stand.control(True, 1, 79)
    stand.run(60)
    assert stand.contact
    stand.run(2)
    assert not stand.contact
    assert [entry[2] for entry in stand.log.entries] == [CLOSED, OPENED, CLOSED, OPENED]
    # The end of a control is confirmed with its number too.
    assert stand.answers[2:] == [(79, True), (79, True)]


@pytest.mark.req("HCALCS-HC-09", "HCALCS-HC-10")
@pytest.mark.parametrize("closed", [True, False])
def test_when_its_time_is_over_it_opens_and_asks_again(closed):
    stand = Stand()
    stand.control(closed, 1440, 5)
    stand.run(10)
    assert stand.requests == []
    stand.now_s = START_S + 1440 * MINUTE_S - 2
    stand.second()
    assert stand.contact is closed
    # Nothing was heard meanwhile, and nothing is now.
    stand.run(3)
    assert not stand.contact
    assert stand.requests == [1440 * MINUTE_S]
    stand.run(100)
    assert len(stand.requests) == 1


@pytest.mark.req("HCALCS-HC-09")
def test_new_control_in_time_leaves_no_gap():
    stand = Stand()
    stand.control(True, 1, 5)
    stand.run(59)
    stand.control(True, 2, 6)
    stand.run(119)
    assert stand.contact
    assert stand.log.entries == [
        (START_S + 1, SWITCHED, CLOSED),
        (START_S + 60, SWITCHED, CLOSED),
    ]
    assert stand.requests == []
    stand.run(2)
    assert not stand.contact


@pytest.mark.req("HCALCS-HC-07")
def test_control_is_requested_on_joining_and_after_each_power_restoration():
    stand = Stand(paired=False)
    stand.run(3)
    assert stand.requests == []
    stand.switch.add(stand.now_s, *stand.switch.check_add(ESME))
    stand.run(3)
    assert stand.requests == [4]
    stand.switch.joined(stand.now_s)
    stand.run(3)
    assert stand.requests == [4, 7]
    stand.start()
    stand.run(3)
    assert stand.requests == [10]
    # Control that comes first needs no asking.
    stand.start()
    stand.control(False, 5, 1)
    stand.run(3)
    assert stand.requests == []


@pytest.mark.req("HCALCS-HC-10", "HCALCS-HC-07")
def test_a_power_cut_within_its_time_keeps_the_state_and_after_it_opens():
    stand = Stand()
    stand.control(True, 30, 5)
    stand.second()
    stand.now_s += 600
    stand.start()
    stand.run(2)
    assert stand.contact
    # Nothing has changed, so nothing is logged; and it is not told again.
    assert len(stand.log.entries) == 1
    assert stand.answers == []
    stand.now_s += 1800
    stand.start()
    stand.run(2)
    assert not stand.contact
    assert read(stand.data, "Switch State") == 0
    assert [entry[2] for entry in stand.log.entries] == [CLOSED, OPENED]


@pytest.mark.req("HCALCS-HC-08")
def test_a_control_that_a_power_cut_kept_from_proof_is_confirmed_after_it():
    stand = Stand()
    stand.control(True, 30, 5)
    stand.start()
    stand.run(2)
    assert stand.answers == [(5, True)]
    assert stand.contact


@pytest.mark.req("HCALCS-HC-06", "HCALCS-HC-11")
@pytest.mark.parametrize(("paired", "source"), [(True, STRANGER), (False, ESME), (False, b"")])
def test_nobody_but_the_paired_esme_controls_it(paired, source):
    stand = Stand(paired=paired)
    before = readable(stand.data)
    with pytest.raises(HcalcsError) as refusal:
        stand.control(True, 30, 5, source)
    assert str(refusal.value) == "Control HCALCS State: not from the paired ESME"
    assert isinstance(refusal.value, CommandRefused)
    assert readable(stand.data) == before
    assert stand.events() == [(0x8F3E, START_S, 0)]
    stand.run(2)
    assert stand.log.entries == []


@pytest.mark.req("HCALCS-HC-08")
@pytest.mark.parametrize("minutes", [0, -1, 1441])
def test_times_beyond_a_day_are_refused(minutes):
    stand = Stand()
    with pytest.raises(HcalcsError, match=f"not for {minutes} minutes"):
        stand.control(True, minutes, 5)
    assert (stand.data.switch_state, stand.data.control_number) == (0, 0)


@pytest.mark.req("HCALCS-HC-08")
def test_a_control_that_comes_twice_counts_once_and_is_answered_twice():
    stand = Stand()
    stand.control(True, 1, 5)
    stand.control(True, 1, 5)
    stand.run(30)
    assert stand.answers == [(5, True)]
    stand.control(True, 1, 5)
    stand.run(29)
    assert stand.answers == [(5, True), (5, True)]
    assert stand.contact
    stand.run(2)
    # It has not become longer, and what is over does not begin again.
    assert not stand.contact
    stand.control(True, 1, 5)
    stand.run(5)
    assert not stand.contact


@pytest.mark.req("HCALCS-HC-08", "HCALCS-HC-11")
def test_a_contact_that_does_not_move_or_hold_is_told():
    stand = Stand()
    stand.stuck = True
    stand.control(True, 30, 5)
    stand.run(20)
    assert stand.answers == [(5, False)]
    assert stand.log.entries == [(START_S + 1, NOT_SWITCHED, CLOSED)]
    stand.contact = True
    stand.run(20)
    assert stand.answers[1:] == [(5, True)]
    stand.contact = False
    stand.run(20)
    assert stand.answers[2:] == [(5, False)]
    assert [entry[1] for entry in stand.log.entries] == [NOT_SWITCHED, SWITCHED, NOT_SWITCHED]


def test_a_clock_set_back_makes_no_control_longer():
    stand = Stand()
    stand.control(True, 30, 5)
    stand.run(10)
    stand.now_s -= 86_400
    stand.switch.follow(stand.now_s)
    assert stand.data.control_until_s == stand.now_s + 30 * MINUTE_S


def test_a_broken_log_does_not_keep_the_esme_waiting():
    stand = Stand()
    stand.log.broken = True
    stand.control(True, 30, 5)
    stand.switch.moves = False
    with pytest.raises(OSError, match="5"):
        stand.switch.sense(True, stand.now_s)
    assert stand.switch.take_answer() == (5, True)
    stand.switch.sense(True, stand.now_s)


@pytest.mark.req("HCALCS-HC-12", "HCALCS-HC-06")
def test_credentials_are_added_replaced_and_removed():
    stand = Stand()
    switch = stand.switch
    assert switch.check_add(ESME) == [ESME]
    with pytest.raises(HcalcsError, match="Add Device: an ESME is paired already"):
        switch.check_add(STRANGER)
    with pytest.raises(HcalcsError, match="takes an identifier of 8 octets"):
        switch.check_replace(b"short")
    stand.run(2)
    switch.replace(stand.now_s, *switch.check_replace(STRANGER))
    stand.second()
    assert stand.requests == [1, 3]
    stand.control(True, 10, 5, STRANGER)
    with pytest.raises(HcalcsError, match="Remove Device: not the paired ESME"):
        switch.remove(stand.now_s, ESME)
    switch.remove(stand.now_s, STRANGER)
    assert stand.data.paired_esme == b""
    assert stand.events() == [(0x8F4B, START_S + 3, 0)]
    with pytest.raises(HcalcsError):
        stand.control(False, 10, 6, STRANGER)
    stand.run(10 * MINUTE_S - 1)
    assert stand.contact
    stand.run(2)
    assert not stand.contact


@pytest.mark.req("HCALCS-HC-12")
def test_the_event_log_is_cleared_and_the_security_log_tells_of_it():
    stand = Stand()
    stand.control(True, 10, 5)
    stand.second()
    stand.events()
    stand.switch.clear_event_log(stand.now_s)
    assert stand.log.entries == []
    assert stand.events() == [(0x8F52, START_S + 1, 0)]


@pytest.mark.req("HCALCS-HC-13")
def test_its_data_items():
    names = {item.name for item in items("S")}
    assert {
        "HCALCS Identifier",
        "Manufacturer Identifier",
        "Model Type",
        "Firmware Version",
        "Switch State",
    } <= names
    assert read(Data("S"), "HCALCS Identifier").hex() == "00db1234567890a5"
    assert not hasattr(Data("S"), "meter_balance_mp")

"""Whole stacks on one air: asking, answering, refusing, relaying, and keeping time."""

import pytest

from host_tools.node.frame_counts import frame_counts
from host_tools.node.ram_memory import RamFiles
from protometer.han import price, time_client, zcl
from protometer.han.time_client import TimeClient
from protometer.model.events import Outbox
from protometer.roles.clock_keeper import ClockKeeper
from protometer.roles.comms_hub import CommsHub
from protometer.roles.esme_han import EsmeHan
from tests.han.han_stand import START_S, Air, Node, Radio, live, network
from tests.roles.esme_stand import Stand, flat_tariff

METER, DISPLAY, HUB = 1, 2, 0


def pair():
    meter, display = Node("E", METER), Node("I", DISPLAY)
    return meter, display, Air(meter, display)


def test_a_read_is_answered_kept_and_told():
    meter, display, air = pair()
    told = []
    display.stack.on_answer = lambda *what: told.append(what)
    meter.data.meter_balance_mp = -123_456
    meter.data.supply_state = 2
    display.stack.read(METER, 0x0705, (0x0001,))
    display.stack.read(METER, 0x0702, (0x0014,))
    air.settle()
    assert (display.data.meter_balance_mp, display.data.supply_state) == (-123_456, 2)
    assert told == [(METER, 0x0705, START_S), (METER, 0x0702, START_S)]
    figures = frame_counts(display.stack)
    assert (figures["sent"], figures["received"], figures["malformed"]) == (2, 2, 0)


def heard_by(display):
    """Collect (cluster, control, sequence, command, payload) of what reaches a node."""
    heard = []
    inner = display.stack._from_cluster

    def tap(source, cluster, octets, sealed_with):
        heard.append((cluster, *zcl.decode(octets)))
        inner(source, cluster, octets, sealed_with)

    display.stack._from_cluster = tap
    return heard


# (control, command, payload) of what is not supported -> the Default Response's octets
UNKNOWN = [
    (0x01, 0x77, b"", "7781"),
    (0x11, 0x77, b"junk", "7781"),
    (0x00, 0x0E, b"\x00\x00\x20\x01", "0e81"),
    (0x00, 0x00, b"\x00", "0080"),
    (0x10, 0x02, b"\x00\x00\x20", "0280"),
]


@pytest.mark.parametrize(("control", "command", "payload", "response"), UNKNOWN)
def test_unknown_commands_get_a_default_response(control, command, payload, response):
    meter, display, air = pair()
    heard = heard_by(display)
    display.stack._send(METER, 0x0702, zcl.frame(control, 0x42, command, payload))
    air.settle()
    assert heard == [(0x0702, 0x18, 0x42, 0x0B, bytes.fromhex(response))]


def test_a_default_response_is_never_answered():
    meter, display, air = pair()
    display.stack._send(METER, 0x0702, zcl.default_response(1, 2, 0x81, 0))
    air.settle()
    assert len(air.heard) == 1


def test_an_unsupported_attribute_is_answered_with_its_status():
    meter, display, air = pair()
    heard = heard_by(display)
    display.stack.read(METER, 0x0702, (0x9999,))
    air.settle()
    assert heard[0][3:] == (0x01, bytes.fromhex("999986"))


def test_malformed_payloads_are_counted_and_change_nothing():
    meter, display, air = pair()
    for octets in (b"", b"\x04\x00\x00", zcl.frame(0, 1, zcl.READ_ATTRIBUTES, b"\x00")):
        display.stack._send(METER, 0x0702, octets)
    display.stack.nwk.send(METER, b"no aps")
    display.stack._send(METER, 0x0705, zcl.frame(8, 1, zcl.REPORT_ATTRIBUTES, b"\x01\x00\x99"))
    air.settle()
    assert frame_counts(meter.stack)["malformed"] == 5
    # Those that were ZCL frames are answered with their status.
    assert frame_counts(display.stack)["received"] == 2


def test_what_does_not_fit_into_an_answer_is_told_and_stops_nothing():
    meter, display, air = pair()
    heard = heard_by(display)
    display.stack.read(METER, 0x0702, (0x0000, 0x0100, 0x0102, 0x0104) * 4)
    air.settle()
    assert frame_counts(meter.stack)["malformed"] == 0
    ((_, _, _, command, answer),) = heard
    assert command == 0x01
    assert len(answer) <= 76
    assert len(zcl.decode_values(command, answer)) == 7
    assert answer.endswith(bytes.fromhex("040189000089"))
    display.stack.read(METER, 0x0700, (0x0616,))
    meter.data.currency_units = 978
    air.settle()
    assert display.data.currency_units == 978


def test_of_a_question_for_more_than_fits_an_answer_the_beginning_is_answered():
    meter, display, air = pair()
    heard = heard_by(display)
    display.stack.read(METER, 0x0702, (0x0000,) * 600)
    air.settle()
    ((_, _, _, command, payload),) = heard
    assert len(zcl.decode_values(command, payload)) == 7
    # Half an identifier at the end of many; and the next question is answered.
    odd = zcl.read_attributes(1, (0x0000,) * 12) + b"\x00"
    display.stack._send(METER, 0x0702, odd)
    display.stack.read(METER, 0x0702, (0x0000,))
    air.settle()
    assert (len(heard), frame_counts(meter.stack)["malformed"]) == (2, 1)


def test_a_handler_gets_its_cluster_command_and_direction():
    meter, display, air = pair()
    calls = []
    display.stack.handlers[(0x0700, 0x00, True)] = lambda *what: calls.append(what)
    meter.stack.command(DISPLAY, 0x0700, 0x00, b"pay", True)
    meter.stack.command(DISPLAY, 0x0700, 0x00, b"pay", False)
    meter.stack.command(DISPLAY, 0x0702, 0x00, b"pay", True)
    air.settle()
    assert calls == [(METER, 1, b"pay", START_S)]


def test_the_hub_speaks_to_the_display_through_the_meter():
    hub = Node("H", HUB, routes={"0002": "0001"})
    meter = Node("E", METER)
    display = Node("I", DISPLAY, routes={"0000": "0001"})
    air = Air(hub, meter, display)
    display.stack.read(HUB, 0x000A, (0x0000,))
    air.settle()
    assert display.data.hub_time_s == START_S
    assert frame_counts(meter.stack)["relayed"] == 2
    assert [psdu[7] for psdu in air.heard] == [2, 1, 0, 1]


def test_a_report_reaches_every_display():
    """Two displays on one meter: neither gets the other's reports instead."""

    class Home:
        data = Node("E", METER).data
        events = Outbox()
        clock = ClockKeeper(data, events, Clock(True))
        durable = staticmethod(live(data))

        @staticmethod
        def commit():
            pass

    meter = Node("E", METER)
    radio = Radio()
    scheduler = meter.scheduler
    han = EsmeHan(Home, scheduler, radio, network(METER), [DISPLAY, HUB])
    for _ in range(40):
        scheduler.run_due()
        if radio.on_sent and len(radio.sent):
            radio.on_sent(0)
        scheduler.clock.advance(100)
    destinations = [psdu[5] for psdu in radio.sent]
    # The first frame asks the hub for the time; then a price and two reports for each.
    assert destinations.count(DISPLAY) == 3
    assert destinations.count(HUB) >= 4
    assert han.stack.mac.lost == 0


def real_meter():
    stand = Stand(START_S)
    node = Node("E", METER)
    radio = Radio()
    han = EsmeHan(stand.meter, node.scheduler, radio, network(METER), [DISPLAY])
    node.stack, node.radio, node.data = han.stack, radio, stand.data
    node.clock = stand.clock
    return stand, node, han


def test_the_meter_publishes_its_price_when_it_changes_and_when_asked():
    stand, meter, han = real_meter()
    display = Node("I", DISPLAY)
    prices = []
    display.stack.handlers[(price.CLUSTER, price.PUBLISH_PRICE, True)] = (
        lambda source, sequence, payload, now_s: prices.append(price.decode(payload))
    )
    air = Air(meter, display)
    han.step(START_S)
    air.settle()
    assert [published.price_mp for published in prices] == [0]
    han.step(START_S + 1)
    air.settle()
    assert len(prices) == 1
    two = flat_tariff(days=[[[0, 1]]], prices=[1000, 14_950])
    stand.execute("Set Tariff", tariff=two)
    han.step(START_S + 2)
    air.settle()
    display.stack.command(METER, price.CLUSTER, price.GET_CURRENT_PRICE, b"\0", False)
    air.settle()
    assert [(p.price_mp, p.tier, p.label, p.start_s) for p in prices[1:]] == [
        (14_950, 2, "Rate 2", START_S + 2)
    ] * 2
    assert prices[1].currency == 826


class Clock:
    def __init__(self, known):
        self.known = known
        self.set_to = []

    def set_utc(self, utc_s):
        self.known = True
        self.set_to.append(utc_s)


class TimeStand:
    def __init__(self, known=True):
        self.node = Node("E", METER)
        self.asked = []
        self.outbox = Outbox()
        self.clock = Clock(known)
        stack = self.node.stack
        stack.read = lambda *what: self.asked.append(what)
        keeper = ClockKeeper(self.node.data, self.outbox, self.clock)
        self.client = TimeClient(stack, self.node.data, keeper.hear)

    def hear(self, hub_s, now_s=START_S, source=HUB):
        self.node.data.hub_time_s = hub_s
        return self.client.answered(source, now_s)


# (known before, hub less clock in s, set, status, event)
ANSWERS = [
    (False, 800_000, True, 2, None),
    (False, 0, True, 2, None),
    (False, -400_000_000, True, 2, None),
    (True, 0, False, 2, None),
    (True, 10, True, 2, None),
    (True, -10, True, 2, None),
    (True, 11, False, 1, 0x8F0C),
    (True, -11, False, 1, 0x8F0C),
    (True, 86_400, False, 1, 0x8F0C),
]


@pytest.mark.parametrize(("known", "ahead_s", "is_set", "status", "event"), ANSWERS)
def test_the_hubs_time(known, ahead_s, is_set, status, event):
    stand = TimeStand(known)
    assert stand.hear(START_S + ahead_s)
    assert stand.clock.set_to == ([START_S + ahead_s] if is_set else [])
    assert stand.node.data.clock_status == status
    posted = stand.outbox.take()
    assert posted == (None if event is None else (event, START_S, 0))


@pytest.mark.parametrize("hub_s", [0, 0xFFFF_FFFF])
@pytest.mark.parametrize("known", [False, True])
def test_an_answer_without_a_time_sets_no_clock(hub_s, known):
    stand = TimeStand(known)
    assert not stand.hear(hub_s)
    assert (stand.clock.set_to, stand.clock.known, len(stand.outbox)) == ([], known, 0)


def test_only_the_hub_sets_the_clock():
    stand = TimeStand(known=False)
    assert not stand.hear(START_S + 5, source=DISPLAY)
    assert stand.clock.set_to == []


def questions(stand, from_s, seconds):
    """The seconds, from from_s, at which a client that is stepped every second asks."""
    asked_at = []
    for now_s in range(from_s, from_s + seconds):
        stand.asked.clear()
        next_s = stand.client.step(now_s)
        assert now_s < next_s <= now_s + 86_400
        if stand.asked:
            assert stand.asked == [(HUB, time_client.CLUSTER, (0,))]
            asked_at.append(now_s - from_s)
    return asked_at


def test_the_time_is_asked_for_each_minute_until_known_then_once_a_day():
    stand = TimeStand(known=False)
    assert questions(stand, START_S, 121) == [0, 60, 120]
    stand.hear(START_S + 121, START_S + 121)
    assert questions(stand, START_S + 121, 86_402) == [86_400]


@pytest.mark.parametrize("ahead_s", [-400_000_000, -90_000, -5, 5, 90_000])
def test_the_next_question_is_a_day_after_the_clock_was_set(ahead_s):
    stand = TimeStand(known=False)
    stand.client.step(START_S)
    stand.hear(START_S + ahead_s)
    assert questions(stand, START_S + ahead_s, 86_402) == [86_400]


def test_a_clock_set_back_by_another_hand_does_not_silence_the_client():
    stand = TimeStand()
    stand.hear(START_S)
    assert questions(stand, START_S - 200_000, 61) == [0, 60]


def test_an_old_hub_time_does_not_pass_for_an_answer():
    stand = TimeStand(known=False)
    stand.node.data.hub_time_s = START_S
    stand.client.step(START_S)
    assert not stand.client.answered(HUB, START_S)


def test_the_hub_serves_time_and_keeps_its_counter():
    memory = RamFiles()
    counters = []
    for _ in range(2):
        node = Node("H", HUB)
        hub = CommsHub(node.scheduler, node.radio, network(HUB), memory)
        node.stack = hub.stack
        display = Node("I", DISPLAY)
        air = Air(node, display)
        display.stack.read(HUB, 0x000A, (0, 1))
        air.settle()
        assert display.data.hub_time_s == START_S
        counters.append(hub.data.nwk_frame_counter)
    assert counters == [1024, 2048]


@pytest.mark.parametrize(
    ("known", "ahead_s", "after_s"), [(False, 90_000, 90_000), (True, 7, 7), (True, 90_000, 0)]
)
def test_a_meter_learns_the_time_from_the_hub(known, ahead_s, after_s):
    _, meter, han = real_meter()
    hub = Node("H", HUB)
    hub.clock.set_utc(START_S + ahead_s)
    meter.clock.known = known
    air = Air(meter, hub)
    han.step(START_S)
    air.settle()
    assert meter.clock.utc_s() == START_S + after_s
    assert meter.data.clock_status == (1 if ahead_s != after_s else 2)

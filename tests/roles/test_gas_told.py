"""What the gas meter tells its proxy beside attributes: asked for, kept, and told on."""

import sys
from pathlib import Path

import pytest

from host_tools.desk.home_network import GAS, HUB, HomeNetwork
from host_tools.node.frame_counts import frame_counts
from host_tools.node.proxy_bench import ASKED, CREDIT, NOW_S, PAYMENTS, TARIFF, TOP_UPS, Pair
from host_tools.node.ram_memory import RamFiles
from host_tools.scenarios import RUNTIMES
from protometer.gbcs import use_case
from protometer.gbcs.execution import Execution
from protometer.kernel.clock import VirtualClock
from protometer.kernel.slices import finish
from protometer.model import command as originators
from protometer.model.calendar import DAY_S
from protometer.roles import gas_proxy
from protometer.roles.gas_proxy_function import GasProxyFunction
from protometer.roles.gbz_server import GbzServer
from protometer.roles.message_transaction import carried_out
from protometer.roles.proxy_request import handler
from tests.gbcs import live_gbz
from tests.on_runtimes import check_golden
from tests.roles.gbz_stand import encoded
from tests.roles.meter_stand import NEW_YEAR_S

WORKLOAD = Path(__file__).parent / "gas_told_workload.py"
# What remote parties read of both: GCS21e, GCS21f, GCS21b, GCS15d, GCS15e, GCS21k.
OF_BOTH = (0x009E, *ASKED)
LOGS = (0x00C4, 0x00C5)
ONCE = ["GetCurrentPrice", "GetTopUpLog", "GetBillingPeriod", "GetDebtRepaymentLog"]
# Of a calendar: profiles are asked for up to the first that there is not.
OF_TARIFF = ["GetSeasons", *["GetWeekProfiles"] * 2, *["GetDayProfiles"] * 4, "GetSpecialDays"]
OF_CREDIT = ["GetSeasons", *["GetWeekProfiles"] * 2, *["GetDayProfiles"] * 3, "GetSpecialDays"]


def code_of(number):
    return bytes((0x12, 0x34, 0x56, 0x78, 0x90) * 2)[:9] + bytes((number,))


def top_up(number):
    return NOW_S + number, 1_000 + number, code_of(number)


def payment(number):
    return NOW_S + number, 10 + number, 500 - number


def full(pair):
    """Have the meter hold something of all that is asked for."""
    pair.execute("Set Tariff", tariff=TARIFF)
    pair.execute("Set Non-Disablement Calendar", calendar=CREDIT)
    pair.execute("Set Billing Calendar", start_s=NOW_S + 60, period=4)
    pair.log(TOP_UPS, *map(top_up, range(3)))
    pair.log(PAYMENTS, *map(payment, range(10)))


@pytest.fixture
def pair():
    return Pair()


@pytest.fixture
def told(pair):
    full(pair)
    pair.round()
    return pair


def everything(pair):
    return {code: pair.told(code) for code in ASKED}, pair.logged(TOP_UPS), pair.logged(PAYMENTS)


@pytest.mark.runtime
@pytest.mark.parametrize("runtime", RUNTIMES)
def test_on_every_runtime_the_same_is_asked_taken_and_told(runtime):
    check_golden(runtime, WORKLOAD)


def test_the_proxy_tells_what_it_was_told(told):
    for code in ASKED:
        assert told.told(code) == told.told(code, of_meter=True)
    assert told.proxy.refused == 0


def test_little_is_asked_where_nothing_is_new(told):
    assert sorted(told.asked) == sorted(ONCE + OF_TARIFF + OF_CREDIT)
    before = dict(told.bench.memory.files)
    told.round()
    assert sorted(told.asked) == sorted([*ONCE, "GetSeasons", "GetSeasons"])
    # Nor is anything written.
    assert told.bench.memory.files == before


def test_a_calendar_is_asked_for_whole_once_a_day_and_where_its_numbers_are_others(told):
    # Published anew, with the numbers that it had.
    other = {**TARIFF, "days": [[(0, 3)], [(0, 2)], [(0, 1)]]}
    told.execute("Set Tariff", tariff=other)
    told.round()
    assert told.asked.count("GetDayProfiles") == 0
    told.round(NOW_S + DAY_S)
    assert told.asked.count("GetDayProfiles") == 4 + 3
    assert told.data.tariff_switching_table == told.meter.data.tariff_switching_table
    told.execute("Set Tariff", tariff={**TARIFF, "issued": [7, 10]})
    told.round(NOW_S + DAY_S)
    assert told.asked.count("GetDayProfiles") == 4
    assert told.data.tariff_switching_table == told.meter.data.tariff_switching_table


def test_questions_of_a_kind_do_not_follow_on_each_other_but_for_numbered_parts(told):
    for first, second in zip(told.asked, told.asked[1:], strict=False):
        assert first != second or first.endswith("Profiles")


def test_of_a_log_that_is_alone_written_which_is_new(told):
    log = told.proxy.logbook.named(TOP_UPS)
    written = log.next_number()
    told.log(TOP_UPS, top_up(7))
    told.round()
    assert told.logged(TOP_UPS) == [*map(top_up, (0, 1, 2, 7))]
    assert log.next_number() == written + 1
    # The oldest give way in both.
    told.log(TOP_UPS, top_up(8), top_up(9))
    told.round()
    assert told.logged(TOP_UPS) == [*map(top_up, (1, 2, 7, 8, 9))]
    assert log.next_number() == written + 3


def test_the_log_of_another_meter_takes_the_place_of_all_entries(told):
    def answer(question):
        if question[1] == "GetTopUpLog":
            return {"topUpPayload": [{"topUpTime": 5, "topUpAmount": -6, "topUpCode": b""}]}
        return told.answer(question)

    told.round(answer=answer)
    assert told.logged(TOP_UPS) == [(5, -6, bytes(10))]
    assert told.logged(PAYMENTS) == [*map(payment, range(10))]


def test_what_the_meter_has_no_more_is_no_more(told):
    told.round(answer=lambda question: {})
    nothing = Pair()
    assert everything(told) == everything(nothing)
    assert told.data.tariff_switching_table == nothing.data.tariff_switching_table


def test_what_is_not_told_stays(told):
    before = everything(told)
    told.round(answer=lambda question: None)
    assert sorted(told.asked) == sorted([*ONCE, "GetSeasons", "GetSeasons"])
    assert everything(told) == before


def points(*rows):
    return [
        {"startTime": minute, "activePriceTierOrFriendlyCreditEnable": tier}
        for minute, tier in rows
    ]


def paid(count, debt=2):
    row = {"collectionTime": 1, "amountCollected": 2, "debtType": debt, "outstandingDebt": 3}
    return {"debtPayload": [row] * count}


def topped_up(count, code=b"12345678901234567890"):
    return {"topUpPayload": [{"topUpTime": 1, "topUpAmount": 2, "topUpCode": code}] * count}


# What answers, in the place of the meter, and what of it is wrong.
WRONG = [
    ("GetCurrentPrice", {"price": 1 << 31}),
    ("GetCurrentPrice", {"currency": 999}),
    ("GetCurrentPrice", {"unitOfMeasure": 0}),
    ("GetCurrentPrice", {"priceTrailingDigitAndPriceTier": 0x41}),
    ("GetCurrentPrice", {"priceTrailingDigitAndPriceTier": 0x55}),
    ("GetBillingPeriod", {"billingPeriodDuration": 2}),
    ("GetBillingPeriod", {"billingPeriodDurationType": 0}),
    ("GetTopUpLog", topped_up(6)),
    ("GetTopUpLog", topped_up(1, b"1234567890123456789")),
    ("GetTopUpLog", topped_up(1, b"1234567890123456789x")),
    ("GetDebtRepaymentLog", paid(11)),
    ("GetDebtRepaymentLog", paid(1, debt=0)),
    ("GetSeasons", {"seasonEntries": []}),
    ("GetSeasons", {"seasonEntries": [{"seasonStartDate": 0xFF20_02FF, "weekIdRef": 1}]}),
    ("GetSeasons", {"seasonEntries": [{"seasonStartDate": 0xFF01_02FF, "weekIdRef": 3}]}),
    ("GetSeasons", {"seasonEntries": [{"seasonStartDate": 0xFF01_02FF, "weekIdRef": 1}] * 4}),
    ("GetWeekProfiles", {"dayIdRefSunday": 4}),
    ("GetWeekProfiles", {"weekId": 5}),
    ("GetWeekProfiles", {"issuerCalendarId": 99}),
    ("GetDayProfiles", {"dayId": 2}),
    ("GetDayProfiles", {"dayScheduleEntries": points((0, 6))}),
    ("GetDayProfiles", {"dayScheduleEntries": points((2_000, 1))}),
    ("GetDayProfiles", {"totalNumberOfScheduleEntries": 9}),
    ("GetSpecialDays", {"totalNumberOfSpecialDays": 19}),
    ("GetSpecialDays", {"issuerEventId": 99}),
]


@pytest.mark.parametrize(("command", "wrong"), WRONG)
def test_what_is_out_of_bounds_is_refused_and_changes_nothing(told, command, wrong):
    before = everything(told), told.bench.state_digest()

    def answer(question):
        right = told.answer(question)
        # Where a calendar is not given, there is nothing to be wrong.
        return {**right, **wrong} if question[1] == command and right else right

    told.round(NOW_S + DAY_S, answer)
    # A calendar's part is that of both calendars.
    calendars = 1 if command == "GetSpecialDays" else 2
    expected = 1 if command in ONCE else calendars
    assert told.proxy.refused == expected
    assert (everything(told), told.bench.state_digest()) == before


def test_what_asks_is_in_memory_during_a_contact_alone(told):
    questions = told.proxy.questions(NOW_S)
    questions.send(None)
    assert "protometer.roles.gas_told" in sys.modules
    told.proxy.keep_told(None, NOW_S)
    assert "protometer.roles.gas_told" not in sys.modules
    told.round(NOW_S + DAY_S)
    assert "protometer.roles.gbz_calendar" not in sys.modules


def test_a_log_that_can_not_be_written_is_tried_again(pair):
    full(pair)
    pair.bench.memory.broken = True
    pair.round()
    pair.bench.memory.broken = False
    assert pair.logged(TOP_UPS) == []
    pair.round()
    assert pair.logged(TOP_UPS) == [*map(top_up, range(3))]


class OwnNetwork:
    is_commissioned = is_interop = False

    def __init__(self, **how):
        self.__dict__.update(how)
        self.network = self


def test_the_proxy_may_only_ask_and_strangers_are_no_proxy(pair):
    asked = {
        (cluster, command)
        for cluster in range(0x0700, 0x070A)
        for command in range(0x20)
        if handler(pair.meter, OwnNetwork(), cluster, command)
    }
    prices, prepayment = {(0x0700, 0x00), (0x0700, 0x0B)}, {(0x0705, 0x08), (0x0705, 0x0A)}
    assert asked == prices | prepayment | {(0x0707, part) for part in range(1, 5)}
    for how in ("is_commissioned", "is_interop"):
        assert handler(pair.meter, OwnNetwork(**{how: True}), 0x0705, 0x08) is None


# On the air.


def read(device, letter, code, now_s):
    """What a device answers to all that a use case reads, in hex."""
    commands, _ = live_gbz.asked(_Asked(letter), code, 0)
    execution = Execution(use_case.find(code), originators.SUPPLIER, 1, now_s)
    execution.protect = lambda plaintext: plaintext
    server = GbzServer(device)
    return finish(carried_out(device, server, execution, encoded(commands))).hex()


class _Asked:
    """Of a LiveDevice what a question needs."""

    def __init__(self, letter):
        self.letter = letter


class Home(HomeNetwork):
    """A hub whose proxy remote parties address, and a gas meter; `proxy`: its function."""

    def __init__(self, monkeypatch):
        self.files = RamFiles()
        real = gas_proxy.GasProxy

        def make(stack):
            self.proxy = GasProxyFunction(self.files, self.files, stack._scheduler.clock)
            return real(stack, self.proxy)

        monkeypatch.setattr(gas_proxy, "GasProxy", make)
        super().__init__(NEW_YEAR_S, loss=0.02)
        self.on(HUB)
        self.run(3)
        self.hub = self.devices[HUB].role
        self.hub.permit(0xFF)
        self.on(GAS)
        self.gas = self.devices[GAS].role
        # A gas meter's identifier is its address.
        self.gas.data.gsme_identifier = self.stack(GAS).network.extended_address[::-1]
        self.until(lambda: self.hub.gas.complete_s is not None, 2_400)

    def until(self, condition, seconds):
        for _ in range(seconds):
            if condition():
                return
            self.run(1)
        raise AssertionError(f"not in {seconds} s")

    def execute(self, command, **arguments):
        self.gas.execute(command, arguments, originators.SUPPLIER, self.clock.utc_s())

    def contact(self):
        """Have the meter speak to the hub; return how many frames it sent until all was told."""
        sent = frame_counts(self.stack(GAS))["sent"]
        before = self.hub.gas.complete_s
        self.gas.contact.check(self.clock.utc_s())
        self.until(lambda: self.hub.gas.complete_s != before, 60)
        return frame_counts(self.stack(GAS))["sent"] - sent

    def log(self, name, *entries):
        for entry in entries:
            self.gas.logbook.named(name).append(*entry)
        self.gas.commit()

    def check(self):
        """Both answer the same, and nothing has failed."""
        self.run(60 - self.clock.utc_s() % 60)
        now_s = self.clock.utc_s()
        for code in OF_BOTH:
            of_proxy = read(self.proxy, "F", code, now_s)
            assert of_proxy == read(self.gas, "G", code, now_s), hex(code)
        assert self.proxy.refused == 0
        assert self.failures() == []


@pytest.fixture
def home(monkeypatch):
    return Home(monkeypatch)


@pytest.mark.req("GSME-HIC-01")
def test_on_the_air_the_proxy_comes_to_tell_what_the_gas_meter_would(home):
    home.check()
    home.execute("Set Tariff", tariff=TARIFF)
    home.execute("Set Non-Disablement Calendar", calendar=CREDIT)
    home.execute("Set Billing Calendar", start_s=NEW_YEAR_S + 5, period=4)
    home.log(TOP_UPS, *map(top_up, range(7)))
    home.log(PAYMENTS, *map(payment, range(12)))
    longest = home.contact()
    home.check()
    # Of a top-up without a UTRN there is no code.
    home.log(TOP_UPS, (NOW_S + 99, 5, bytes(10)))
    assert home.contact() < longest - 10
    home.check()
    blocks = {"block_prices": [1, 2, 3, 4], "block_thresholds": [1_000, 2_000], "issued": [7, 9]}
    home.execute("Set Tariff", tariff={**TARIFF, **blocks})
    home.execute("Set Billing Calendar", start_s=0, period=0)
    home.contact()
    home.check()


def test_what_was_told_outlives_the_hub(home):
    home.execute("Set Tariff", tariff=TARIFF)
    home.log(TOP_UPS, *map(top_up, range(7)))
    home.log(PAYMENTS, *map(payment, range(12)))
    home.contact()
    again = GasProxyFunction(home.files, home.files, VirtualClock(NEW_YEAR_S, lambda: 0))
    for code in LOGS:
        now_s = home.clock.utc_s()
        assert read(again, "F", code, now_s) == read(home.gas, "G", code, now_s)
    assert again.data.tariff_switching_table == home.gas.data.tariff_switching_table
    assert again.data.gsme_identifier == home.gas.data.gsme_identifier


def test_a_meter_that_falls_silent_amid_its_answers_is_asked_anew(home):
    home.log(TOP_UPS, *map(top_up, range(3)))
    home.log(PAYMENTS, *map(payment, range(3)))
    before = home.hub.gas.complete_s
    home.gas.contact.check(home.clock.utc_s())
    log = home.proxy.logbook.named(TOP_UPS)
    while not len(log):
        home.run(0.005)
    home.off(GAS)
    home.run(60)
    assert home.hub.gas.complete_s == before
    again = GasProxyFunction(home.files, home.files, VirtualClock(NEW_YEAR_S, lambda: 0))
    assert len(again.logbook.named(TOP_UPS)) == 3
    assert len(again.logbook.named(PAYMENTS)) == 0
    home.on(GAS)
    home.until(lambda: home.hub.gas.complete_s != before, 2_400)
    assert len(home.proxy.logbook.named(PAYMENTS)) == 3

"""Two meters from the works, and a head-end: what is read equals what was metered and commanded.

Nothing is set from outside: every figure comes of energy that flowed and of messages that are
signed, authenticated and answered.
"""

import pytest

from host_tools.node.cosem_requests import item, protected
from protometer.gbcs.date_time import date_time
from protometer.han.attributes import version_octets
from protometer.model.calendar import DAY_S
from protometer.model.enumerations import (
    ARMED,
    DISABLED,
    ENABLED,
    LOCKED,
    PREPAYMENT_MODE,
    UNCHANGED,
)
from protometer.records.event_settings import SUPPLIER_EVENTS_OF_GAS, bits_of
from protometer.roles.cosem_prepayment import _configuration
from tests.gbcs.message_stand import STEP_S, ElectricityMeter, GasMeter
from tests.roles.gbz_messages import (
    calendar,
    debt,
    flow,
    information,
    matrix,
    prepayment,
    snapshots,
    thresholds,
)
from tests.roles.gbz_stand import (
    BASIC,
    CALENDAR,
    EVENTS,
    MANAGEMENT,
    METERING,
    PREPAYMENT,
    PRICE,
    ask,
    publish,
    read,
)

AT_ONCE = bytes(9) + b"\x80\x00\xff"
NEVER_S = 0xFFFF_FFFF
ALL = (0, NEVER_S)
LATER_S = 600_000_000
FEBRUARY_S = 476_064_000
HOUR_S = 3_600
SCRIPTS = bytes((0, 0, 10, 0, 100, 255))
RATES_MP = (12_000, 20_000)
STANDING_MP = 20
TOP_UP_MP = 1_234_000
MODE = "111 0-1:19.0.0.255 "
SUPPLY = "9 0-0:10.0.106.255 a1"
FIRST, SECOND, PAYMENT = [f"113 0-0:19.20.{number}.255 " for number in (1, 2, 3)]
TIME_DEBTS_MP, PAYMENT_DEBT_MP, RATE_MP = (700_000, 50_000), 900_000, 500


def charge(amount, scale=-5):
    return (0, scale), (0, bytes(6), 0), [(b"", amount)]


def tariff_items():
    """A tariff of two rates, the second from 7 o'clock on, and of blocks from 12 on."""
    day = [(bytes(4), SCRIPTS, 1), (b"\7\0\0\0", SCRIPTS, 2), (b"\x0c\0\0\0", SCRIPTS, 101)]
    prices = [(bytes((rate,)), rate) for rate in range(1, 49)]
    prices[:2] = [(b"\1", RATES_MP[0]), (b"\2", RATES_MP[1])]
    prices += [(bytes((0xA1 + 16 * block + rate,)), 1) for block in range(4) for rate in range(8)]
    every_year = b"\xff\xff\1\1\xff\0\0\0\0\x80\0\xff"
    items = [
        item("20 0-0:13.0.0.255 s7", [(b"a", every_year, b"1")]),
        item("20 0-0:13.0.0.255 s8", [[b"1"] + [1] * 7]),
        item("20 0-0:13.0.0.255 s9", [(1, day)]),
        item("11 0-1:11.0.0.255 s2", []),
    ]
    items += [item(f"21 0-0:16.1.{row}.255 s2", [1000 * row, 2000 * row]) for row in range(11, 19)]
    items += [
        item("9000 0-0:94.44.2.0 s4", True),
        item("113 0-0:19.20.4.255 s6", charge(STANDING_MP)),
        item("113 0-0:19.20.0.255 s6", ((3, -5), (3, b"\1\0\1\x08\0\xff", 2), prices)),
    ]
    at_once = (
        "20 0-0:13.0.0.255 s10",
        "9000 0-0:94.44.128.29 s6",
        "9000 0-0:94.44.2.0 s6",
        "113 0-0:19.20.4.255 s7",
        "113 0-0:19.20.0.255 s7",
        "9000 0-0:63.1.1.255 s6",
    )
    return items + [item(key, AT_ONCE) for key in at_once]


def prepay_items():
    return [
        item(MODE + "s2", (2, 1)),
        item("9000 0-0:94.44.128.22 s4", 0),
        item(MODE + "s11", _configuration(PREPAYMENT_MODE, False, True, False)),
        item("9000 0-0:94.44.128.22 s6", AT_ONCE),
        item(MODE + "s13", AT_ONCE),
    ]


def debt_items():
    return [
        item(FIRST + "s6", charge(RATE_MP)),
        item(SECOND + "s6", charge(0)),
        item(PAYMENT + "s13", 1_000),
        item(FIRST + "s8", HOUR_S),
        item(SECOND + "s8", DAY_S),
        item(FIRST + "a2", 0),
        item(SECOND + "a2", 0),
        item(PAYMENT + "a4", PAYMENT_DEBT_MP),
        item(FIRST + "a4", TIME_DEBTS_MP[0]),
        item(SECOND + "a4", TIME_DEBTS_MP[1]),
    ]


def sealed(number, *names, since=None, until=None):
    return item(*protected(f"30 0-0:43.2.{number}.255 a1", names, since, until))


def configure(meter):
    """Write what can be written: each of these use cases is read back."""
    now = [(name, AT_ONCE) for name in ("0.3", "128.7", "128.6", "128.8")]
    limits = [("0.3", True), ("128.7", 6900), ("128.6", 300), ("128.8", 30)]
    sets = [item(f"9000 0-0:94.44.{name} s4", value) for name, value in limits]
    meter.done(0x0043, *sets, *[item(f"9000 0-0:94.44.{name} s6", at) for name, at in now])
    levels = [(1, 280, 40), (2, 190, 41), (3, 215, 42), (4, 255, 43)]
    volts = [item(f"71 0-0:17.0.{one}.255 s4", value) for one, value, _ in levels]
    volts += [item(f"71 0-0:17.0.{one}.255 s6", period) for one, _, period in levels]
    volts += [item("1 1-0:32.35.0.4 s2", 250), item("1 1-0:32.31.0.4 s2", 210)]
    meter.done(0x0045, *volts, item("7 1-0:32.24.0.255 s4", 1800))
    meter.done(0x0047, item("21 0-0:16.0.0.255 s2", [1_000, 3_000]))
    meter.done(0x004B, item("1 0-0:94.44.0.1 s2", 600))
    meter.done(0x004C, item("1 0-0:94.44.34.11 s2", b"1234567890123"))
    meter.done(0x004D, item("1 1-0:0.0.2.255 s2", b"3210987654321"))
    dates = [(bytes(4), bytes((255, 255, 255, 2, 255)))]
    meter.done(0x00D7, item("22 0-0:15.0.0.255 s4", dates))
    mask = bytes(24) + bits_of((0x810D, 0x8154))[-8:]
    meter.done(0x00EB, item("1 0-30:97.98.13.255 s2", (512, mask + mask)))
    meter.done(0x00ED, item("1 0-33:97.98.14.255 s2", (512, bytes(31) + b"\x44" + bytes(32))))
    cap = "9000 0-0:94.44.128.12 "
    meter.done(0x00DE, item(cap + "s4", 50_000), item(cap + "s6", AT_ONCE))
    meter.done(0x0025, item("9000 0-0:96.13.1.255 s2", b"Supplier"))


@pytest.fixture(scope="module")
def electricity(keystore, head_end):
    """An electricity meter that has been through all of the story."""
    meter = ElectricityMeter(keystore, head_end)
    configure(meter)
    meter.done(0x0019, *tariff_items())
    # Rates are switched as late as the randomised offset says.
    meter.run(HOUR_S)
    meter.run(8 * HOUR_S, import_mwh=3_000_000, export_mwh=700_000, reactive_import_mvarh=90_000)
    meter.run(HOUR_S, import_mwh=2_000_000, reactive_export_mvarh=40_000)
    meter.credit_mp = meter.do(0x0069, item("112 0-0:19.10.0.255 g2"))
    meter.done(0x001B, *prepay_items())
    meter.digits = meter.utrn(77, TOP_UP_MP // 1000).encode()
    meter.done(0x0007, item("115 0-0:19.40.0.255 a1", meter.digits))
    meter.topped_up_mp = meter.data.meter_balance_mp
    meter.done(0x001E, *debt_items())
    meter.done(0x0007, item("115 0-0:19.40.0.255 a1", meter.utrn(78, 500).encode()))
    meter.run(3 * HOUR_S)
    meter.run(15 * HOUR_S, import_mwh=1_000_000)
    meter.states = []
    for code, script in ((0x0050, 52), (0x0051, 54), (0x004F, 51)):
        meter.done(code, item(SUPPLY, script))
        meter.states += meter.do(0x0052, item("70 0-0:96.3.10.255 g3"))
    meter.run(40 * DAY_S, import_mwh=250_000, export_mwh=300_000)
    # A minute of too much voltage, and a message that is none.
    meter.bench.front_end.power_w = 1_500
    for voltage_mv, seconds in ((290_000, 60), (230_000, 3 * STEP_S)):
        meter.bench.front_end.voltages_mv = [voltage_mv] * 3
        for _ in range(seconds):
            meter.run(1)
    assert meter.bench.handle(b"\xdd").reason == "format"
    return meter


def test_electricity_is_priced_topped_up_and_switched(electricity):
    # 3 kWh of the first rate, 2 of the second, no whole day.
    owed_mp = 3 * RATES_MP[0] + 2 * RATES_MP[1]
    assert electricity.credit_mp == [-owed_mp]
    assert electricity.topped_up_mp == TOP_UP_MP - owed_mp
    assert electricity.states == [DISABLED, ARMED, ENABLED]
    credits = electricity.do(0x00C9, item("7 0-0:98.1.5.255 r2", ALL))[0]
    assert [amount for _, amount in credits] == [TOP_UP_MP, 500_000]
    # A tenth of what came in after the debts.
    payments = electricity.do(0x002E, item("7 0-0:98.1.4.255 r2", ALL))[0]
    assert [amount for _, amount in payments] == [50_000]
    again = electricity.do(0x0007, item("115 0-0:19.40.0.255 a1", electricity.digits))
    assert electricity.outcome.failed
    assert again == []


def stamped(entries):
    return [entry[:2] for entry in entries]


def first_wh(reading):
    """Return the first register of a reading: kWh, then the rest in Wh."""
    return int.from_bytes(reading[:4], "little") * 1000 + int.from_bytes(reading[4:6], "little")


def each(values, unit=None):
    """Values with what goes behind each."""
    return [[value, *([] if unit is None else [[0, unit]])] for value in values]


def data_of(names):
    return lambda meter: [getattr(meter.data, name) for name in names.split()]


def log_of(name, until=None):
    return lambda meter: [entry[:until] for entry in meter.log(name)]


# Use case: message code, what is asked, what the meter holds of it; with a fourth: what of the
# answer is compared.
ELECTRICITY = {
    "ECS17a": (
        0x0026,
        [item("3 1-0:2.8.0.255 g2"), item("3 1-0:4.8.0.255 g2")],
        lambda meter: meter.wh("active_export_register") + meter.wh("reactive_export_register"),
    ),
    "ECS17b": (
        0x0027,
        [sealed(8, "1 0-0:94.44.34.10 p2")],
        lambda m: (
            each(m.wh("active_import_register"), 30) + each(m.wh("reactive_import_register"), 32)
        ),
    ),
    "ECS17c": (
        0x0028,
        [item("1 0-0:94.44.34.20 g2")],
        lambda m: [m.data.active_power_import_w, 0, 27, m.data.active_power_import_w],
    ),
    "ECS17d": (0x0029, [sealed(9, "1 0-0:94.44.34.1 p2")], lambda m: m.wh("tariff_tou_registers")),
    "ECS17e": (
        0x002A,
        [sealed(10, "1 0-0:94.44.34.2 p2")],
        lambda m: m.wh("tariff_block_registers") + m.wh("tariff_block_counters"),
    ),
    "ECS18a": (0x002B, [item("4 1-0:2.6.0.255 g2")], lambda m: [m.data.maximum_demand_w[2]]),
    "ECS18b": (
        0x002C,
        [item("4 1-0:1.6.0.255 g2"), item("4 1-0:1.6.0.255 g5")],
        lambda m: [m.data.maximum_demand_w[0], date_time(m.data.maximum_demand_at_s[0])],
    ),
    "ECS19": (
        0x002D,
        [sealed(1, "1 0-0:94.44.34.30 p2")],
        data_of(
            "meter_balance_mp emergency_credit_balance_mp accumulated_debt_mp time_debt_1_mp "
            "time_debt_2_mp payment_debt_mp"
        ),
    ),
    "ECS20a": (
        0x002E,
        [item("7 0-0:98.1.4.255 r2", ALL)],
        log_of("Billing Data Log Payment Based Debt Payments"),
    ),
    "ECS20b": (
        0x002F,
        [sealed(3, "7 0-0:98.1.2.255 p2", since=0, until=LATER_S)],
        lambda m: [
            (entry[0], first_wh(entry[1]))
            for entry in m.log("Billing Data Log Mode Or Tariff Change")
        ],
        stamped,
    ),
    "ECS20c": (
        0x0030,
        [sealed(2, "7 0-0:98.1.0.255 p2", "7 0-0:98.1.1.255 p2", since=0, until=LATER_S)],
        log_of("Billing Data Log Billing Calendar Balances"),
        lambda rows: rows,
        1,
    ),
    "ECS20d": (
        0x00C9,
        [item("7 0-0:98.1.5.255 r2", ALL)],
        log_of("Billing Data Log Prepayment Credits"),
    ),
    "ECS21a": (
        0x0033,
        [sealed(5, "7 0-0:98.1.9.255 p2", since=FEBRUARY_S, until=LATER_S)],
        lambda m: [
            (entry[0], first_wh(entry[1]))
            for entry in m.log("Daily Read Log")
            if entry[0] >= FEBRUARY_S
        ],
        stamped,
    ),
    "ECS21b": (
        0x0034,
        [sealed(6, "7 0-0:98.1.8.255 p2", since=0, until=LATER_S)],
        log_of("Prepayment Daily Read Log"),
    ),
    "ECS21c": (
        0x0035,
        [item("7 0-0:98.1.10.255 r2", ALL)],
        lambda m: [(at, kwh * 1000 + wh) for at, kwh, wh in m.log("Daily Read Log Export")],
    ),
    "ECS22a": (
        0x0036,
        [item("7 0-0:99.1.1.255 r2", (473_385_600, 473_400_000))],
        lambda m: [
            (at, wh, m.log("Profile Data Log Reactive Export")[place][1])
            for place, (at, wh) in enumerate(m.log("Profile Data Log Active Export"))
            if at <= 473_400_000
        ],
    ),
    "ECS22b": (
        0x0037,
        [sealed(7, "7 0-0:99.1.0.255 p2", since=473_385_600, until=473_472_000)],
        lambda m: [e for e in m.log("Profile Data Log Active Import") if e[0] <= 473_472_000],
    ),
    "ECS22c": (
        0x0038,
        [item("7 0-0:99.1.2.255 r2", (473_385_600, 473_400_000))],
        lambda m: [e for e in m.log("Profile Data Log Reactive Import") if e[0] <= 473_400_000],
    ),
    "ECS23": (
        0x0039,
        [
            item("7 1-0:32.24.0.255 g4"),
            item("3 1-0:32.32.0.4 g2"),
            item("7 1-0:32.24.0.255 r2", ALL),
        ],
        lambda m: [
            1800,
            m.data.average_under_voltage_count[0],
            m.log("Average RMS Voltage Profile Data Log"),
        ],
    ),
    "ECS24": (
        0x003A,
        [
            item("20 0-0:13.0.0.255 g3"),
            item("20 0-0:13.0.0.255 g5"),
            item("21 0-0:16.0.12.255 g2"),
            item("113 0-0:19.20.4.255 g5"),
            item("3 0-0:94.44.1.7 g2"),
        ],
        lambda m: [
            [b"a", b"\xff\xff\1\1\xff\0\0\0\0\x80\0\xff", b"1"],
            [
                1,
                [[bytes(4), SCRIPTS, 1], [b"\7\0\0\0", SCRIPTS, 2], [b"\x0c\0\0\0", SCRIPTS, 101]],
            ],
            [12_000, 24_000, NEVER_S],
            charge(STANDING_MP),
            m.data.active_tariff_price_mp,
        ],
    ),
    "ECS26a": (
        0x003B,
        [
            item(FIRST + "g5"),
            item(FIRST + "g8"),
            item(PAYMENT + "g13"),
            item("21 0-0:16.0.1.255 g2"),
            item("111 0-0:19.0.0.255 g11"),
        ],
        lambda m: [
            charge(RATE_MP),
            HOUR_S,
            m.data.debt_recovery_per_payment,
            m.data.disablement_threshold_mp,
            _configuration(PREPAYMENT_MODE, False, True, False),
        ],
    ),
    "ECS26b": (
        0x003C,
        [item(f"71 0-0:17.0.{one}.255 g{at}") for one in (1, 2, 3, 4) for at in (4, 6)],
        data_of(
            "extreme_over_voltage_v extreme_over_voltage_period_s extreme_under_voltage_v "
            "extreme_under_voltage_period_s voltage_sag_v voltage_sag_period_s voltage_swell_v "
            "voltage_swell_period_s"
        ),
    ),
    "ECS26c": (
        0x003D,
        [item(f"1 0-0:94.44.0.{one} g2") for one in (0, 2, 1)],
        data_of("randomised_offset_s randomised_offset_number randomised_offset_limit_s"),
    ),
    "ECS26d": (
        0x003E,
        [item("22 0-0:15.0.0.255 g4")],
        lambda m: [bytes(4), bytes((255, 255, 255, 2, 255))],
    ),
    "ECS26e": (
        0x003F,
        [item("1 0-0:96.1.1.255 g2"), item("1 0-0:94.44.0.4 g2")],
        lambda m: [m.identifier, m.data.supply_tamper_state],
    ),
    "ECS26f": (
        0x0040,
        [item("21 0-0:16.0.0.255 g2")],
        data_of("low_medium_power_threshold_w medium_high_power_threshold_w"),
    ),
    "ECS26j": (0x00BE, [item("111 0-0:19.0.0.255 g2")], lambda m: [m.data.payment_mode + 1, 2]),
    "ECS26k": (
        0x00C6,
        [item("1 1-0:32.35.0.4 g2"), item("1 1-0:32.31.0.4 g2")],
        lambda m: [m.data.average_over_voltage_v[0], m.data.average_under_voltage_v[0]],
    ),
    "ECS26l": (
        0x00D9,
        [item("22 0-0:15.0.0.255 g4")],
        lambda m: [bytes(4), bytes((255, 255, 255, 2, 255))],
    ),
    "ECS26m": (
        0x00F9,
        [item("1 0-0:96.1.4.255 g2"), item("1 0-0:94.44.0.4 g2")],
        lambda m: [m.data.model_type.encode(), m.data.supply_tamper_state],
    ),
    "ECS27": (
        0x0042,
        [item("9000 0-0:94.44.0.3 g2")]
        + [item(f"71 0-0:17.0.0.255 g{at}") for at in (4, 6, 7)]
        + [item("3 0-0:94.44.42.255 g2")],
        data_of(
            "load_limit_supply_state load_limit_power_threshold_w load_limit_period_s "
            "load_limit_restoration_period_s load_limit_counter"
        ),
    ),
    "ECS35a": (
        0x0048,
        [item("7 0-0:99.98.0.255 r2", ALL)],
        lambda m: [(e[0], e[1], e[2].to_bytes(8, "big")) for e in m.log("Event Log")],
    ),
    "ECS35b": (0x0049, [item("7 0-0:99.98.1.255 r2", ALL)], log_of("Security Log")),
    "ECS35e": (0x00B9, [item("7 0-0:99.98.4.255 r2", ALL)], log_of("Power Event Log")),
    "ECS40": (
        0x004E,
        [item("1 0-0:94.44.34.11 g2"), item("1 1-0:0.0.2.255 g2")],
        lambda m: [m.data.mpan_import_primary.encode(), m.data.mpan_export.encode()],
    ),
    "ECS45": (0x0052, [item("70 0-0:96.3.10.255 g3")], data_of("supply_state")),
    "ECS52": (
        0x0059,
        [item("1 0-0:0.2.1.255 g2")],
        lambda m: [version_octets(m.data.firmware_version)],
    ),
    "ECS66": (
        0x0060,
        [sealed(4, "7 0-0:99.1.3.255 p2", since=0, until=LATER_S)],
        log_of("Daily Consumption Log"),
    ),
    "ECS82": (0x0069, [item("112 0-0:19.10.0.255 g2")], data_of("meter_balance_mp")),
    "ECS25r1": (
        0x00EE,
        [item("1 0-30:97.98.17.255 g2")],
        lambda m: [256, bytes(reversed(m.data.event_alarms))],
    ),
    "ECS25r2": (
        0x00EF,
        [item("1 0-33:97.98.18.255 g2")],
        lambda m: [256, bytes(reversed(m.data.event_logging_network_operator))],
    ),
}


def flat(value):
    """Return what is in lists and tuples, one after the other."""
    if isinstance(value, list | tuple):
        return [one for part in value for one in flat(part)]
    return [value]


@pytest.mark.parametrize("name", ELECTRICITY)
def test_what_is_read_of_electricity_is_what_the_meter_holds(electricity, name):
    code, items, held, *more = ELECTRICITY[name]
    expected = held(electricity)
    answers = electricity.do(code, *items)
    assert not electricity.outcome.failed
    if more:
        answers = more[0](answers[more[1] if len(more) > 1 else 0])
    assert flat(answers) == flat(expected)
    assert flat(expected)


FACTORS = (
    publish(
        PRICE,
        "PublishConversionFactor",
        {
            "issuerEventId": 1,
            "startTime": 0,
            "conversionFactor": 100_000,
            "conversionFactorTrailingDigit": 0x50,
        },
    ),
    publish(
        PRICE,
        "PublishCalorificValue",
        {
            "issuerEventId": 1,
            "startTime": 0,
            "calorificValue": 360,
            "calorificValueUnit": 1,
            "calorificValueTrailingDigit": 0x10,
        },
    ),
)
GAS_RATES_MP, GAS_BLOCKS_MP = (2_000, 3_000), (500, 900)
BILLING_S = 473_644_800
# As the ZCL numbers the states.
TAMPER = {LOCKED: 0, UNCHANGED: 3}
SUPPLY_STATUS = {DISABLED: 0, ARMED: 1, ENABLED: 2}


def payment_mode(configuration, cut_off=0):
    values = {"implementationDateTime": 0, "cutOffValue": cut_off}
    values["proposedPaymentControlConfiguration"] = configuration
    return ask(PREPAYMENT, "ChangePaymentMode", values)


def top_up(meter, number, pence):
    digits = meter.utrn(number, pence)
    meter.digits.append(digits)
    values = {"originatingDevice": 0, "topUpCode": digits.encode()}
    return ask(PREPAYMENT, "ConsumerTopUp", values)


def change_supply(state):
    values = {"requestDateTime": 0, "implementationDateTime": 0, "supplyControlBits": 1}
    return ask(METERING, "ChangeSupply", {**values, "proposedSupplyStatus": state})


def billing_calendar():
    """Every day from a date on, and blocks as well."""
    both = []
    for name, prefix, more in (
        ("PublishBillingPeriod", "billingPeriod", {}),
        (
            "PublishBlockPeriod",
            "blockPeriod",
            {"blockPeriodControl": 2, "tariffResolutionPeriod": 1},
        ),
    ):
        values = {"StartTime": BILLING_S, "Duration": 1, "DurationType": 0x21}
        values = {prefix + field: value for field, value in values.items()}
        both.append(publish(PRICE, name, {"issuerEventId": 9, "tariffType": 0, **values, **more}))
    return both


@pytest.fixture(scope="module")
def gas(keystore, head_end):
    """A gas meter that has been through all of the story."""
    meter = GasMeter(keystore, head_end)
    meter.digits = []
    meter.done(0x007C, *FACTORS)
    states = {"supplyTamperState": 0, "supplyDepletionState": 3, "supplyUncontrolledFlowState": 0}
    status = ask(METERING, "SetSupplyStatus", {**states, "loadLimitSupplyState": 3})
    meter.done(0x00FC, flow(360, 10_000), status)
    meter.done(0x0087, publish(MANAGEMENT, "UpdateSiteId", {"siteIdTime": 0, "siteId": b"12345"}))
    meter.done(0x00D8, *billing_calendar())
    sampling = {"issuerEventId": 1, "startSamplingTime": 0, "sampleType": 0}
    sampling.update(sampleRequestInterval=360, maxNumberOfSamples=41)
    meter.done(0x006B, *calendar(0), information(), matrix(1, GAS_RATES_MP, 1))
    meter.run(HOUR_S, volume_ml=300_000)
    meter.credit = meter.do(0x008D, read(METERING, 0x0A00), read(PREPAYMENT, 1))
    meter.done(0x0080, ask(METERING, "StartSampling", sampling))
    meter.done(0x006F, *prepayment())
    meter.mode = meter.done(0x006D, payment_mode(0x0497))
    meter.credited = meter.done(0x0097, top_up(meter, 5, 600))
    meter.done(0x006E, debt(1, 5_000, 0, 40), debt(3, 700, 1, 30), debt(5, 90_000, 1, 0, 1_000))
    meter.done(0x0097, top_up(meter, 6, 10))
    for _ in range(4):
        meter.run(HOUR_S, volume_ml=20_000)
    meter.states = []
    for code, state in ((0x0081, 0), (0x0085, 1)):
        meter.done(code, change_supply(state))
        meter.states.append(meter.do(0x0082, read(METERING, 0x0014))[0][1][0x14])
    blocks = information(0x10, 1), thresholds(1_000), matrix(0, GAS_BLOCKS_MP, 0)
    meter.done(0x006B, *calendar(0), *blocks)
    meter.run(5 * DAY_S, volume_ml=50_000)
    # Counters of blocks begin anew with each billing period.
    meter.run(HOUR_S, volume_ml=130_000)
    assert meter.bench.handle(b"\xdd").reason == "format"
    return meter


def test_gas_is_priced_topped_up_and_switched(gas):
    # 300 litres of 10 Wh each; the first rate is that of the day.
    assert gas.credit[0] == ("attributes", {0x0A00: 3 * GAS_RATES_MP[0]})
    ((name, told),) = gas.credited
    assert (name, told["topUpValue"]) == ("ConsumerTopUpResponse", 600_000)
    assert told["creditRemaining"] == 600_000
    assert gas.states == [SUPPLY_STATUS[DISABLED], SUPPLY_STATUS[ARMED]]
    ((name, told),) = gas.do(0x00C5, GET_TOP_UPS)
    assert [row["topUpCode"].decode() for row in told["topUpPayload"]] == gas.digits[::-1]
    assert [row["topUpAmount"] for row in told["topUpPayload"]] == [10_000, 600_000]
    again = ask(PREPAYMENT, "ConsumerTopUp", {"originatingDevice": 0, "topUpCode": b"0" * 20})
    gas.do(0x0097, again)
    assert gas.outcome.failed


def attributes(*answers):
    """Return the attributes of answers, all in one."""
    found = {}
    for name, values in answers:
        assert name == "attributes"
        found.update(values)
    return found


def totals(answers):
    """Return (time, litres) of each snapshot."""
    return [
        (values["snapshotTime"], int.from_bytes(values["snapshotPayload"][:6], "little"))
        for name, values in answers
        if name == "PublishSnapshot"
    ]


def last_money(answers):
    """Return (time, Meter Balance) of each snapshot of money."""
    return [values["snapshotTime"] for name, values in answers if name == "PublishPrepaySnapshot"]


def log_litres(log):
    return lambda m: [(entry[0], first_litres(entry[1])) for entry in m.log(log)]


def first_litres(reading):
    return first_wh(reading)


def ask_calendar(number, kind):
    """Ask for all parts of a calendar."""
    of = {"issuerCalendarId": number}
    days = {"startTime": 0, "numberOfEvents": 0, "calendarType": kind}
    return [
        ask(CALENDAR, "GetDayProfiles", {**of, "startDayId": 1, "numberOfDays": 0}),
        ask(CALENDAR, "GetWeekProfiles", {**of, "startWeekId": 1, "numberOfWeeks": 0}),
        ask(CALENDAR, "GetSeasons", of),
        ask(CALENDAR, "GetSpecialDays", {**of, **days}),
    ]


def answered_days(answers):
    """Return the points of the first day profile that was told: minutes, and what begins."""
    rows = next(values for name, values in answers if name == "PublishDayProfile")
    return [tuple(row.values()) for row in rows["dayScheduleEntries"]]


GET_TOP_UPS = ask(PREPAYMENT, "GetTopUpLog", {"latestEndTime": LATER_S, "numberOfRecords": 5}, 0)
GET_PAYMENTS = ask(
    PREPAYMENT,
    "GetDebtRepaymentLog",
    {"latestEndTime": LATER_S, "numberOfDebts": 10, "debtType": 2},
    0,
)


def samples(number, count):
    values = {"sampleId": number, "earliestSampleTime": 0, "sampleType": 0}
    return ask(METERING, "GetSampledData", {**values, "numberOfSamples": count})


def events_of(log):
    values = {"eventControlLogId": log, "eventId": 0, "startTime": 0, "endTime": LATER_S}
    return ask(EVENTS, "GetEventLog", {**values, "numberOfEvents": 0, "eventOffset": 0})


def sampled(answers):
    return [amount for _, values in answers for amount in values["samples"]]


def listed(answers):
    return [
        (row["eventTime"], row["eventId"]) for _, values in answers for row in values["logPayload"]
    ]


# Use case: message code, what is asked, what the meter holds of it, how the answer is put.
GAS = {
    "GCS13a": (
        0x0074,
        [read(METERING, 0x0302, 0x0301, 0x0300, 0x0000)],
        lambda m: {0x302: 1000, 0x301: 1, 0x300: 1, 0: m.wh("consumption_register")[0]},
        lambda a: attributes(*a),
    ),
    "GCS13b": (
        0x00B8,
        [read(METERING, 0x0700, 0x0701)],
        lambda m: dict(zip((0x700, 0x701), m.wh("tariff_block_counters"), strict=False)),
        lambda a: attributes(*a),
    ),
    "GCS13c": (
        0x00B6,
        [read(METERING, 0x0100, 0x0102, 0x0104, 0x0106)],
        lambda m: dict(zip(range(0x100, 0x108, 2), m.wh("tariff_tou_registers"), strict=True)),
        lambda a: attributes(*a),
    ),
    "GCS14": (
        0x0075,
        [
            read(PRICE, 0x0617, 0x0616),
            read(PREPAYMENT, 0x05, 0x02, 0x01, 0x0231, 0x0211, 0x0221),
        ],
        lambda m: {
            0x0617: 0x50,
            0x0616: 826,
            0x0005: m.data.accumulated_debt_mp,
            0x0002: m.data.emergency_credit_balance_mp,
            0x0001: m.data.meter_balance_mp,
            0x0231: m.data.payment_debt_mp,
            0x0211: m.data.time_debt_1_mp,
            0x0221: m.data.time_debt_2_mp,
        },
        lambda a: attributes(*a),
    ),
    "GCS15c": (
        0x0076,
        snapshots("GetSnapshot", METERING, 2, 12)
        + snapshots("GetPrepaySnapshot", PREPAYMENT, 2, 12),
        log_litres("Billing Data Log Billing Calendar"),
        totals,
    ),
    "GCS15b": (
        0x00C3,
        snapshots("GetPrepaySnapshot", PREPAYMENT, 0x6008, 12)
        + snapshots("GetSnapshot", METERING, 0x6008, 12),
        log_litres("Billing Data Log Mode Or Tariff Change"),
        totals,
    ),
    "GCS15d": (
        0x00C4,
        [GET_PAYMENTS],
        lambda m: m.log("Billing Data Log Payment Based Debt Payments")[::-1],
        lambda a: [
            (row["collectionTime"], row["amountCollected"], row["outstandingDebt"])
            for row in a[0][1]["debtPayload"]
        ],
    ),
    "GCS15e": (
        0x00C5,
        [GET_TOP_UPS],
        lambda m: [entry[:2] for entry in m.log("Billing Data Log Prepayment Credits")[::-1]],
        lambda a: [(row["topUpTime"], row["topUpAmount"]) for row in a[0][1]["topUpPayload"]],
    ),
    "GCS16a": (
        0x0077,
        snapshots("GetSnapshot", METERING, 1, 31),
        log_litres("Daily Read Log"),
        totals,
    ),
    "GCS16b": (
        0x0096,
        snapshots("GetPrepaySnapshot", PREPAYMENT, 1, 31),
        lambda m: [entry[0] for entry in m.log("Prepayment Daily Read Log")],
        last_money,
    ),
    "GCS17": (
        0x0078,
        [samples(0, 50)],
        lambda m: [entry[1] for entry in m.log("Profile Data Log")[:50]],
        sampled,
    ),
    "GCS18": (
        0x0079,
        [samples(2, 41)],
        lambda m: [entry[1] for entry in m.log("Network Data Log")],
        sampled,
    ),
    "GCS20r": (
        0x00F1,
        [publish(MANAGEMENT, "GetEventConfiguration", {"eventId": 0x81FF})],
        lambda m: [0x8100 | code for code in SUPPLIER_EVENTS_OF_GAS],
        lambda a: [row["eventId"] for _, v in a for row in v["eventConfigurationPayload"]],
    ),
    "GCS21a": (
        0x007B,
        [read(PRICE, 0x0303, 0x0302), read(METERING, 0x0B13, 0x0B10)],
        lambda m: {
            0x0303: m.data.conversion_factor_digits,
            0x0302: m.data.conversion_factor,
            0x0B13: 10_000,
            0x0B10: 360,
        },
        lambda a: attributes(*a),
    ),
    "GCS21b": (
        0x00B5,
        [read(PREPAYMENT, 0x0006, 0x0010, 0x0011, 0x0031), read(PRICE, 0x0617)]
        + ask_calendar(NEVER_S - 1, 3),
        lambda m: {
            0x06: m.data.debt_recovery_rate_cap,
            0x10: m.data.emergency_credit_limit_mp,
            0x11: m.data.emergency_credit_threshold_mp,
            0x31: m.data.low_credit_threshold_mp,
            0x0617: 0x50,
            # Without disablement until eight.
            "days": [(0, 1), (480, 0)],
        },
        lambda a: {**attributes(*a[:2]), "days": answered_days(a)},
    ),
    "GCS21d": (
        0x009D,
        [
            ask(
                PRICE,
                "GetBillingPeriod",
                {
                    "earliestStartTime": 0,
                    "minIssuerEventId": NEVER_S,
                    "numberOfCommands": 1,
                    "tariffType": 0,
                },
            )
        ],
        lambda m: [m.data.billing_calendar_start_s, 1],
        lambda a: [a[0][1]["billingPeriodStartTime"], a[0][1]["billingPeriodDuration"]],
    ),
    "GCS21e": (
        0x009E,
        [read(BASIC, 0x0004, 0x0005), read(METERING, 0x0608, 0x0607)],
        lambda m: {
            4: m.data.manufacturer_identifier.encode(),
            5: m.data.model_type.encode() + m.identifier,
            0x0608: 3,
            0x0607: TAMPER[m.data.supply_tamper_state],
        },
        lambda a: attributes(*a),
    ),
    "GCS21f": (
        0x009F,
        [read(PRICE, 0x0400, 0x0401, 0x0301)]
        + ask_calendar(NEVER_S, 0)
        + [ask(PRICE, "GetCurrentPrice", {"commandOptions": 0})],
        lambda m: {
            0x0400: GAS_BLOCKS_MP[0],
            0x0401: GAS_BLOCKS_MP[1],
            0x0301: m.data.standing_charge_mp,
            "days": [(0, 1)],
            "price": m.data.active_tariff_price_mp,
        },
        lambda a: {**attributes(a[0]), "days": answered_days(a), "price": a[-1][1]["price"]},
    ),
    "GCS21j": (
        0x00BF,
        [read(PREPAYMENT, 0x0000)],
        lambda m: {0: 0x0497},
        lambda a: attributes(*a),
    ),
    "GCS21m": (
        0x00FB,
        [read(BASIC, 0x0005), read(METERING, 0x0608, 0x0607)],
        lambda m: {
            5: m.data.model_type.encode(),
            0x0608: 3,
            0x0607: TAMPER[m.data.supply_tamper_state],
        },
        lambda a: attributes(*a),
    ),
    "GCS33": (
        0x0082,
        [read(METERING, 0x0205, 0x0014)],
        lambda m: {0x14: SUPPLY_STATUS[m.data.supply_state]},
        lambda a: {0x14: attributes(*a)[0x14]},
    ),
    "GCS38": (
        0x0084,
        [read(METERING, 0x0206)],
        lambda m: {0x0206: version_octets(m.data.firmware_version)},
        lambda a: attributes(*a),
    ),
    "GCS46": (
        0x0089,
        [read(METERING, 0x0307)],
        lambda m: {0x0307: m.data.meter_point_reference_number.encode()},
        lambda a: attributes(*a),
    ),
    "GCS60": (
        0x008D,
        [read(METERING, 0x0A00), read(PREPAYMENT, 0x0001)],
        lambda m: {0x0A00: m.data.credit_mode_balance_mp, 1: m.data.meter_balance_mp},
        lambda a: attributes(*a),
    ),
    "CS10a": (
        0x0014,
        [events_of(0x13)],
        lambda m: [entry[:2] for entry in m.log("Event Log")],
        listed,
    ),
    "CS10b": (
        0x00A1,
        [events_of(0x04)],
        lambda m: [entry[:2] for entry in m.log("Security Log")],
        listed,
    ),
}


@pytest.mark.parametrize("name", GAS)
def test_what_is_read_of_gas_is_what_the_meter_holds(gas, name):
    code, asked, held, put = GAS[name]
    expected = held(gas)
    answers = gas.do(code, *asked)
    assert not gas.outcome.failed
    assert put(answers) == expected
    assert expected

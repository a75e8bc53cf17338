"""Every row of the object table lives: reads follow the meter, and what is set changes it."""

import json

import pytest

from host_tools.node import gbcs_bench as bench
from host_tools.node.cosem_requests import (
    AT_ONCE,
    REFERENCE_COUNTER,
    TARIFF_DATES,
    UseCase,
    charge,
    item,
    payload,
    protected,
    run,
)
from protometer.gbcs import axdr, compact_array, cosem_objects
from protometer.gbcs.access_request import HARDWARE_FAULT, OTHER_REASON
from protometer.gbcs.cosem_objects import TYPES, look_up
from protometer.gbcs.date_time import date_time, seconds
from protometer.gbcs.execution import Execution, PayloadError
from protometer.kernel.slices import finish
from protometer.model.command import NETWORK_OPERATOR, SUPPLIER
from protometer.model.dictionary import is_for
from protometer.model.dictionary import items as items_of_role
from protometer.model.enumerations import ARMED, DISABLED, ENABLED, PREPAYMENT_MODE
from protometer.model.table import rows, table_path
from protometer.roles import cosem_server
from protometer.roles.cosem_prepayment import _configuration
from protometer.roles.cosem_server import CosemServer

TABLE = list(rows(table_path(cosem_objects.__file__, "cosem_objects.tbl"), 6))
EVERYTHING = (0, 0xFFFF_FFFF)
NOW_S = bench.NOW_S


def reads(letters):
    """{message code: keys that it reads of a device of these letters}."""
    found = {}
    for key, devices, _, _, _, codes in TABLE:
        if key.split()[-1][0] in "gr" and set(devices) <= set(letters):
            for code in codes.split():
                found.setdefault(int(code, 16), []).append(key)
    return found


@pytest.mark.parametrize("letters", ["E", "ELB", "ETPLB", "H"])
def test_all_that_is_read_is_there(letters):
    device = bench.hub() if letters == "H" else bench.esme(letters)
    for code, keys in reads(letters).items():
        items = [item(key, EVERYTHING) for key in keys]
        answer = run(device, code, *items)
        assert answer.results == [0] * len(keys), (f"{code:04x}", keys)
        at = 0
        for key in keys:
            (one,) = look_up(code, [key], letters)
            assert answer.data[at], key
            if key.split()[-1][0] == "r":
                _, at = compact_array.take(answer.data, at, one.answered)
            else:
                _, at = axdr.take(answer.data, at, one.answered)
        assert at == len(answer.data)


def test_rows_name_handlers_that_there_are():
    for key, _, _, handler, _, _ in TABLE:
        module, _, function = handler.partition(".")
        if function:
            assert callable(getattr(cosem_server._module(module), function)), key
        else:
            assert handler in cosem_server._HANDLERS, key


def test_rows_of_one_use_case_are_of_one_object_each():
    seen = set()
    for key, devices, _, _, _, codes in TABLE:
        for code in codes.split():
            assert (key, devices, code) not in seen
            seen.add((key, devices, code))


def get(device, code, key, value=None):
    answer = run(device, code, item(key, value))
    assert answer.results == [0]
    (one,) = look_up(code, [key], device.data.role)
    if "r" in key.split()[-1]:
        return compact_array.take(answer.data, 0, one.answered)[0]
    return axdr.take(answer.data, 0, one.answered)[0]


def done(device, code, *items, **how):
    answer = run(device, code, *items, **how)
    assert answer.results == [0] * len(items)
    return answer


def refused(device, code, *items, **how):
    before = snapshot(device)
    answer = run(device, code, *items, **how)
    assert HARDWARE_FAULT in answer.results
    assert snapshot(device) == before
    return answer.results


def snapshot(device):
    state = {}
    for one in items_of_role(device.data.role):
        if one.attribute in ("log_counts", "last_step_s", "half_hours_ended_s"):
            continue
        value = getattr(device.data, one.attribute)
        state[one.attribute] = list(getattr(value, "kwh", value)) if one.is_array else value
    return {name: repr(value) for name, value in state.items()}


# Plain configuration: use case, key, value, item of the dictionary, what it holds then.
PLAIN = [
    (0x004B, "1 0-0:94.44.0.1 s2", 900, "randomised_offset_limit_s", 900),
    (0x0068, "1 0-0:94.44.0.4 s2", True, "supply_tamper_state", 1),
    (0x004D, "1 1-0:0.0.2.255 s2", b"1312345678333", "mpan_export", "1312345678333"),
    (0x0021, "1 0-2:96.13.1.255 s2", "Grüße".encode(), "supplier_message", "Grüße"),
    (0x0058, "1 0-3:96.13.1.255 s2", b"1234", "customer_identification_number", "1234"),
    (0x0025, "9000 0-0:96.13.0.255 s2", b"0333 202", "supplier_telephone_number", "0333 202"),
    (0x0025, "9000 0-0:96.13.1.255 s2", b"E-ON", "supplier_name", "E-ON"),
    (0x0022, "1 0-0:94.44.3.2 s2", date_time(NOW_S - 9), "restrict_data_s", NOW_S - 9),
    (0x0053, "1 0-0:94.44.0.13 s2", b"Immersion", "alcs_description_3", "Immersion"),
    (
        0x00DB,
        "22 0-0:15.1.0.255 s4",
        [(bytes(4), b"\xff" * 5)],
        "block_counter_daily_resetting",
        1,
    ),
    (0x00DB, "22 0-0:15.1.0.255 s4", [], "block_counter_daily_resetting", 0),
]


@pytest.mark.parametrize(("code", "key", "value", "attribute", "held"), PLAIN)
def test_plain_configuration(code, key, value, attribute, held):
    device = bench.esme("EL")
    done(device, code, item(key, value))
    assert getattr(device.data, attribute) == held


@pytest.mark.parametrize(
    ("code", "key", "value"),
    [
        (0x0021, "1 0-2:96.13.1.255 s2", b"\xff\xfe"),
        (0x004B, "1 0-0:94.44.0.1 s2", 1800),
        (0x004C, "1 0-0:94.44.34.11 s2", b"13123"),
        (0x0047, "21 0-0:16.0.0.255 s2", [1]),
        (0x0022, "1 0-0:94.44.3.2 s2", b"\x07\xdf\x0d\x01\xff\0\0\0\0\x80\0\xff"),
        (0x00DB, "22 0-0:15.1.0.255 s4", [(b"\x01\0\0\0", b"\xff" * 5)]),
        (0x004F, "9 0-0:10.0.106.255 a1", 52),
        (0x001D, "9 0-0:10.0.100.255 a1", 98),
        (0x0046, "22 0-0:15.0.0.255 s4", []),
        (0x0062, "8 0-0:1.0.0.255 s9", 4),
        (0x0062, "8 0-0:1.0.0.255 a4", 0),
    ],
)
def test_what_the_meter_refuses_fails_and_changes_nothing(code, key, value):
    assert refused(bench.esme("E"), code, item(key, value)) == [HARDWARE_FAULT]


def test_after_a_failure_nothing_is_executed_and_all_is_undone():
    device = bench.esme("E")
    number, name = "9000 0-0:96.13.0.255 s2", "9000 0-0:96.13.1.255 s2"
    results = refused(device, 0x0025, item(number, b"1"), item(name, b"\xff"), item(number, b"2"))
    assert results == [0, HARDWARE_FAULT, OTHER_REASON]
    assert device.data.supplier_telephone_number == ""


def test_the_bench_may_have_an_item_fail():
    device = bench.esme("E")
    key = "9000 0-0:96.13.0.255 s2"
    assert refused(device, 0x0025, item(key, b"1"), item(key, b"2"), fails_at=1) == [0, 1]


def test_who_may_not_is_refused():
    key = "9000 0-0:96.13.1.255 s2"
    refused(bench.esme("E"), 0x0025, item(key, b"E-ON"), originator=NETWORK_OPERATOR)
    refused(bench.esme("E"), 0x0058, item("1 0-3:96.13.1.255 s2", b"1"), originator=SUPPLIER)


def test_objects_of_another_use_case_or_another_type_are_no_payload():
    with pytest.raises(PayloadError):
        payload(0x0025, "E", [item("1 0-0:94.44.0.1 s2", 900)])
    device = bench.esme("E")
    octets = payload(0x004B, "E", [item("1 0-0:94.44.0.1 s2", 900)]).replace(
        b"\x12\x03", b"\x11\x03"
    )
    execution = Execution(UseCase(0x004B), SUPPLIER, REFERENCE_COUNTER, NOW_S)
    before = snapshot(device)
    for wrong in (octets, octets[:-1], octets + b"\0"):
        with pytest.raises(PayloadError):
            finish(CosemServer(device).prepare(execution, wrong))
    assert snapshot(device) == before and not execution.failed


def test_objects_of_another_variant_fail():
    refused(bench.esme("E"), 0x0053, item("1 0-0:94.44.0.11 s2", b"Pump"))


def test_mpans():
    device = bench.esme("E")
    key = "1 0-0:94.44.34.11 "
    done(device, 0x004C, item(key + "s2", b"1" * 13 + b"2" * 13))
    assert device.data.mpan_import_secondary == "2" * 13
    assert get(device, 0x004E, key + "g2") == b"1" * 13 + b"2" * 13
    done(device, 0x004C, item(key + "s2", b"3" * 13))
    assert get(device, 0x004E, key + "g2") == b"3" * 13


@pytest.mark.parametrize(
    ("dates", "start", "period"),
    [
        ([("0c000000", "ffffffffff")], "07df0101ff0c0000008000ff", 1),
        ([("00000000", "ffffffff06")], "07df0103ff000000008000ff", 2),
        ([("0c000000", "ffffff01ff")], "07df0101ff0c0000008000ff", 3),
        ([("00000000", "ffffff1cff")], "07df011cff000000008000ff", 3),
        (
            [("0c1e0000", f"ffff{month:02x}05ff") for month in (2, 5, 8, 11)],
            "07df0205ff0c1e00008000ff",
            4,
        ),
        ([("00000000", "ffff0301ff"), ("00000000", "ffff0901ff")], "07df0301ff000000008000ff", 5),
        ([("00000000", "ffff0c19ff")], "07df0c19ff000000008000ff", 6),
    ],
)
def test_billing_calendars(dates, start, period):
    device = bench.esme("E")
    dates = [[bytes.fromhex(part) for part in pair] for pair in dates]
    done(device, 0x00D7, item("22 0-0:15.0.0.255 s4", dates))
    assert device.data.billing_calendar_start_s == seconds(bytes.fromhex(start))
    assert device.data.billing_calendar_period == period
    assert get(device, 0x00D9, "22 0-0:15.0.0.255 g4") == dates


@pytest.mark.parametrize(
    "dates",
    [
        [("00000000", "07df0101ff")],
        [("00000000", "ffffff1fff")],
        [("00000000", "ffff01ffff")],
        [("00000000", "ffffffff08")],
        [("00000000", "ffff0101ff"), ("01000000", "ffff0701ff")],
        [("00000000", "ffff0101ff"), ("00000000", "ffff0601ff")],
        [("00000000", "ffff0101ff"), ("00000000", "ffff0702ff")],
        [("00000000", "ffff0101ff")] * 3,
    ],
)
def test_billing_calendars_that_there_are_not(dates):
    dates = [[bytes.fromhex(part) for part in pair] for pair in dates]
    refused(bench.esme("E"), 0x00D7, item("22 0-0:15.0.0.255 s4", dates))


def test_a_billing_date_writes_registers_and_money_to_be_read_protected():
    device = bench.esme("E")
    device.data.payment_mode = PREPAYMENT_MODE
    device.data.meter_balance_mp = 500_000
    done(device, 0x00D7, item("22 0-0:15.0.0.255 s4", [(bytes(4), b"\xff" * 5)]))
    device.step(NOW_S + 86_400)
    names = ["7 0-0:98.1.0.255 p2", "7 0-0:98.1.1.255 p2"]
    key, value = protected("30 0-0:43.2.2.255 a1", names, NOW_S, NOW_S + 86_400)
    answer = done(device, 0x0030, item(key, value), now_s=NOW_S + 86_400)
    octets = axdr.take(answer.data, 0, TYPES["protected"].partition(">")[2])[0][1]
    plaintext = octets[5:-12]
    assert plaintext[:2] == b"\x02\x02"
    entries, at = compact_array.take(plaintext, 2, "II48I8I8I8I8I")
    assert [entry[0] for entry in entries] == [NOW_S + 86_400]
    money, at = compact_array.take(plaintext, at, "Iiiiiii")
    assert money == [(NOW_S + 86_400, 0, 500_000, 0, 0, 0, 0)]
    assert at == len(plaintext)


def test_protected_attributes_are_those_of_the_use_case():
    device = bench.esme("E")
    good = "1 0-0:94.44.34.30 p2"
    done(device, 0x002D, item(*protected("30 0-0:43.2.1.255 a1", [good])))
    with pytest.raises(PayloadError):
        run(device, 0x002D, item(*protected("30 0-0:43.2.1.255 a1", ["1 0-0:94.44.34.10 p2"])))
    with pytest.raises(PayloadError):
        run(device, 0x002D, item(*protected("30 0-0:43.2.1.255 a1", [good] * 3)))


@pytest.mark.parametrize("letters", ["E", "ET"])
def test_protected_registers(letters):
    device = bench.esme(letters)
    device.data.active_import_register.add(0, 7_000_000)
    for code, key, name in (
        (0x0027, "30 0-0:43.2.8.255 a1", "1 0-0:94.44.34.10 p2"),
        (0x0029, "30 0-0:43.2.9.255 a1", "1 0-0:94.44.34.1 p2"),
        (0x002A, "30 0-0:43.2.10.255 a1", "1 0-0:94.44.34.2 p2"),
        (0x0034, "30 0-0:43.2.6.255 a1", "7 0-0:98.1.8.255 p2"),
        (0x0037, "30 0-0:43.2.7.255 a1", "7 0-0:99.1.0.255 p2"),
    ):
        of_log = name.startswith("7 ")
        between = (1, NOW_S) if of_log else ()
        answer = done(device, code, item(*protected(key, [name], *between)))
        octets = axdr.take(answer.data, 0, TYPES["protected"].partition(">")[2])[0][1]
        assert octets[5:7] == b"\x02\x01"
        if code == 0x0027:
            assert axdr.take(octets, 9, "u32")[0] == 7_000


def test_power_thresholds_and_window_of_maximum_demand():
    device = bench.esme("E")
    done(device, 0x0047, item("21 0-0:16.0.0.255 s2", [2300, 4600]))
    assert get(device, 0x0040, "21 0-0:16.0.0.255 g2") == [2300, 4600]
    window = get(device, 0x002C, "10 0-0:12.0.0.255 g2")
    window[0][4], window[1][4] = b"\x11\0\0\0", b"\x16\x1e\0\0"
    done(device, 0x004A, item("10 0-0:12.0.0.255 s2", window))
    assert device.data.maximum_demand_start_s == 17 * 3600
    assert device.data.maximum_demand_end_s == 22 * 3600 + 1800
    assert get(device, 0x002C, "10 0-0:12.0.0.255 g2") == window
    window[0][3] = 3
    refused(device, 0x004A, item("10 0-0:12.0.0.255 s2", window))


def test_voltage_settings_take_effect():
    device = bench.esme("EP")
    done(device, 0x00D2, item("1 1-0:52.35.0.4 s2", 240), item("7 1-0:72.24.0.255 s4", 60))
    assert list(device.data.average_over_voltage_v) == [264, 240, 264]
    assert list(device.data.average_voltage_period_s) == [1800, 1800, 60]
    assert get(device, 0x00C6, "1 1-0:52.35.0.4 g2") == 240
    device.data.average_over_voltage_count[1] = 7
    done(device, 0x00D4, item("3 1-0:52.36.0.4 a1", 0))
    assert list(device.data.average_over_voltage_count) == [0, 0, 0]


def test_supply():
    device = bench.esme("E")
    key = "9 0-0:10.0.106.255 a1"
    for code, script, state in ((0x50, 52, DISABLED), (0x51, 54, ARMED), (0x4F, 51, ENABLED)):
        done(device, code, item(key, script))
        assert device.data.supply_state == state
        assert get(device, 0x0052, "70 0-0:96.3.10.255 g3") == state


def test_load_limits():
    device = bench.esme("E")
    names = ("94.44.0.3", "94.44.128.7", "94.44.128.6", "94.44.128.8")
    values = (True, 6900, 300, 30)
    items = [item(f"9000 0-0:{n} s4", v) for n, v in zip(names, values, strict=True)]
    done(device, 0x0043, *items, *[item(f"9000 0-0:{name} s6", AT_ONCE) for name in names])
    assert device.data.load_limit_power_threshold_w == 6900
    assert get(device, 0x0042, "9000 0-0:94.44.0.3 g2") is True
    assert get(device, 0x0042, "71 0-0:17.0.0.255 g7") == 30
    device.data.load_limit_counter = 4
    done(device, 0x0044, item("3 0-0:94.44.42.255 a1", 0))
    assert device.data.load_limit_counter == 0


def test_adjust_debt():
    device = bench.esme("E")
    first, second, third = "113 0-0:19.20.1.255 ", "113 0-0:19.20.2.255 ", "113 0-0:19.20.3.255 "
    items = [
        item(first + "s6", charge(50, -4)),
        item(second + "s6", charge(6000)),
        item(third + "s13", 2500),
        item(first + "s8", 3600),
        item(second + "s8", 86_400),
        item(first + "a2", 0),
        item(second + "a2", 0),
        item(third + "a4", 900_000),
        item(first + "a4", 700_000),
        item(second + "a4", -5),
    ]
    done(device, 0x001E, *items)
    data = device.data
    assert (data.debt_recovery_rate_1, data.debt_recovery_rate_1_scale) == (50, -4)
    assert (data.payment_debt_mp, data.time_debt_1_mp, data.time_debt_2_mp) == (
        900_000,
        700_000,
        0,
    )
    assert data.debt_recovery_per_payment == 2500
    assert data.debt_recovery_rate_1_period_s == 3600
    assert get(device, 0x003B, first + "g5") == [[0, -4], [0, bytes(6), 0], [[b"", 50]]]
    refused(device, 0x001E, item(first + "s8", 3601))


def test_balances():
    device = bench.esme("E")
    done(device, 0x001C, item("112 0-0:19.10.0.255 a1", 1_200_000))
    assert get(device, 0x0069, "112 0-0:19.10.0.255 g2") == 1_200_000
    names = [f"112 0-0:19.10.{instance}.255 a2" for instance in range(3)]
    refused(device, 0x00B3, *[item(name, 1) for name in names])
    done(device, 0x00B3, *[item(name, 0) for name in names])
    assert device.data.meter_balance_mp == 0


@pytest.mark.parametrize("letters", ["E", "ET"])
def test_payment_modes_there_and_back(letters):
    device = bench.esme(letters)
    key = "111 0-1:19.0.0.255 "
    for mode, disabled, emergency in ((1, 0, 0), (1, 0, 1), (1, 1, 0), (1, 1, 1), (0, 0, 0)):
        collected = _configuration(mode, disabled, emergency, "T" in letters)
        items = [
            item(key + "s2", (mode + 1, 1)),
            item("9000 0-0:94.44.128.22 s4", -500),
            item(key + "s11", collected),
            item("9000 0-0:94.44.128.22 s6", AT_ONCE),
            item(key + "s13", AT_ONCE),
        ]
        done(device, 0x001B, *items)
        data = device.data
        assert (data.payment_mode, data.disablement_threshold_mp) == (mode, -500)
        if mode:
            assert (data.suspend_debt_disabled, data.suspend_debt_emergency) == (
                disabled,
                emergency,
            )
        assert get(device, 0x00BE, "111 0-0:19.0.0.255 g2") == [mode + 1, 2]
        told = get(device, 0x003B, "111 0-0:19.0.0.255 g11")
        assert [tuple(row) for row in told] == collected
    items[2] = item(key + "s11", collected[:-1])
    refused(device, 0x001B, *items)


PRIMARY = (3, (3, bytes.fromhex("0100010800ff"), 2))
SCRIPTS = bytes.fromhex("00000a0064ff")


def table_items(calendar, special, scripts):
    """Items of a table with a season by day and one by night, of weeks and days with odd names."""
    day = [(bytes(4), SCRIPTS, scripts[0]), (b"\x07\x1e\0\0", SCRIPTS, scripts[1])]
    seasons = [
        (b"high", bytes.fromhex("ffff0401ff010000008000ff"), b"W"),
        (b"low", bytes.fromhex("07df0a01ff000000008000ff"), b"Z9"),
    ]
    return [
        item(calendar + "s7", seasons),
        item(calendar + "s8", [(b"Z9", *[9] * 7), (b"W", *[4] * 5, 9, 9)]),
        item(calendar + "s9", [(4, day), (9, day[:1])]),
        item(special, [(3, bytes.fromhex("ffff0c19ff"), 9), (4, bytes.fromhex("07dfff05ff"), 4)]),
    ]


def as_lists(value):
    if isinstance(value, list | tuple):
        return [as_lists(each) for each in value]
    return value


def test_a_tariff_there_and_back():
    device = bench.esme("E")
    calendar = "20 0-0:13.0.0.255 "
    items = table_items(calendar, "11 0-1:11.0.0.255 s2", (48, 108))
    limits = [[100 * n, 200 * n, 300 * n][: n % 4] or [0xFFFF_FFFF] for n in range(1, 9)]
    items += [item(f"21 0-0:16.1.{11 + n}.255 s2", limits[n]) for n in range(8)]
    prices = [(bytes((n + 1,)), 10 * n - 100) for n in range(48)]
    prices += [(bytes((0xA1 + 16 * b + t,)), 1000 * b + t) for b in range(4) for t in range(8)]
    items += [
        item("9000 0-0:94.44.2.0 s4", False),
        item("113 0-0:19.20.4.255 s6", charge(-20, -3)),
        item("113 0-0:19.20.0.255 s6", ((3, -4), PRIMARY[1], prices)),
    ]
    items += [item(key, AT_ONCE) for key in TARIFF_DATES]
    done(device, 0x0019, *items)
    data = device.data
    assert data.currency_units == 978
    assert (data.standing_charge, data.standing_charge_scale) == (-20, -3)
    # Thursday 2015-01-01 00:00: of the season that began in April, before the rate of 07:30.
    assert data.active_tariff_rate == 47
    assert get(device, 0x003A, "3 0-0:94.44.1.7 g2") == (10 * 47 - 100) * 10
    for number, value in ((3, 0), (4, 1), (5, 2)):
        assert get(device, 0x003A, calendar + f"g{number}") == as_lists(items[value][1])
    assert get(device, 0x003A, "11 0-0:11.0.0.255 g2") == as_lists(items[3][1])
    for n in range(8):
        told = get(device, 0x003A, f"21 0-0:16.0.{11 + n}.255 g2")
        assert told == (limits[n] + [0xFFFF_FFFF] * 3)[: min(len(limits[n]) + 1, 3)] or n % 4 == 3
    assert get(device, 0x003A, "113 0-0:19.20.0.255 g5") == as_lists(((3, -4), PRIMARY[1], prices))
    device.step(NOW_S + 8 * 3600)
    assert data.active_tariff_rate == 55
    price = [
        item("113 0-0:19.20.4.255 s6", charge(7)),
        item("113 0-0:19.20.0.255 s6", ((3, -5), PRIMARY[1], prices)),
        item("113 0-0:19.20.4.255 s7", AT_ONCE),
        item("113 0-0:19.20.0.255 s7", AT_ONCE),
    ]
    done(device, 0x00A2, *price, now_s=NOW_S + 8 * 3600)
    assert (data.standing_charge, data.tariff_tou_price_scale) == (7, -5)
    assert get_seasons_unchanged(device, calendar, items)
    items[0] = item(calendar + "s7", [(b"x", bytes.fromhex("ffff0401ff000000008000ff"), b"?")])
    refused(device, 0x0019, *items, now_s=NOW_S + 8 * 3600)


def get_seasons_unchanged(device, calendar, items):
    answer = run(device, 0x003A, item(calendar + "g3"), now_s=NOW_S + 8 * 3600)
    return axdr.take(answer.data, 0, TYPES["seasons"])[0] == as_lists(items[0][1])


def test_a_secondary_tariff_there_and_back():
    device = bench.esme("ET")
    calendar = "20 0-0:13.0.1.255 "
    items = table_items(calendar, "11 0-1:11.0.1.255 s2", (204, 201))
    commodity = (3, bytes.fromhex("0114010800ff"), 2)
    prices = ((3, -5), commodity, [(bytes((n + 1,)), 100 * n) for n in range(4)])
    items.append(item("113 0-0:19.20.5.255 s6", prices))
    items += [
        item(key, AT_ONCE)
        for key in (calendar + "s10", "113 0-0:19.20.5.255 s7", "9000 0-0:94.44.128.30 s6")
    ]
    done(device, 0x00B7, *items)
    assert device.data.secondary_active_tariff_rate == 3
    assert get(device, 0x00BD, "3 0-0:94.44.1.8 g2") == 300
    for number, value in ((3, 0), (4, 1), (5, 2)):
        assert get(device, 0x00BD, calendar + f"g{number}") == as_lists(items[value][1])
    assert get(device, 0x00BD, "113 0-0:19.20.5.255 g5") == as_lists(prices)


def rule(index, scripts, script, start, weekdays, special, first="ffffffffff"):
    return (
        index,
        True,
        bytes.fromhex(scripts),
        script,
        bytes.fromhex(start),
        0xFFFF,
        weekdays,
        special,
        bytes.fromhex(first),
        bytes.fromhex("ffffffffff"),
    )


EVERY_DAY = (7, b"\xfe")


def test_a_non_disablement_calendar_there_and_back():
    device = bench.esme("E")
    days = [(1, bytes.fromhex("ffff0c19ff"), 1), (2, bytes.fromhex("07df0403ff"), 2)]
    rules = [
        rule(1, "00000a006aff", 32, "12000000", EVERY_DAY, (2, b"\x00")),
        rule(2, "00000a006aff", 33, "081e0000", (7, b"\xf8"), (2, b"\xc0"), "07df0101ff"),
    ]
    items = [
        item("11 0-1:11.0.2.255 s2", days),
        item("10 0-1:12.0.1.255 s2", rules),
        item("9000 0-0:94.44.128.31 s6", AT_ONCE),
        item("9000 0-0:94.44.128.28 s6", AT_ONCE),
    ]
    done(device, 0x00DE, *items)
    assert get(device, 0x003B, "11 0-0:11.0.2.255 g2") == as_lists(days)
    told = get(device, 0x003B, "10 0-0:12.0.1.255 g2")
    assert as_lists(told) == as_lists(rules)
    assert device.data.non_disablement_active == 1
    device.step(NOW_S + 9 * 3600)
    assert device.data.non_disablement_active == 0
    items[3] = item("9000 0-0:94.44.128.28 s6", date_time(NOW_S + 99_999))
    refused(device, 0x00DE, *items, now_s=NOW_S + 9 * 3600)


def test_an_auxiliary_calendar_there_and_back():
    device = bench.esme("EL")
    rules = [
        rule(1, "00000a0067ff", 0x11E4, "00000000", EVERY_DAY, (0, b"")),
        rule(2, "00000a0067ff", 0x1180, "06000000", EVERY_DAY, (0, b"")),
        rule(3, "00000a0067ff", 0x23B2, "00000000", EVERY_DAY, (0, b"")),
    ]
    items = [
        item("11 0-1:11.0.3.255 s2", []),
        item("10 0-1:12.0.2.255 s2", rules),
        item("9000 0-0:94.44.128.26 s6", AT_ONCE),
        item("9000 0-0:94.44.128.35 s6", AT_ONCE),
    ]
    done(device, 0x011A, *items)
    assert as_lists(get(device, 0x011C, "10 0-0:12.0.2.255 g2")) == as_lists(rules)
    assert list(device.data.alcs_state) == [1, 0, 1, 0, 0]
    device.step(NOW_S + 6 * 3600)
    assert list(device.data.alcs_state) == [0, 0, 1, 0, 0]
    state = get_state(device, "1", NOW_S + 6 * 3600)
    assert state == {"outputState": 0, "inputState": 0}
    items[1] = item(
        "10 0-1:12.0.2.255 s2", [rule(1, "00000a0067ff", 0x16E4, "00000000", EVERY_DAY, (0, b""))]
    )
    refused(device, 0x011A, *items, now_s=NOW_S + 6 * 3600)


def get_state(device, switch, now_s=NOW_S):
    answer = run(device, 0x011D, item(f"1 0-0:94.44.0.3{switch} g2"), now_s=now_s)
    return json.loads(axdr.take(answer.data, 0, "t")[0])


def test_auxiliary_loads_by_command():
    device = bench.esme("ELB")
    done(device, 0x0055, item("1 0-0:94.44.118.1 s2", 30), item("9 0-0:10.0.103.255 a1", 0x0211))
    assert get_state(device, "2")["outputState"] == 100
    refused(device, 0x0055, item("9 0-0:10.0.103.255 a1", 0x0211))
    done(device, 0x0055, item("9 0-0:10.0.103.255 a1", 0x0220))
    assert get_state(device, "2")["outputState"] == 0
    begin_s, end_s = NOW_S + 3600, NOW_S + 7200
    period = [
        item("1 0-0:94.44.119.1 s2", date_time(begin_s)),
        item("1 0-0:94.44.119.2 s2", date_time(end_s)),
    ]
    done(device, 0x011E, *period, item("9 0-0:10.0.103.255 a1", 0x1364))
    for at_s, level in ((begin_s - 1, 0), (begin_s, 100), (end_s - 1, 100), (end_s, 0)):
        device.step(at_s)
        assert get_state(device, "3", at_s)["outputState"] == level
    done(device, 0x011E, item("9 0-0:10.0.103.255 a1", 0x1564), now_s=end_s)
    assert get_state(device, "5", end_s)["outputState"] == 100
    done(device, 0x011F, item("9 0-0:10.0.107.255 a1", 0x150A), now_s=end_s)
    assert get_state(device, "5", end_s)["outputState"] == 0
    control = [item(f"1 0-0:94.44.6.{n + 1} s2", n == 3) for n in range(5)]
    done(device, 0x005F, *control, now_s=end_s)
    assert list(device.data.boost_control) == [0, 0, 0, 1, 0]


def test_settings_of_events_there_and_back():
    device = bench.esme("E")
    mask, action = bytearray(32), bytearray(32)
    mask[31 - 0x0D // 8] = 1 << 0x0D % 8
    done(device, 0x00EA, item("1 0-30:97.98.12.255 s2", (512, bytes(mask + action))))
    told = get(device, 0x00EE, "1 0-30:97.98.16.255 g2")
    assert told == (256, bytes(b ^ 0xFF for b in mask))
    assert not device.event_settings.is_shared(0x810D)
    mask[31 - 0xB7 // 8] |= 1 << 0xB7 % 8
    refused(device, 0x00EA, item("1 0-30:97.98.12.255 s2", (512, bytes(mask + action))))
    done(bench.esme("EP"), 0x00EA, item("1 0-30:97.98.12.255 s2", (512, bytes(mask + action))))


def test_the_clock():
    device = bench.esme("E")
    key = "8 0-0:1.0.0.255 "
    device.clock.hear(NOW_S + 300, NOW_S)
    window = [b"\xff" * 9 + b"\x80\0\xff", date_time(NOW_S + 290), date_time(NOW_S + 310)]
    items = [item(key + "s9", 5), item(key + "a5", window), item(key + "a4", 0)]
    answer = done(device, 0x0062, *items, item(key + "g2"), item(key + "g4"))
    assert axdr.take(answer.data, 3, "o12")[0] == date_time(NOW_S + 300)
    assert answer.data[-1] == 0
    window[2] = date_time(NOW_S + 291)
    refused(device, 0x0062, *items, now_s=NOW_S + 400)


def test_events_in_their_log_have_what_else_there_is_to_say():
    device = bench.esme("E")
    done(device, 0x004B, item("1 0-0:94.44.0.1 s2", 900))
    (entry,) = get(device, 0x0048, "7 0-0:99.98.0.255 r2", EVERYTHING)
    assert entry == (NOW_S, 0x8154, (0x004B).to_bytes(8, "big"))
    done(device, 0x0024, item("7 0-0:99.98.0.255 a1", 0))
    assert get(device, 0x0048, "7 0-0:99.98.0.255 r2", (0, NOW_S - 1)) == []


def test_a_log_is_read_from_its_first_to_its_last_second():
    device = bench.esme("E")
    log = device.logbook.named("Billing Data Log Prepayment Credits")
    for n in range(4):
        log.append(NOW_S + n, 10 * n)
    device.commit()
    told = get(device, 0x00C9, "7 0-0:98.1.5.255 r2", (NOW_S + 1, NOW_S + 2))
    assert told == [(NOW_S + 1, 10), (NOW_S + 2, 20)]


def test_more_than_a_message_takes_is_refused():
    device = bench.esme("E")
    log = device.logbook.named("Profile Data Log Reactive Import")
    log.extend((1800 * n, n) for n in range(1, 1200))
    device.commit()
    assert len(get(device, 0x0038, "7 0-0:99.1.2.255 r2", (0, 1800 * 900))) == 900
    refused(device, 0x0038, item("7 0-0:99.1.2.255 r2", EVERYTHING))


LOG = "104 0-0:30.3.0.255 "
EUI = bytes.fromhex("00db1234567890a1")


def test_the_device_log_of_a_hub():
    hub = bench.hub()
    heard = []
    hub.device_log.on_added = lambda identifier, key: heard.append((identifier, len(key)))
    hub.device_log.on_removed = heard.append
    hub.on_joining = heard.append
    add = item(LOG + "a1", (EUI, 1, bytes(range(16)), 0))
    done(hub, 0x0001, add, item(LOG + "s3", 600), item(LOG + "s2", True))
    assert heard == [(EUI, 16), 600]
    assert hub.data.hub_joining_until_s == NOW_S + 600
    (row,) = get(hub, 0x010F, LOG + "g4")
    assert row[0] == EUI
    saved = axdr.take(done(hub, 0x00FE, item(LOG + "a4")).data, 0, TYPES["backup"])[0]
    assert [entry[0] for entry in saved[2]] == [EUI]
    done(hub, 0x0002, item(LOG + "a2", EUI))
    assert get(hub, 0x010F, LOG + "g4") == [] and heard[-1] == EUI
    refused(hub, 0x0002, item(LOG + "a2", EUI))
    done(hub, 0x0003, item(LOG + "a5", (b"\x01" * 8, saved[2])))
    again = axdr.take(done(hub, 0x00FE, item(LOG + "a4")).data, 0, TYPES["backup"])[0]
    assert again == [date_time(NOW_S), b"\x01" * 8, saved[2]]
    refused(hub, 0x0001, item(LOG + "a1", (EUI, 2, bytes(16), 0)))
    refused(hub, 0x0003, item(LOG + "a5", (bytes(8), [(EUI, bytes(16))] * 17)))


def test_a_full_device_log_takes_no_more_and_keeps_its_places():
    hub = bench.hub()
    euis = [bytes(7) + bytes((n,)) for n in range(16)]
    done(hub, 0x0001, *[item(LOG + "a1", (eui, 1, bytes(16), 0)) for eui in euis])
    refused(hub, 0x0001, item(LOG + "a1", (EUI, 1, bytes(16), 0)))
    for place in range(16):
        hub.data.hub_device_lqi[3 * place] = place
    done(hub, 0x0002, item(LOG + "a2", euis[3]))
    told = get(hub, 0x010F, LOG + "g4")
    assert [(row[0], row[5]) for row in told] == [(eui, eui[7]) for eui in euis if eui[7] != 3]


def test_the_sub_ghz_settings_of_a_hub():
    hub = bench.hub()
    heard = []
    hub.on_settings = lambda: heard.append("settings")
    hub.on_scan = lambda: heard.append("scan")
    masks = [(32, (page << 27 | 5).to_bytes(4, "big")) for page in range(28, 32)]
    value = [*masks, 130, 220, 5, 7, 7, 12, 6000, 130, 100, 4000, 3000]
    done(hub, 0x010D, item("1 0-0:94.44.10.0 s2", value))
    assert get(hub, 0x010C, "1 0-0:94.44.10.0 g2") == value
    done(hub, 0x010E, item("1 0-0:94.44.10.1 s2", 0))
    assert heard == ["settings", "scan"]
    refused(hub, 0x010E, item("1 0-0:94.44.10.1 s2", 1))


def test_letters_of_the_table_are_of_devices():
    assert all(is_for("ETPLBH", row[1]) for row in TABLE)

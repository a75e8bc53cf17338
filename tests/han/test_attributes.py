"""The attribute table against the Smart Energy facts, and serving, reporting and keeping."""

from types import SimpleNamespace

import pytest

from protometer.han import zcl
from protometer.han.attributes import AttributeClient, AttributeServer, AttributeTable
from protometer.han.frame_error import FrameError
from protometer.han.zcl_types import kind_of, put_value
from protometer.model.dictionary import Data
from protometer.roles.hcalcs_han import Served
from tests.han import smart_energy
from tests.han.han_stand import live

NOW_S = 757_386_000


def attributes(table):
    return [
        table.find(cluster, identifier)
        for cluster in table.clusters()
        for identifier in table.identifiers(cluster)
    ]


@pytest.mark.parametrize("role", ["ETPLB", "G", "I", "H", "S"])
def test_every_attribute_is_of_the_type_that_smart_energy_gives_it(role):
    for attribute in attributes(AttributeTable(role)):
        facts = smart_energy.attributes(attribute.cluster)
        assert kind_of(facts[attribute.identifier]) == attribute.kind, (
            hex(attribute.cluster),
            hex(attribute.identifier),
        )


@pytest.mark.parametrize("role", ["ETPLB", "G", "I", "H", "S"])
def test_every_item_that_is_served_exists_and_can_be_answered(role):
    # What an HCALCS works out it does so of items too.
    store = SimpleNamespace(durable=live(Data(role)), commit=None)
    server = AttributeServer(role, Served(store).durable if role == "S" else store.durable)
    for attribute in attributes(AttributeTable(role)):
        told = answered(server, attribute.cluster, attribute.identifier)
        assert told[attribute.identifier] is not None


@pytest.mark.parametrize("role", ["ETPLB", "G", "I", "H", "S"])
def test_the_table_is_in_order_and_no_attribute_has_two_rows(role):
    table = AttributeTable(role)
    for cluster in table.clusters():
        identifiers = table.identifiers(cluster)
        assert identifiers == sorted(set(identifiers))
        assert all(table.find(cluster, identifier) for identifier in identifiers)
        for other in {*range(0x1000)} - {*identifiers}:
            assert table.find(cluster, other) is None


def answered(server, cluster, *identifiers):
    """The values a server answers, by identifier; None for an unsupported one."""
    request = bytearray()
    for identifier in identifiers:
        zcl.put_uint(request, identifier, 2)
    response = server.answer(cluster, request, NOW_S)
    values = dict.fromkeys(identifiers)
    for identifier, _, value in zcl.decode_values(zcl.READ_ATTRIBUTES_RESPONSE, response):
        values[identifier] = value
    return values


# (cluster, attribute, item, held, on the wire)
SERVED = [
    # SupplyStatus: 0 off, 1 off and armed, 2 on; Supply State: 0 Disabled, 1 Enabled, 2 Armed.
    (0x0702, 0x0014, "supply_state", 0, 0),
    (0x0702, 0x0014, "supply_state", 1, 2),
    (0x0702, 0x0014, "supply_state", 2, 1),
    # PaymentControlConfiguration: bit 0 disconnection, bit 1 prepayment enabled.
    (0x0705, 0x0000, "payment_mode", 0, 0),
    (0x0705, 0x0000, "payment_mode", 1, 3),
    (0x0705, 0x0001, "meter_balance_mp", -2_147_483_647, -2_147_483_647),
    (0x0705, 0x0010, "emergency_credit_limit_mp", 2_147_483_647, 2_147_483_647),
    (0x0702, 0x0400, "active_power_import_w", 23_000, 23_000),
    (0x0000, 0x0005, "model_type", "METER001", b"METER001"),
    (0x0700, 0x0616, "currency_units", 826, 826),
]


@pytest.mark.parametrize(("cluster", "identifier", "item", "held", "wire"), SERVED)
def test_served_values(cluster, identifier, item, held, wire):
    data = Data("E")
    setattr(data, item, held)
    assert answered(AttributeServer("E", live(data)), cluster, identifier) == {identifier: wire}


@pytest.mark.parametrize(
    ("cluster", "identifier", "item", "held", "wire"), [row for row in SERVED if row[0] != 0]
)
def test_kept_values(cluster, identifier, item, held, wire):
    data = Data("I")
    report = bytearray()
    zcl.put_uint(report, identifier, 2)
    kind = kind_of(smart_energy.attributes(cluster)[identifier])
    report.append(kind)
    put_value(report, kind, wire)
    AttributeClient("I", data).keep(cluster, zcl.REPORT_ATTRIBUTES, report)
    assert getattr(data, item) == held


# (cluster, attribute, value): what this release says of every meter.
CONSTANTS = [
    (0x0000, 0x0000, 8),
    (0x0000, 0x0007, 1),
    (0x0700, 0x0617, 0x50),
    (0x0702, 0x0200, 0),
    (0x0702, 0x0300, 0),
    (0x0702, 0x0301, 1),
    (0x0702, 0x0302, 1000),
    (0x0702, 0x0303, 0xFB),
    (0x0702, 0x0304, 0xFB),
    (0x0702, 0x0306, 0),
]


@pytest.mark.parametrize(("cluster", "identifier", "value"), CONSTANTS)
def test_constants(cluster, identifier, value):
    server = AttributeServer("E", live(Data("E")))
    assert answered(server, cluster, identifier) == {identifier: value}


def test_banks_arrays_and_time():
    data = Data("E")
    data.active_import_register.add(0, 99_999_999 * 1000)
    for rate in range(3):
        data.tariff_tou_registers.add(rate, 1000 * (rate + 1))
    data.days_energy_wh[0], data.weeks_cost_mp[0] = 7, 8
    server = AttributeServer("E", live(data))
    assert answered(server, 0x0702, 0, 0x100, 0x102, 0x104, 0x401) == {
        0: 99_999_999,
        0x100: 1,
        0x102: 2,
        0x104: 3,
        0x401: 7,
    }
    assert answered(server, 0x0705, 0x530) == {0x530: 8}
    assert answered(AttributeServer("H", live(Data("H"))), 0x000A, 0, 1) == {0: NOW_S, 1: 3}


# (role, cluster, attribute, item, entry or None, held, on the wire)
INFORMATION = [
    # Yesterday, the eighth day before today, last week, the thirteenth month before this one.
    ("E", 0x0702, 0x0403, "days_energy_wh", 1, 7, 7),
    ("E", 0x0702, 0x042C, "days_energy_wh", 8, 9, 9),
    ("E", 0x0702, 0x0432, "weeks_energy_wh", 1, 3, 3),
    ("E", 0x0702, 0x043A, "weeks_energy_wh", 5, 4, 4),
    ("E", 0x0702, 0x045A, "months_energy_wh", 13, 70_000_000, 70_000_000),
    ("G", 0x0702, 0x0C2C, "days_energy_wh", 8, 9, 9),
    ("G", 0x0702, 0x0C5A, "months_energy_wh", 13, 5, 5),
    ("G", 0x0705, 0x052C, "days_cost_mp", 8, 6, 6),
    ("E", 0x0705, 0x053A, "weeks_cost_mp", 5, 6, 6),
    ("E", 0x0705, 0x055A, "months_cost_mp", 13, 6, 6),
    # Debts, and what of them is recovered an hour or a day, or of a top-up.
    ("E", 0x0705, 0x0211, "time_debt_1_mp", None, 5, 5),
    ("G", 0x0705, 0x0221, "time_debt_2_mp", None, 5, 5),
    ("E", 0x0705, 0x0231, "payment_debt_mp", None, 5, 5),
    ("E", 0x0705, 0x0217, "debt_recovery_rate_1", None, 30, 30),
    ("E", 0x0705, 0x0216, "debt_recovery_rate_1_period_s", None, 86_400, 1),
    ("E", 0x0705, 0x0226, "debt_recovery_rate_2_period_s", None, 3_600, 0),
    ("G", 0x0705, 0x0239, "debt_recovery_per_payment", None, 10_000, 10_000),
    # Prices of tiers 1, 15, 16 and 48, and what is below nothing.
    ("E", 0x0700, 0x0410, "tariff_tou_prices", 0, 14_950, 14_950),
    ("E", 0x0700, 0x04F0, "tariff_tou_prices", 14, 3, 3),
    ("E", 0x0700, 0x050F, "tariff_tou_prices", 15, 3, 3),
    ("E", 0x0700, 0x052F, "tariff_tou_prices", 47, 3, 3),
    ("E", 0x0700, 0x052F, "tariff_tou_prices", 47, -3, 0),
    ("G", 0x0700, 0x0440, "tariff_tou_prices_mp", 3, 8, 8),
    ("G", 0x0700, 0x0403, "tariff_block_prices_mp", 3, 8, 8),
    # Thresholds of the eight rates with blocks: of the first, and of the last.
    ("E", 0x0700, 0x0112, "tariff_block_thresholds_wh", 2, 9, 9),
    ("E", 0x0700, 0x0180, "tariff_block_thresholds_wh", 21, 9, 9),
    ("G", 0x0700, 0x0304, "calorific_value", None, 395, 395),
    ("E", 0x0702, 0x0002, "maximum_demand_w", 0, 7_000, 7_000),
    # More than its type says: there is no value.
    ("E", 0x0702, 0x0601, "load_limit_power_threshold_w", None, 0xFFFFFFFF, 0xFFFFFF),
    ("EL", 0x0707, 0x0004, "alcs_description_5", None, "Heater", b"Heater"),
    ("G", 0x0708, 0x0101, "supplier_name", None, "ACME", b"ACME"),
    ("E", 0x0708, 0x0102, "supplier_telephone_number", None, "0800", b"0800"),
    ("E", 0x0708, 0x0200, "restrict_data_s", None, 7, 7),
]


@pytest.mark.parametrize(
    ("role", "cluster", "identifier", "item", "entry", "held", "wire"), INFORMATION
)
def test_what_a_display_shows_is_served(role, cluster, identifier, item, entry, held, wire):
    data = Data(role)
    if entry is None:
        setattr(data, item, held)
    else:
        getattr(data, item)[entry] = held
    assert answered(AttributeServer(role, live(data)), cluster, identifier) == {identifier: wire}


@pytest.mark.parametrize(
    ("scale", "price", "charge"), [(-5, 1_495, 10), (-4, 14_950, 100), (0, 149_500_000, 1_000_000)]
)
def test_prices_are_told_in_millipence_whatever_their_scale(scale, price, charge):
    data = Data("E")
    data.tariff_tou_prices[1], data.standing_charge = 1_495, 10
    data.tariff_tou_price_scale = data.standing_charge_scale = scale
    told = answered(AttributeServer("E", live(data)), 0x0700, 0x0420, 0x0301)
    assert told == {0x0420: price, 0x0301: charge}


def test_blocks_of_the_eight_rates_that_have_them():
    data = Data("E")
    data.tariff_block_registers.add(0, 5_000)
    data.tariff_block_registers.add(31, 6_000)
    server = AttributeServer("E", live(data))
    assert answered(server, 0x0702, 0x0710, 0x0783, 0x0784) == {0x0710: 5, 0x0783: 6, 0x0784: None}


def test_a_cost_at_a_negative_price_is_no_fortune():
    data = Data("E")
    data.days_cost_mp[0] = -5
    assert answered(AttributeServer("E", live(data)), 0x0705, 0x51C) == {0x51C: 0}


def test_unsupported_attributes_are_answered_with_their_status():
    server = AttributeServer("E", live(Data("E")))
    assert server.answer(0x0702, bytes.fromhex("ffff0103"), NOW_S).hex() == "ffff8601030022010000"
    assert server.answer(0x0999, bytes.fromhex("0000"), NOW_S).hex() == "000086"
    assert answered(server, 0x000A, 0) == {0: None}


@pytest.mark.parametrize("request_hex", ["", "00", "000000"])
def test_a_malformed_request_is_a_frame_error(request_hex):
    with pytest.raises(FrameError):
        AttributeServer("E", live(Data("E"))).answer(0x0702, bytes.fromhex(request_hex), NOW_S)


def test_reports_come_at_a_change_and_not_before_their_interval():
    data = Data("E")
    server = AttributeServer("E", live(data))

    def due(now_s):
        reports = []
        while True:
            report = server.reporting.due(now_s)
            if report is None:
                return reports
            cluster, payload = report
            values = zcl.decode_values(zcl.REPORT_ATTRIBUTES, payload)
            reports.append((cluster, {identifier: value for identifier, _, value in values}))

    # At first everything is news: a frame a cluster.
    assert due(1000) == [
        (0x0702, {0x14: 2}),
        (0x0705, {0x0000: 0, 0x0001: 0, 0x0002: 0, 0x0003: 0, 0x0005: 0}),
    ]
    assert due(1000) == []
    data.meter_balance_mp = -5
    assert due(1059) == []
    data.supply_state = 0
    assert due(1059) == [(0x0702, {0x14: 0})]
    data.supply_state = 2
    assert due(1059) == [(0x0702, {0x14: 1})]
    assert due(1060) == [(0x0705, {0x0001: -5})]
    data.meter_balance_mp = -6
    data.accumulated_debt_mp = 4
    data.meter_balance_mp = -5
    # Back to what was reported is no change; the debt's own last report was long ago.
    assert due(1119) == [(0x0705, {0x0005: 4})]
    assert due(1120) == []
    assert due(9999) == []
    # What may not wait takes along what has changed beside it.
    data.meter_balance_mp = 900
    assert due(10_000) == [(0x0705, {0x0001: 900})]
    data.meter_balance_mp = 1_000
    data.credit_status = 1
    assert due(10_001) == [(0x0705, {0x0001: 1_000, 0x0003: 1})]
    data.meter_balance_mp = 1_001
    assert due(10_060) == []
    assert due(10_061) == [(0x0705, {0x0001: 1_001})]


def test_a_client_keeps_nothing_of_a_malformed_report():
    data = Data("I")
    client = AttributeClient("I", data)
    good = bytes.fromhex("01002b05000000")
    with pytest.raises(FrameError):
        client.keep(0x0705, zcl.REPORT_ATTRIBUTES, good + b"\x02")
    assert data.meter_balance_mp == 0
    client.keep(0x0705, zcl.REPORT_ATTRIBUTES, good)
    assert data.meter_balance_mp == 5


# Payloads that are well formed and not what the table says.
STRANGE = [
    "01004203616263",  # a balance in words
    "0100210500",  # a balance of 16 bits
    "100023ffffffff",  # a limit beyond the 31 bits of the item
    "1c0525ffffffffffff",  # a cost beyond the item
    "9999210500",  # an attribute we don't know
]


@pytest.mark.parametrize("payload", STRANGE)
def test_a_client_leaves_strange_values_alone(payload):
    data = Data("I")
    before = dict(data.__dict__)
    AttributeClient("I", data).keep(0x0705, zcl.REPORT_ATTRIBUTES, bytes.fromhex(payload))
    assert data.__dict__ == before


def test_unknown_enumerations_are_not_kept():
    data = Data("I")
    client = AttributeClient("I", data)
    client.keep(0x0702, zcl.REPORT_ATTRIBUTES, bytes.fromhex("14003001"))
    assert data.supply_state == 2
    client.keep(0x0702, zcl.REPORT_ATTRIBUTES, bytes.fromhex("14003007"))
    assert data.supply_state == 2


def test_an_unsupported_attribute_keeps_what_was_there():
    data = Data("I")
    client = AttributeClient("I", data)
    data.meter_balance_mp = 9
    payload = bytes.fromhex("0100860200002b07000000")
    client.keep(0x0705, zcl.READ_ATTRIBUTES_RESPONSE, payload)
    assert (data.meter_balance_mp, data.emergency_credit_balance_mp) == (9, 7)


def identities(table):
    return {(attribute.cluster, attribute.identifier) for attribute in attributes(table)}


def test_nobody_keeps_what_it_serves():
    for role in "EGIHS":
        data = Data(role)
        assert not identities(AttributeTable(role)) & identities(AttributeTable(role, data))
    assert identities(AttributeTable("E", Data("E"))) == {(0x000A, 0)}

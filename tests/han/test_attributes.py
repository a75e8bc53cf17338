"""The attribute table against the Smart Energy facts, and serving, reporting and keeping."""

import pytest

from protometer.han import zcl
from protometer.han.attributes import AttributeClient, AttributeServer, AttributeTable
from protometer.han.frame_error import FrameError
from protometer.han.zcl_types import kind_of, put_value
from protometer.model.dictionary import Data
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
    server = AttributeServer(role, live(Data(role)))
    for attribute in attributes(AttributeTable(role)):
        told = answered(server, attribute.cluster, attribute.identifier)
        assert told[attribute.identifier] is not None


@pytest.mark.parametrize("role", ["ETPLB", "G", "I", "H", "S"])
def test_no_attribute_has_two_rows(role):
    table = AttributeTable(role)
    for cluster in table.clusters():
        identifiers = table.identifiers(cluster)
        assert len(identifiers) == len(set(identifiers))


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

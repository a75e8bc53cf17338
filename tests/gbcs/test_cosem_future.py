"""What is set for a later date by DLMS waits, is carried out, and an Alert tells of each item."""

import pytest

from host_tools.node import gbcs_bench as bench
from host_tools.node.cosem_requests import REFERENCE_COUNTER, UseCase, item, run
from protometer.gbcs import data_notification, envelope
from protometer.gbcs.date_time import NEVER_S, date_time, seconds
from protometer.gbcs.execution import Execution
from protometer.kernel.slices import finish
from protometer.model.command import SUPPLIER
from protometer.model.events import FUTURE_COMMAND_DONE
from protometer.roles.cosem_server import CosemServer
from protometer.roles.message_transaction import carried_out
from tests.reference_data import RTDS, message, needed

LATER_S = bench.NOW_S + 3_600
LOW_CREDIT = "9000 0-0:94.44.128.9"
UPDATE_PREPAYMENT = 0x00DE


def update(device, amount_mp, at_s):
    """Set the Low Credit Threshold for a date."""
    return run(
        device,
        UPDATE_PREPAYMENT,
        item(LOW_CREDIT + " s4", amount_mp),
        item(LOW_CREDIT + " s6", bytes(9) + b"\x80\x00\xff" if at_s is None else date_time(at_s)),
    )


def payloads(reference, event, at_s, counter):
    """Return what the Alerts of a Command that was due have to say."""
    return [
        data_notification.encode(counter, event, at_s, [content])
        for content in data_notification.future_contents(reference)
    ]


def test_a_value_waits_for_its_date_and_an_alert_tells():
    device = bench.esme()
    assert update(device, 200_000, LATER_S).results == [0, 0]
    assert device.data.low_credit_threshold_mp == 0
    device.step(LATER_S - 1)
    assert device.take_fulfilled() is None
    device.step(LATER_S)
    assert device.data.low_credit_threshold_mp == 200_000
    reference, event, at_s = device.take_fulfilled()
    assert device.take_fulfilled() is None
    assert (event, at_s) == (FUTURE_COMMAND_DONE, LATER_S)
    (payload,) = payloads(reference, event, at_s, 7)
    content = b"\x09\x13" + bytes.fromhex("00de") + REFERENCE_COUNTER.to_bytes(8, "big")
    content += bytes.fromhex("23280000 5e2c8009 06")
    head = bytes.fromhex("0f20000007 00 0203 128f66 090c") + date_time(LATER_S)
    assert payload == head + content


def test_never_cancels_and_at_once_is_now():
    device = bench.esme()
    update(device, 200_000, LATER_S)
    assert update(device, 200_000, NEVER_S).results == [0, 0]
    device.step(LATER_S)
    assert device.data.low_credit_threshold_mp == 0
    assert device.take_fulfilled() is None
    assert update(device, 300_000, None).results == [0, 0]
    assert device.data.low_credit_threshold_mp == 300_000


def test_what_waits_outlives_a_power_cut_with_its_reference():
    device = bench.esme()
    update(device, 200_000, LATER_S)
    entries = device._desk.future.entries()
    device._desk.begin()
    assert device._desk.future.entries() == entries
    device.step(LATER_S)
    assert device.take_fulfilled() is not None


def test_a_value_that_was_not_given_can_not_be_activated():
    device = bench.esme()
    answer = run(device, UPDATE_PREPAYMENT, item(LOW_CREDIT + " s6", date_time(LATER_S)))
    assert answer.results == [1]
    assert not device._desk.future.entries()


FUTURE_PAIRS = [
    ("1.1.1_ECS01a", "ECS01a_1.1.1", "FUTURE_DATED_TOU_BLOCK_SUCCESS"),
    ("1.2.2_ECS01d", "ECS01d_1.2.2", "FUTURE_DATED_SUCCESS"),
    ("1.6_ECS02", "ECS02_1.6", "FUTURE_DATED_TWIN_SUCCESS"),
    ("1.6_ECS03", "ECS03_1.6", "FUTURE_DATED_TWIN_SUCCESS"),
    ("2.1_ECS08", "ECS08_2.1", "FUTURE_DATED_SUCCESS"),
    ("2.1_ECS08a", "ECS08a_2.1", "FUTURE_DATED_SUCCESS"),
    ("6.14.3_ECS46d", "ECS46d_6.14.3", "FUTURE_DATED_APC_OUTPUT_SUCCESS"),
]


@needed
@pytest.mark.parametrize(("folder", "name", "scenario"), FUTURE_PAIRS)
def test_the_reference_alerts_of_later_dates(folder, name, scenario):
    """Each of the published Alerts is among those that fall due, to the octet but its counter."""
    command = envelope.parse(message(folder, f"{name}_{scenario}_COMMAND_GBCS.HEX"))
    device = bench.esme("ETLB")
    execution = Execution(UseCase(command.code), SUPPLIER, command.counter, bench.NOW_S)
    server = CosemServer(device)
    octets = bytes(command.payload)
    assert finish(carried_out(device, server, execution, octets))
    assert not execution.failed
    alerts = [
        bytes(envelope.parse(message(folder, path.name)).payload)
        for path in sorted((RTDS / "RTDS-4.5.0" / folder).glob(f"*8F66_{scenario}_ALERT*"))
    ]
    due_s = seconds(alerts[0][13:25])
    device.step(due_s)
    told = []
    while (fulfilled := device.take_fulfilled()) is not None:
        told += payloads(*fulfilled, 2000)
    assert sorted(alert[5:] for alert in alerts) == sorted(payload[5:] for payload in told)

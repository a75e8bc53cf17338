"""What a preset makes of a response is a device that gives that response."""

import pytest

from host_tools.gbcs import preset_gbz
from host_tools.node.message_bench import MessageBench
from protometer.gbcs import gbz
from protometer.roles.gsme import Gsme
from tests.roles.gbz_stand import METERING, PREPAYMENT, PRICE, Stand, ask, encoded, read
from tests.roles.gsme_stand import AUTHENTIC, gas_tariff
from tests.roles.meter_stand import DAY_S, NEW_YEAR_S, UNIT_MP

LAST = {"latestEndTime": 0xFFFF_FFFE}


def snapshots(name, cluster, cause, count):
    times = {"earliestStartTime": 0, **LAST, "snapshotCause": cause}
    return [ask(cluster, name, {**times, "snapshotOffset": at}) for at in range(count)]


def lived():
    """A meter with a past: days, a tariff, top-ups, debts paid, a billing date."""
    stand = Stand()
    stand.prepay(balance_mp=7 * UNIT_MP)
    stand.execute("Set Tariff", tariff=gas_tariff(standing_mp=3))
    stand.execute("Set Billing Calendar", start_s=NEW_YEAR_S + DAY_S, period=1)
    settings = {"Debt Recovery per Payment": 1500, "Debt Recovery Rate Cap": 1_000_000}
    stand.execute("Adjust Debt", payment_debt_mp=50_000, configuration=settings)
    for day in range(3):
        stand.step(DAY_S, 2_000 + day)
        stand.execute("Add Credit", value_mp=UNIT_MP)
    return stand


def top_ups():
    return [ask(PREPAYMENT, "GetTopUpLog", {**LAST, "numberOfRecords": 5}, 0)]


def debts():
    values = {**LAST, "numberOfDebts": 10, "debtType": 2}
    return [ask(PREPAYMENT, "GetDebtRepaymentLog", values, 0)]


ASKED = {
    "GCS13c": (0x00B6, [read(METERING, 0x0302, 0x0301, 0x0300, 0x0100, 0x0102, 0x0104, 0x0106)]),
    "GCS14": (
        0x0075,
        [read(PRICE, 0x0617, 0x0616), read(PREPAYMENT, 5, 2, 1, 0x0231, 0x0211, 0x0221)],
    ),
    "GCS15b": (
        0x00C3,
        [
            *snapshots("GetPrepaySnapshot", PREPAYMENT, 0x6008, 12),
            *snapshots("GetSnapshot", METERING, 0x6008, 12),
        ],
    ),
    "GCS15d": (0x00C4, debts()),
    "GCS15e": (0x00C5, top_ups()),
    "GCS16a": (0x0077, snapshots("GetSnapshot", METERING, 1, 31)),
    "GCS16b": (0x0096, snapshots("GetPrepaySnapshot", PREPAYMENT, 1, 31)),
    "GCS21j": (0x00BF, [read(PREPAYMENT, 0x0000)]),
    "GCS38": (0x0084, [read(METERING, 0x0206)]),
    "GCS46": (0x0089, [read(METERING, 0x0307)]),
}


def told(answers):
    """Return (payload of a response, plaintexts) with something else where it is encrypted."""
    plaintexts = [answer.payload for answer in answers if answer.sealed_as is not None]
    for answer in answers:
        if answer.sealed_as is not None:
            answer.payload = b"\x31" + bytes(16)
    return gbz.encode(answers), plaintexts


@pytest.mark.parametrize("name", ASKED)
@pytest.mark.parametrize("fails_at", [None, 0, 2])
def test_a_device_gives_the_response_that_it_was_brought_to(name, fails_at):
    code, asked = ASKED[name]
    command = encoded(asked)
    response, plaintexts = told(lived().send_octets(code, command, fails_at=fails_at))
    fails_at = preset_gbz.fault(command, response, plaintexts)
    fresh = Stand(NEW_YEAR_S + 9 * DAY_S)
    preset_gbz.preset(fresh.meter, command, response, plaintexts)
    again = told(fresh.send_octets(code, command, fails_at=fails_at))
    assert again == (response, plaintexts)


def test_of_a_failure_the_item_is_known():
    code, asked = ASKED["GCS14"]
    for item in (None, 0, 1, 2, 7):
        answers = told(Stand().send_octets(code, encoded(asked), fails_at=item))
        assert preset_gbz.fault(encoded(asked), *answers) == item
    code, asked = ASKED["GCS16a"]
    for item in (0, 1, 30):
        answers = told(lived().send_octets(code, encoded(asked), fails_at=item))
        assert preset_gbz.fault(encoded(asked), *answers) == item


@pytest.mark.parametrize("supply", [0x10, 0x11, 0x12])
def test_a_top_up_leaves_what_the_response_says(supply):
    stand = Stand()
    values = {"originatingDevice": 0, "topUpCode": stand.utrn(UNIT_MP).encode()}
    command = encoded([ask(PREPAYMENT, "ConsumerTopUp", values)])
    payload = bytes((supply,)) + UNIT_MP.to_bytes(4, "little") + b"\x00"
    payload += (3 * UNIT_MP + 1).to_bytes(4, "little")
    response = gbz.encode([gbz.Component(PREPAYMENT, 0x09, 0, 0x03, payload)])
    preset_gbz.preset(stand.meter, command, response, [])
    assert gbz.encode(stand.send_octets(0x0097, command)) == response


def test_a_value_beyond_its_item_is_refused():
    command = encoded([read(METERING, 0x0307)])
    payload = b"\x07\x03\x00\x41\x0e" + b"1" * 14
    response = gbz.encode([gbz.Component(METERING, 0x08, 0, 0x01, payload)])
    bench = MessageBench("GSME", preset_gbz.letters(command, response, []), NEW_YEAR_S)
    assert isinstance(bench.device, Gsme)
    with pytest.raises(ValueError, match="takes text of up to 13 octets"):
        preset_gbz.preset(bench.device, command, response, [])
    assert AUTHENTIC

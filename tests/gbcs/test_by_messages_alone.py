"""Two meters from the works and a head-end: what is read is what was metered and commanded."""

import pytest

from host_tools.node.cosem_requests import item
from protometer.model.enumerations import (
    ARMED,
    DISABLED,
    ENABLED,
)
from tests.gbcs.electricity_by_messages import (
    ALL,
    ELECTRICITY,
    RATES_MP,
    TOP_UP_MP,
    electricity_meter,
)
from tests.gbcs.gas_by_messages import (
    GAS,
    GAS_RATES_MP,
    GET_TOP_UPS,
    SUPPLY_STATUS,
    gas_meter,
)
from tests.roles.gbz_stand import (
    PREPAYMENT,
    ask,
)


@pytest.fixture(scope="module")
def electricity(keystore, head_end):
    return electricity_meter(keystore, head_end)


@pytest.fixture(scope="module")
def gas(keystore, head_end):
    return gas_meter(keystore, head_end)


def flat(value):
    """Return what is in lists and tuples, one after the other."""
    if isinstance(value, list | tuple):
        return [one for part in value for one in flat(part)]
    return [value]


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


@pytest.mark.parametrize("name", GAS)
def test_what_is_read_of_gas_is_what_the_meter_holds(gas, name):
    code, asked, held, put = GAS[name]
    expected = held(gas)
    answers = gas.do(code, *asked)
    assert not gas.outcome.failed
    assert put(answers) == expected
    assert expected

"""A preset brings back the response that it was made of, for use cases without samples too.

A meter that has lived answers; a fresh one is brought to what the answer tells, and answers alike.
"""

import random

import pytest

from host_tools.gbcs.preset_cosem import letters, preset
from host_tools.node import gbcs_bench as bench
from host_tools.node.cosem_requests import (
    EVERYBODY,
    MARK,
    REFERENCE_COUNTER,
    TAG,
    UseCase,
    item,
    payload,
    protected,
)
from protometer.gbcs import cosem_objects
from protometer.gbcs.execution import Execution
from protometer.kernel.slices import finish
from protometer.model.dictionary import items as items_of_role
from protometer.model.enumerations import PREPAYMENT_MODE
from protometer.model.register import RegisterBank
from protometer.model.table import rows, table_path
from protometer.roles.cosem_server import CosemServer
from protometer.roles.message_transaction import carried_out
from tests.gbcs.cosem_workload import tariff

NOW_S = bench.NOW_S
TABLE = list(rows(table_path(cosem_objects.__file__, "cosem_objects.tbl"), 6))
# The model derives these from others; the clock is the bench's.
DERIVED = (
    "emergency_credit_balance_mp",
    "randomised_offset_s",
    "active_tariff_price_mp",
    "secondary_active_tariff_price_mp",
    "supply_state",
    "alcs_state",
)
PLAIN = {"INT32", "UINT32", "UINT16", "UINT8", "INT16", "ENUM8", "BOOL", "UTC"}
# A protected read with its attributes, by use case.
PROTECTED = {
    0x0027: ("30 0-0:43.2.8.255 a1", ["1 0-0:94.44.34.10 p2"]),
    0x0029: ("30 0-0:43.2.9.255 a1", ["1 0-0:94.44.34.1 p2"]),
    0x002A: ("30 0-0:43.2.10.255 a1", ["1 0-0:94.44.34.2 p2"]),
    0x002D: ("30 0-0:43.2.1.255 a1", ["1 0-0:94.44.34.30 p2"]),
    0x002F: ("30 0-0:43.2.3.255 a1", ["7 0-0:98.1.2.255 p2"]),
    0x0030: ("30 0-0:43.2.2.255 a1", ["7 0-0:98.1.0.255 p2", "7 0-0:98.1.1.255 p2"]),
    0x0033: ("30 0-0:43.2.5.255 a1", ["7 0-0:98.1.9.255 p2"]),
    0x0034: ("30 0-0:43.2.6.255 a1", ["7 0-0:98.1.8.255 p2"]),
    0x0037: ("30 0-0:43.2.7.255 a1", ["7 0-0:99.1.0.255 p2"]),
    0x0060: ("30 0-0:43.2.4.255 a1", ["7 0-0:99.1.3.255 p2"]),
}


def run(device, code, octets):
    """The response to a payload, and the plaintexts of what it protects."""
    plaintexts = []

    def protect(plaintext):
        plaintexts.append(plaintext)
        return MARK + plaintext + TAG

    execution = Execution(UseCase(code), EVERYBODY, REFERENCE_COUNTER, NOW_S)
    execution.device = execution.recipient = bytes(8)
    execution.protect = protect
    answer = finish(carried_out(device, CosemServer(device), execution, octets))
    assert not execution.failed
    return answer, plaintexts


def lived(role, seed):
    """A device whose items, registers and logs all hold something."""
    rng = random.Random(seed)
    device = bench.esme(role)
    data = device.data
    keys = [row for row in TABLE if row[3] in ("item", "items", "date")]
    named = {name.partition("[")[0] for row in keys for name in row[4].split()}
    for one in items_of_role(role):
        value = getattr(data, one.attribute)
        if isinstance(value, RegisterBank):
            for index in range(len(value)):
                value.kwh[index], value.mwh[index] = (
                    rng.randrange(10**5),
                    1000 * rng.randrange(1000),
                )
        elif one.attribute in named and one.attribute not in DERIVED and one.base in PLAIN:
            most = min(one.greatest, one.least + 1000)
            if one.is_array:
                for index in range(len(value)):
                    value[index] = rng.randint(one.least, most)
            else:
                choices = one.only or [rng.randint(one.least, most)]
                setattr(data, one.attribute, rng.choice(choices))
    data.payment_mode = PREPAYMENT_MODE
    data.meter_balance_mp = 500_000
    data.disablement_threshold_mp = -900
    data.emergency_credit_limit_mp = 700_000
    device.take_up(NOW_S)
    run(device, 0x0019, payload(0x0019, role, tariff()))
    quarterly = [(b"\6\0\0\0", b"\xff\xff" + bytes((month, 9, 255))) for month in (2, 5, 8, 11)]
    run(device, 0x00D7, payload(0x00D7, role, [item("22 0-0:15.0.0.255 s4", quarterly)]))
    for n in range(3):
        device.readings.credit(NOW_S - 9 + n, 1000 * n, 10 + n)
        device.readings.mode_or_tariff_changed(NOW_S - 3 + n, 0)
    device.readings.midnights(NOW_S // 86_400 - 3, NOW_S // 86_400)
    device.logbook.named("Billing Data Log Billing Calendar Balances").append(NOW_S, *range(6))
    for log in device.logbook.logs():
        if log.name.startswith(("Profile", "Average", "Boost", "Power", "Security")):
            for n in range(4):
                values = [rng.randrange(200) for _ in log._format[2:]]
                log.append(NOW_S - 7200 + 1800 * n, *values)
    device.commit()
    return device


def requests(role):
    """Yield (message code, payload) of everything that may be read of a meter of these letters."""
    found = {}
    for key, devices, _, handler, _, codes in TABLE:
        use = key.split()[-1][0]
        if use in "gr" and set(devices) <= set(role) and handler.partition(".")[0] != "clock":
            for code in codes.split():
                found.setdefault(int(code, 16), []).append(item(key, (0, NOW_S)))
    for code, asked in sorted(found.items()):
        yield code, payload(code, role, asked)
    for code, (key, names) in PROTECTED.items():
        between = (1, NOW_S) if names[0].startswith("7 ") else ()
        yield code, payload(code, role, [item(*protected(key, names, *between))])


@pytest.mark.parametrize("role", ["E", "ETLB", "EPLB"])
def test_a_fresh_meter_is_brought_to_what_another_told(role):
    device = lived(role, role)
    seen = 0
    for code, octets in requests(role):
        response, plaintexts = run(device, code, octets)
        assert set(letters(octets, response, plaintexts)) <= set(role)
        fresh = bench.esme(role)
        preset(fresh, octets, response, plaintexts)
        assert run(fresh, code, octets) == (response, plaintexts), f"{code:04x}"
        seen += 1
    assert seen >= 35


def test_a_fresh_hub_is_brought_to_what_another_told():
    hub = bench.hub()
    for n in range(3):
        hub.device_log.add(NOW_S, bytes((n,)) * 8, 1, bytes(16))
        hub.data.hub_device_lqi[3 * n] = hub.data.hub_device_heard_s[n] = 40 + n
    hub.set_sub_ghz([28 << 27, 29 << 27, 30 << 27, 31 << 27], list(range(11)))
    hub.note_channel(0x8F26)
    hub.commit()
    for code, octets in requests("H"):
        if code in PROTECTED:
            continue
        response, plaintexts = run(hub, code, octets)
        fresh = bench.hub()
        preset(fresh, octets, response, plaintexts)
        assert run(fresh, code, octets) == (response, plaintexts), f"{code:04x}"

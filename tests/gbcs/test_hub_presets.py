"""What a hub tells with other values than the references': presets bring it about all the same."""

from functools import cache

import pytest

from host_tools.gbcs import presets
from host_tools.gbcs.head_end import HeadEnd
from host_tools.gbcs.replay import Replay
from host_tools.node import cosem_requests
from protometer.gbcs.access_request import SUCCESS
from protometer.gbcs.envelope import parse
from protometer.gbcs.remote_parties import ACCESS_CONTROL_BROKER
from tests.reference_data import RTDS, message, needed, pairs

HUB = bytes.fromhex("00db1234567890a2")
NOW_S = presets.CLOCK_S
USE_GET = 1
# Of a pair: octets of its response's payload, and what stands there instead.
ALTERED = (
    ("ECS26n_6.2.4_SUCCESS", "41544754797065", "42655866697a67"),
    ("ECS35d_6.13_SUCCESS", "124e1c35f900", "124e1c35fa07"),
    ("ECS35d_6.13_SUCCESS", "8f121c3602fd", "8f131c3602fe"),
    ("DBCH01_6.31_SUCCESS", "e0000001", "f0000080"),
    ("DBCH03_6.30_SUCCESS", "e0000003", "e7ffffff"),
    ("DBCH03_6.30_SUCCESS", "12007d1200c81104", "12ffff1200001163"),
    ("CCS05CCS04_8.9_SUCCESS", "00db1234567890a0", "00db1234567890ff"),
    ("CCS05CCS04_8.9_SUCCESS", "0fdd0fce0f9c11021127", "0f800f7f0f0011ff1100"),
    ("CCS06_8.9_SUCCESS", "07de0c1f031732", "07de0c1e020005"),
    ("CCS07_8.9_SUCCESS", "07df0101ff000000", "07df0b17ff0d2e3b"),
    ("CCS07_8.9_SUCCESS", "83fed3407a939723", "0011223344556677"),
    ("ECS52_11.2_SUCCESS", "0123abcd", "ffee0011"),
)


@cache
def replay():
    return Replay(RTDS)


@needed
@pytest.mark.parametrize(("scenario", "there", "instead"), ALTERED)
def test_an_altered_value_is_met(scenario, there, instead):
    pair = next(pair for pair in pairs() if pair["scenario"] == scenario)
    command = message(pair["dir"], pair["command"])
    response = parse(message(pair["dir"], pair["response"]))
    told = bytes(response.payload).hex()
    assert there in told
    response.payload = bytes.fromhex(told.replace(there, instead))
    bench = replay().bench(pair, parse(command), response)
    answered = parse(bench.handle(command).response)
    assert bytes(answered.payload).hex() == response.payload.hex()


# Use cases without references at a hub: message code, object, the range that is asked for, data.
ABSENT = (
    (0x0059, "1 0-0:0.2.1.255 g2", None, "0904 ffee0011"),
    (
        0x0093,
        "7 0-0:99.98.0.255 r2",
        (NOW_S - 100, NOW_S),
        "13 0203061209 0f" + (NOW_S - 50).to_bytes(4, "big").hex() + "8154 08 0000000000000007",
    ),
)


@needed
@pytest.mark.parametrize(("code", "key", "between", "data"), ABSENT)
def test_a_use_case_without_reference_is_met_at_a_hub(code, key, between, data):
    keystore = replay().keystore
    broker = keystore.parties()[ACCESS_CONTROL_BROKER][0]
    counter = 4_000
    asked = cosem_requests.payload(code, "H", [(key, between)], counter)
    command = HeadEnd(keystore).command(code, broker, HUB, asked, counter)
    response = parse(message("6.13_ECS35d", "ECS35d_6.13_SUCCESS_RESPONSE_GBCS.HEX"))
    head = b"\xda\x20" + counter.to_bytes(3, "big") + bytes(2) + b"\x01"
    response.payload = head + bytes.fromhex(data) + bytes((1, USE_GET, SUCCESS))
    response.code, response.counter = code, counter
    bench = presets.bench_for(keystore, "CHF", parse(command), response)
    assert bench.data.role == "H"
    answered = parse(bench.handle(command).response)
    assert bytes(answered.payload).hex() == response.payload.hex()

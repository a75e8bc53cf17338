"""What a meter does with messages of its remote parties, shown alike on every runtime.

The workload prints what becomes of each; here is what has to, row by row.
"""

from functools import cache
from pathlib import Path

import pytest

from host_tools.scenarios import RUNTIMES
from protometer.gbcs import use_case
from tests.on_runtimes import check_golden, printed

WORKLOAD = Path(__file__).parent / "messages_workload.py"
KINDS = ("ESME", "GSME")
REFUSED, FAILED, DONE = "same silent", "failed [8155] changed answered", "done [8154]"
# Arm, enable and disable supply; what only a supplier may send.
SUPPLY = {"ESME": {"004f", "0050", "0051"}, "GSME": {"0081", "0085"}}
MONEY = {"ESME": {"0007", "0019", "001b", "001e"}, "GSME": {"0097", "006b", "006d", "006e"}}

pytestmark = [
    pytest.mark.runtime,
    pytest.mark.parametrize("runtime", RUNTIMES),
]
each_meter = pytest.mark.parametrize("kind", KINDS)


@cache
def lines(runtime):
    """Return {what was sent: what became of it}."""
    return dict(line.split(": ", 1) for line in printed(runtime, WORKLOAD))


def told(runtime, kind, topic, *names):
    """Return what became of messages of a topic, in order."""
    return [lines(runtime)[f"{kind} {topic} {name}"] for name in names]


def test_every_runtime_prints_the_same(runtime):
    check_golden(runtime, WORKLOAD)


@pytest.mark.req("GSME-COM-09", "GSME-COM-10", "ESME-COM-11")
@each_meter
def test_the_first_fault_in_the_order_of_checks_refuses(runtime, kind):
    checks = (
        ("cut off", "format [8f1e]"),
        ("for another", "target []"),
        ("from a stranger", "originator [8f3e]"),
        ("from who may not", "role [8f30]"),
        ("again", "replay []"),
        ("not authentic", "mac [8f53]"),
        ("signed by another", "signature [8f3d]"),
    )
    for name, refusal in checks:
        assert told(runtime, kind, "order", name) == [f"{refusal} {REFUSED}"]
    assert told(runtime, kind, "order", "state", "can't be done") == ["same", FAILED]


@pytest.mark.req("GSME-COM-10", "ESME-COM-11")
@each_meter
def test_the_tenth_message_out_of_order_is_unusual(runtime, kind):
    # One more came before the ten.
    assert told(runtime, kind, "order", "ten times more") == [f"replay [] {REFUSED} [8]"]


@pytest.mark.req("GSME-SEC-02", "GSME-SEC-03", "ESME-SEC-01", "GSME-COM-01", "ESME-COM-01")
@each_meter
def test_a_critical_command_needs_signature_and_authentication_code(runtime, kind):
    assert told(runtime, kind, "critical", "signed alone", "authenticated alone") == [
        f"mac [8f53] {REFUSED}",
        f"signature [8f3d] {REFUSED}",
    ]
    both, arm = told(runtime, kind, "critical", "both", "arm")
    # Disabled, then armed.
    assert both == f"{DONE} changed answered 0"
    assert arm == f"{DONE} changed answered"
    assert told(runtime, kind, "critical", "armed") == ["2"]
    # The answer is signed, to who asked.
    assert told(runtime, kind, "critical", "answer") == ["signed 10 True"]


@pytest.mark.req("GSME-SEC-02", "GSME-SEC-03", "ESME-SEC-01", "GSME-COM-01", "ESME-COM-01")
@each_meter
def test_another_needs_the_authentication_code_alone(runtime, kind):
    assert told(runtime, kind, "non-critical", "false code", "authenticated alone", "answer") == [
        f"mac [8f53] {REFUSED}",
        f"{DONE} changed answered First",
        "authenticated 0123",
    ]


@pytest.mark.req("GSME-SEC-04", "ESME-SEC-01")
@each_meter
def test_a_counter_is_good_once_for_each_party_and_over_a_power_cut(runtime, kind):
    again = f"replay [] {REFUSED}"
    for party in ("supplier 200", "broker 3", "supplier 64 bits"):
        assert told(runtime, kind, "replay", party, f"{party} again") == [FAILED, again]
    for name in ("supplier 199", "supplier 200 after a cut", "broker 3 after a cut"):
        assert told(runtime, kind, "replay", name) == [again]
    assert told(runtime, kind, "replay", "supplier 201") == [again]
    # A read is answered each time.
    assert told(runtime, kind, "replay", "read 0", "read 1") == [f"{DONE} same answered"] * 2


@pytest.mark.req("GSME-SEC-08")
@each_meter
def test_what_is_sensitive_is_for_who_asked(runtime, kind):
    assert told(runtime, kind, "secret", "read") == [f"{DONE} same answered"]
    plain, in_clear = told(runtime, kind, "secret", "plain")[0].split()
    assert in_clear == "False"
    # Of electricity 5 kWh in Wh.
    assert kind == "GSME" or "0600001388" in plain
    assert told(runtime, kind, "secret", "to another") == ["attributes: not authentic"]


@pytest.mark.req("ESME-SUP-07")
def test_each_script_of_supply_has_its_message_and_there_is_no_other(runtime):
    states = {"0050": (52, 0, 2), "0051": (54, 2, 0), "004f": (51, 1, 2)}
    for code, (own, after, before) in states.items():
        state = before
        for number in (0, 50, 51, 52, 53, 54, 55, 65535):
            became = f"{FAILED} {state}"
            if number == own:
                state = after
                became = f"{DONE} changed answered {state}"
            assert told(runtime, "ESME", "script", f"{code} {number}") == [became]


@pytest.mark.req("GSME-SEC-02")
@each_meter
def test_a_top_up_is_authentic_by_the_key_that_supplier_and_meter_agree_on(runtime, kind):
    names = ("genuine", "again", "of another supplier", "with a wrong digit")
    assert told(runtime, kind, "top-up", *names) == [
        f"{DONE} changed answered 1234000",
        "failed [8155 8f51] changed answered 0",
        "failed [8155 8f63] changed answered 0",
        f"{FAILED} 0",
    ]


@pytest.mark.req("ESME-SEC-01", "GSME-SEC-03")
@each_meter
def test_each_party_may_send_the_use_cases_of_its_role(runtime, kind):
    allowed = {}
    for letter in "ASNT":
        refused, *codes = told(runtime, kind, "role", letter)[0].split()
        allowed[letter] = set(codes)
        rows = [row for row in use_case.table() if kind[0] in row[2]]
        assert int(refused) + len(codes) == len(rows)
        assert allowed[letter] == {row[0][2:] for row in rows if letter in row[4]}
    for letter in "ANT":
        assert not allowed[letter] & (SUPPLY[kind] | MONEY[kind])
    assert SUPPLY[kind] | MONEY[kind] <= allowed["S"]
    # A change of supplier, and credentials that are told: all that one for transition may send.
    assert allowed["T"] == {"0008", "000c", "0106", "0107", "011b"}


@pytest.mark.req("GSME-SEC-01", "GSME-HIC-12", "ESME-HIC-08")
@each_meter
def test_a_meter_makes_its_key_pairs_of_chance_and_asks_for_certificates(runtime, kind):
    for usage in ("08", "80"):
        assert told(runtime, kind, "own", f"issue {usage}") == [f"{DONE} changed answered"]
        # Signed with the new key, which is not in what left the meter.
        assert told(runtime, kind, "own", f"request {usage}") == ["True False"]
    # Two keys of 32 octets, and not the same.
    assert told(runtime, kind, "own", "drawn") == ["[32, 32] True"]


@pytest.mark.req("ESME-SEC-03", "GSME-HIC-12", "ESME-HIC-08")
@each_meter
def test_a_certificate_that_fits_takes_its_key_into_use(runtime, kind):
    outcomes = {
        "of another key": "failed [8155 8f4c] changed answered",
        "of another device": "failed [8155 8f4e] changed answered",
        "none": FAILED,
        "signing": "done [8154 8f4d] changed answered",
        "agreement": "done [8154 8f4f] changed answered",
        "agreement again": "failed [8155 8f4e] changed answered",
    }
    for name, became in outcomes.items():
        assert told(runtime, kind, "own certificate", name) == [became]
    assert told(runtime, kind, "own", "in use", "given") == ["True True", "True"]


@pytest.mark.req("GSME-HIC-16", "ESME-HIC-11", "ESME-SEC-03")
@each_meter
def test_credentials_are_replaced_one_by_one_or_not_at_all(runtime, kind):
    # Where the memory fails they stay, in the meter and for the next start.
    assert told(runtime, kind, "replace", "broken memory") == ["can't be kept True True"]
    assert told(runtime, kind, "replace", "one false", "statuses") == [
        "failed [8155 8f70] changed answered",
        "[10, 0]",
    ]
    assert told(runtime, kind, "replace", "later", "due") == [
        f"{DONE} changed answered",
        "8154 8f70 [True]",
    ]
    assert told(runtime, kind, "replace", "a cell of another") == [f"format [8f1e] {REFUSED}"]


@pytest.mark.req("GSME-SEC-09")
@each_meter
def test_a_change_of_supplier_leaves_what_was_measured_and_keeps_a_reading(runtime, kind):
    assert told(runtime, kind, "change", "by the supplier") == [f"role [8f30] {REFUSED}"]
    assert told(runtime, kind, "change", "by who may", "statuses") == [
        "done [8154 8f70] changed answered",
        "[0, 0, 0]",
    ]
    units = {"ESME": ("0a", 10_000_000), "GSME": ("04", 4_000_000)}[kind]
    assert told(runtime, kind, "change", "readings", "kept") == [
        f"1 2 {units[0]}0000000000",
        f"True '' {units[1]}",
    ]
    assert told(runtime, kind, "change", "the one before", "the new one", "contact") == [
        f"originator [8f3e] {REFUSED}",
        f"{DONE} changed answered",
        "Second",
    ]
    assert told(runtime, kind, "change", "at the floor", "above it") == [
        f"replay [] {REFUSED}",
        FAILED,
    ]
    assert told(runtime, kind, "change", "top-up 499", "top-up 501") == [
        "failed [8155 8f51] changed answered",
        f"{DONE} changed answered",
    ]

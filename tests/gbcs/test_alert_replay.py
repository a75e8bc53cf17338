"""The industry's reference alerts, rebuilt from what they tell of: equal to the octet."""

import json
from functools import cache

import pytest
from click.testing import CliRunner

from host_tools.cli import main
from host_tools.gbcs import alert_replay, presets
from host_tools.gbcs.alert_replay import AlertReplay
from host_tools.gbcs.head_end import HeadEnd
from host_tools.gbcs.replay import Replay
from host_tools.node import cosem_requests
from protometer.crypto import ecdsa
from protometer.gbcs import asn1, axdr, envelope
from protometer.gbcs.cosem_objects import TYPES
from protometer.gbcs.date_time import date_time
from protometer.gbcs.generalized_time import generalized
from protometer.gbcs.remote_parties import ACCESS_CONTROL_BROKER, LOAD_CONTROLLER, SUPPLIER
from protometer.kernel.slices import finish
from protometer.model.command import SUPPLIER as SUPPLIER_BY
from protometer.model.enumerations import PROPORTIONAL
from protometer.model.events import (
    BAD_FORMAT,
    BILLING_DATA_LOG_UPDATED,
    FUTURE_COMMAND_DONE,
    FUTURE_COMMAND_NOT_DONE,
)
from protometer.model.firmware_version import version_octets
from tests.reference_data import RTDS, needed

PATHS = sorted((RTDS / "RTDS-4.5.0").glob("*/*ALERT*.HEX")) if RTDS.is_dir() else []
NOW_S = presets.CLOCK_S


@cache
def alerts():
    return AlertReplay(Replay(RTDS))


def keystore():
    return alerts()._replay.keystore


def due(bench):
    """Return the messages that a device has to send, with what it has logged heard of."""
    waiting = bench.messages.alerts()
    while (event := bench.device.outbox.take()) is not None:
        waiting.hear(*event)
    found = []
    while bench.messages.is_due(bench.clock.utc_s()):
        found += finish(bench.messages.step(bench.clock.utc_s()))
    return found


@needed
@pytest.mark.parametrize("path", PATHS, ids=[path.stem for path in PATHS])
def test_an_alert_is_equal(path):
    result = alerts().run(path)
    assert result.equal, result.line


@needed
def test_a_difference_and_a_wrong_signature_are_found(monkeypatch):
    path = next(path for path in PATHS if "FDRA-DLMS" in path.name)
    octets = bytearray(alerts()._replay.message(path.parent.name, path.name))
    octets[-65 - 32] ^= 1
    monkeypatch.setattr(alerts()._replay, "message", lambda *_: bytes(octets))
    # The image with the altered hash is received, and told.
    assert alerts().run(path).equal
    octets[45] ^= 1
    assert not alerts().run(path).equal
    octets[45] ^= 1
    monkeypatch.setattr(alert_replay.ecdsa, "verify", lambda *_: ecdsa.verify([], *_[1:]))
    assert alerts().run(path).reason


@needed
def test_the_command_counts_alerts_before_pairs(tmp_path):
    out = tmp_path / "rtds.json"
    arguments = ["rtds", str(RTDS), "--json", str(out), "--only", "DBCH"]
    done = CliRunner().invoke(main, arguments)
    told = json.loads(out.read_text())
    count = len(told["alerts"])
    assert count == 5 and all(alert["equal"] for alert in told["alerts"])
    assert done.output.splitlines()[-2] == f"{count} of {count} alerts equal"
    assert done.output.splitlines()[-1].endswith("pairs equal")


@needed
def test_an_electricity_meter_tells_its_billing_data_encrypted():
    """ECS68, of which there is no reference: the supplier opens what is encrypted for it."""
    bench = presets.bench_for(keystore(), "ESME", None, None)
    bench.messages.alerts()
    bench.device.events.post(BILLING_DATA_LOG_UPDATED, NOW_S)
    bench.device.commit()
    # The log is empty: there is nothing to tell.
    assert due(bench) == []
    billing = {"start_s": NOW_S + 60, "period": 1}
    bench.device.execute("Set Billing Calendar", billing, SUPPLIER_BY, NOW_S)
    bench.front_end.import_mwh = 5_000
    bench.clock.set_utc(NOW_S + 60)
    bench.device.step(NOW_S + 60)
    (octets,) = due(bench)
    alert = envelope.parse(octets)
    assert alert.code == 0x0061
    assert alert.target == keystore().parties()[SUPPLIER][0]
    payload = bytes(alert.payload)
    assert payload[:12].hex() == "0f2000000100020312" + "8f0a" + "09"
    template = TYPES["protected"].partition(">")[2]
    (_, sealed), end = axdr.take(payload, 25, template)
    assert end == len(payload)
    opened = HeadEnd(keystore()).decrypt(alert, sealed)
    # A structure of one compact array, whose entry has stamp and Active Import Register.
    assert opened[:3] == b"\x02\x01\x13"
    assert (NOW_S + 60).to_bytes(4, "big") + (5).to_bytes(4, "big") in opened


LIMITS = (0x0121, 0x0122)


def limited_bench():
    """A device whose second controller has levels."""
    bench = presets.bench_for(keystore(), "ESME", None, None, letters="EL")
    bench.data.alcs_kinds[1] = PROPORTIONAL
    bench.messages.alerts()
    return bench


def limited(bench, counter, level, end_s=None):
    """Limit the output of the second controller; return the alerts that follow."""
    items = [("9 0-0:10.0.107.255 a1", 0x1200 | level)]
    if end_s:
        items.insert(0, ("1 0-0:94.44.118.4 s2", date_time(end_s)))
    payload = cosem_requests.payload(0x011F, bench.data.role, items, counter)
    party = keystore().parties()[LOAD_CONTROLLER][0]
    target = bench.messages.identifier()
    outcome = bench.handle(HeadEnd(keystore()).command(0x011F, party, target, payload, counter))
    assert outcome.accepted and not outcome.failed
    return of_limits(bench)


def of_limits(bench):
    """Return the alerts of limits that are due."""
    told = [envelope.parse(octets) for octets in due(bench)]
    return [alert for alert in told if alert.code in LIMITS]


def ended_at(now_s):
    """Return the payload, without its head, of the alert that the limit is no more."""
    return bytes.fromhex("0204 12 8f87 090c") + date_time(now_s) + bytes.fromhex("1112 1164")


@needed
def test_a_limit_that_is_taken_back_is_told():
    """ECS102, of which there is no reference."""
    bench = limited_bench()
    assert [alert.code for alert in limited(bench, 1, 0x7F)] == []
    assert [alert.code for alert in limited(bench, 2, 30)] == [0x0121]
    (ended,) = limited(bench, 3, 0x7F)
    assert ended.code == 0x0122
    assert bytes(ended.payload)[6:] == ended_at(NOW_S)


@needed
def test_a_limit_that_comes_to_its_end_is_told():
    bench = limited_bench()
    end_s = NOW_S + 600
    assert [alert.code for alert in limited(bench, 1, 30, end_s)] == [0x0121]
    for now_s, codes in ((end_s - 1, []), (end_s, [0x0122]), (end_s + 1, [])):
        bench.clock.set_utc(now_s)
        bench.device.step(now_s)
        assert [alert.code for alert in of_limits(bench)] == codes


@needed
def test_a_command_that_a_controller_lacks_is_told_of_once_and_only_if_authentic():
    """ECS100: what is refused is refused as before, with the same entry in the log."""
    bench = presets.bench_for(keystore(), "SAPC", None, None)
    target, supplier = bench.messages.identifier(), keystore().parties()[SUPPLIER][0]
    command = HeadEnd(keystore()).command(0x0012, supplier, target, b"", 7)
    forged = command[:-1] + bytes((command[-1] ^ 1,))
    told = []
    for octets in (forged, command, command):
        before = bench.log_counts()
        outcome = bench.handle(octets)
        assert (outcome.reason, outcome.response) == ("format", None)
        assert bench.logged_since(before) == [BAD_FORMAT]
        told.append([envelope.parse(one).code for one in due(bench)].count(0x0120))
    assert told == [0, 1, 0]
    other = presets.bench_for(keystore(), "GSME", None, None)
    command = HeadEnd(keystore()).command(0x0051, supplier, other.messages.identifier(), b"", 7)
    other.handle(command)
    assert [envelope.parse(one).code for one in due(other)] == [0x1000]


@needed
@pytest.mark.parametrize(("installs", "outcome"), [(True, 0), (False, 3)])
def test_an_activation_of_a_later_date_is_told_to_who_asked(installs, outcome):
    """The alert of CS06, of which there is no reference (GBCS 11.5)."""
    bench = presets.bench_for(keystore(), "ESME", None, None)
    bench.messages.alerts()
    device, digest = bench.device, bytes(range(32))
    device.firmware.install = lambda version: installs
    arguments = {"version": "9.1", "image_hash": digest, "verified": True}
    device.execute("Receive Firmware", arguments, SUPPLIER_BY, NOW_S)
    due(bench)
    at_s = NOW_S + 60
    payload = asn1.sequence(
        asn1.octet_string(digest), asn1.integer(9), asn1.time(generalized(at_s))
    )
    supplier, target = keystore().parties()[SUPPLIER][0], bench.messages.identifier()
    answer = bench.handle(HeadEnd(keystore()).command(0x0012, supplier, target, payload, 9))
    assert answer.accepted and not answer.failed
    due(bench)
    bench.clock.set_utc(at_s)
    device.step(at_s)
    told = [envelope.parse(one) for one in due(bench)]
    (alert,) = [one for one in told if one.code == 0x00CA]
    assert alert.target == supplier
    version = asn1.octet_string(version_octets(device.data.firmware_version))
    event = FUTURE_COMMAND_DONE if installs else FUTURE_COMMAND_NOT_DONE
    assert bytes(alert.payload) == asn1.sequence(
        asn1.integer(event),
        asn1.time(generalized(at_s)),
        asn1.integer(9),
        asn1.sequence(asn1.integer(outcome), version),
    )


@needed
def test_a_hub_tells_of_its_device_log():
    """CS14, of which there is no reference."""
    bench = presets.bench_for(keystore(), "CHF", None, None)
    bench.messages.alerts()
    bench.device.device_log.add(NOW_S, bytes(range(8)), 1, bytes(16))
    bench.device.commit()
    (octets,) = due(bench)
    alert = HeadEnd(keystore()).open(octets).message
    assert (alert.code, alert.target) == (0x0018, keystore().parties()[ACCESS_CONTROL_BROKER][0])
    (when, pan, devices), end = axdr.take(bytes(alert.payload), 25, TYPES["backup"])
    assert (when, pan) == (date_time(NOW_S), bench.data.hub_extended_pan)
    assert [device[0] for device in devices] == [bytes(range(8))]

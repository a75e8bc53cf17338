"""`protometer inject`, `decode` and `headend`: what they print is what came of the messages."""

import json

import pytest
from click.testing import CliRunner

from host_tools.cli import main
from host_tools.gbcs.head_end import HeadEndError, build
from host_tools.gbcs.keystore import Keystore, KeystoreError
from host_tools.gbcs.readable import ReadableError, message, payload
from protometer.gbcs import asn1
from protometer.gbcs.envelope import parse

ADJUST = {
    "use_case": "ECS04a",
    "from": "supplier",
    "to": "00db1234567890a0",
    "payload": {
        "items": [
            {
                "use": "action",
                "class": 112,
                "name": "0-0:19.10.0.255",
                "number": 1,
                "value": {"int32": 1_200_000},
            }
        ]
    },
}


def run(*words):
    return CliRunner().invoke(main, [str(word) for word in words])


def test_a_line_a_message(tmp_path, keystore_folder, head_end):
    files = []
    for number, octets in enumerate(
        (build(head_end, ADJUST, 5), build(head_end, ADJUST, 5), b"\xdd\x00")
    ):
        files.append(tmp_path / f"{number}.HEX")
        files[-1].write_text(octets.hex())
    done = run("inject", "--device", "ESME", "--keystore", keystore_folder, *files)
    assert done.exit_code == 0, done.output
    first, again, bad = [json.loads(line) for line in done.output.splitlines()]
    assert first["accepted"] and first["reason"] is None
    assert first["log_entries"] == ["0x8154"]
    assert first["state_before"] != first["state_after"] == again["state_before"]
    assert (again["accepted"], again["reason"], again["response"]) == (False, "replay", None)
    assert (bad["reason"], bad["log_entries"]) == ("format", ["0x8F1E"])
    assert set(first) == {
        "file",
        "accepted",
        "reason",
        "response",
        "state_before",
        "state_after",
        "log_entries",
    }


def test_a_file_that_is_no_message(tmp_path, keystore_folder):
    path = tmp_path / "x.HEX"
    path.write_text("zz")
    done = run("inject", "--device", "GSME", "--keystore", keystore_folder, path)
    assert done.exit_code == 1
    assert "x.HEX" in done.output


def test_a_message_is_told_readably_and_made_again_of_that(head_end):
    told = message(parse(build(head_end, ADJUST, 7)))
    assert told["use_case"] == "ECS04a"
    assert (told["counter"], told["kind"]) == (7, "command")
    described = {**ADJUST, "payload": told["payload"]}
    again = parse(build(head_end, described, 7))
    assert bytes(again.payload) == bytes(parse(build(head_end, ADJUST, 7)).payload)


def test_decode_and_headend_agree(tmp_path, keystore_folder):
    path = tmp_path / "adjust.json"
    path.write_text(json.dumps(ADJUST))
    made = run("headend", path, "--keystore", keystore_folder, "--counter", 9)
    assert made.exit_code == 0, made.output
    told = json.loads(run("decode", made.output.strip()).output)
    assert told["payload"] == ADJUST["payload"]
    assert told["mac"] and told["signature"]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"use_case": "ECS99"}, "no command ECS99"),
        ({"from": "nobody"}, "neither a role nor an identifier"),
        ({"to": "xy"}, "to: "),
        ({"payload": {}}, "none of items, components"),
        ({"payload": {"hex": "0"}}, "hex: "),
    ],
)
def test_descriptions_that_are_none(head_end, change, fault):
    with pytest.raises((HeadEndError, ReadableError), match=fault):
        build(head_end, {**ADJUST, **change}, 5)
    with pytest.raises(HeadEndError, match="payload is missing"):
        build(head_end, {"use_case": "ECS04a", "from": "supplier", "to": "00"}, 5)


def test_a_key_store_that_is_none(tmp_path):
    with pytest.raises(KeystoreError, match="no such folder"):
        Keystore(tmp_path / "none")
    (tmp_path / "x-yz.pem").write_text("-----BEGIN CERTIFICATE-----")
    with pytest.raises(KeystoreError, match=r"x-yz\.pem"):
        Keystore(tmp_path)


@pytest.mark.parametrize("octets", [b"", b"\xd9\x20", b"\x01\x09\x01", b"\x30\x82", b"\xff" * 9])
def test_what_cannot_be_read_is_told_in_hex(octets):
    assert payload(octets) in ({"hex": octets.hex()}, {"asn1": []})


def test_a_command_goes_to_a_meter_of_the_desk(tmp_path, keystore_folder):
    path = tmp_path / "adjust.json"
    path.write_text(json.dumps(ADJUST))
    done = run("headend", path, "--keystore", keystore_folder, "--send")
    assert done.exit_code == 0, done.output
    answer = json.loads(done.output[: done.output.index("\n}\n") + 3])
    assert answer["kind"] == "response"
    assert answer["payload"] == {"items": [{"result": 0}]}
    assert answer["verified"] == "signature"


def test_a_command_goes_to_the_prepayment_interface_of_the_desk(
    tmp_path, keystore, keystore_folder
):
    """Join Device: it is told of a gas meter, with its certificate."""
    meter = bytes.fromhex("00db1234567890a1")
    certificate = keystore.named(meter, "ka").certificate.octets
    parts = asn1.integer(0), asn1.octet_string(meter), asn1.integer(0), certificate
    described = {
        "use_case": "CS03A2",
        "from": "supplier",
        "to": "00db1234567890a4",
        "payload": {"hex": asn1.sequence(*parts).hex()},
    }
    path = tmp_path / "join.json"
    path.write_text(json.dumps(described))
    done = run("headend", path, "--keystore", keystore_folder, "--send")
    assert done.exit_code == 0, done.output
    answer = json.loads(done.output[: done.output.index("\n}\n") + 3])
    assert answer["kind"] == "response"
    assert answer["payload"] == {"asn1": [{"02": "00"}]}
    assert answer["verified"] == "signature"

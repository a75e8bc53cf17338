"""`protometer headend --port`: a flashed meter takes messages by its REPL, and meters on."""

import json
import re
import time

import pytest
from click.testing import CliRunner

from host_tools.boards.board import find_board
from host_tools.boards.device import load_network
from host_tools.boards.flash import flash
from host_tools.boards.message_port import stopped_meter
from host_tools.boards.remote import Remote, RemoteError
from host_tools.boards.unix_bridge import UnixBridge
from host_tools.cli import main
from host_tools.desk.devices import LARGER_HEAP
from host_tools.gbcs.board_sending import send_to_board
from host_tools.gbcs.head_end import build
from tests.boards.unix_board import needs_unix_port
from tests.gbcs.test_injection import ADJUST

pytestmark = [needs_unix_port, pytest.mark.runtime]

JOINING = {
    "extended_address": "00db1234567890a0",
    "policy": "default",
    "install_code": "83fed3407a939723a5c639b26916d505c3b5",
}
QUIET_S = 1.0
# A pulse of 1 Wh every 100 ms.
PULSES = {"BENCH_PULSES": "22:100"}
STATE = "print('state', role.data.active_import_register.wh(0), len(role.data.trust_anchors))"


@pytest.fixture(scope="module")
def bridge(tmp_path_factory):
    """A Pico 2 that is a meter which looks for its network, in vain."""
    path = tmp_path_factory.mktemp("network") / "joining.json"
    path.write_text(json.dumps(JOINING), encoding="utf-8")
    # Of the two radios the one whose driver takes silence for a chip that starts late.
    board = find_board("pico2").model_copy(update={"radio": find_board("pico").radio})
    with UnixBridge(tmp_path_factory.mktemp("board"), PULSES, LARGER_HEAP) as bridge:
        report = flash(board, "ESME", bridge.port, load_network(path), 1.0, lambda line: None)
        assert re.fullmatch(r"ESME running \d+ ms after start", report.heard[-1])
        yield bridge


def run(*words):
    return CliRunner().invoke(main, [str(word) for word in words])


def state(bridge):
    """Stop the meter, let it go on, and return what it has counted and its credentials' size."""
    said = Remote(bridge.port).run(
        ["resume", "exec", STATE, "+", "exec", "--no-follow", "role.proceed()"]
    )
    found = re.search(r"state (\d+) (\d+)", said)
    return int(found.group(1)), int(found.group(2))


def counts_on(bridge):
    first, _ = state(bridge)
    # A meter reads its pulses once a second.
    time.sleep(2)
    return state(bridge)[0] - first >= 10


def test_a_message_is_answered_and_the_meter_counts_on(bridge, head_end):
    before_wh, anchors = state(bridge)
    assert anchors == 0
    message = build(head_end, ADJUST, 100)
    (told,) = send_to_board(head_end, message, bridge.port, True, QUIET_S)
    assert (told["kind"], told["verified"]) == ("response", "signature")
    assert told["payload"] == {"items": [{"result": 0}]}
    # While the answer came, and the second of silence after it, pulses were counted.
    after_wh, anchors = state(bridge)
    assert after_wh - before_wh >= 10
    assert anchors > 0
    assert counts_on(bridge)
    # The same again is a replay, and is not answered; the keys have stayed.
    with stopped_meter(bridge.port) as meter:
        assert list(meter.send(message, QUIET_S, QUIET_S)) == []
    # Who may not do that is not answered either, but told of: 0x8F30, in an alert to the Supplier.
    others = build(head_end, {**ADJUST, "from": "network operator"}, 101)
    (told,) = send_to_board(head_end, others, bridge.port, False, QUIET_S)
    assert (told["kind"], told["verified"]) == ("alert", "signature")
    assert told["payload"]["notification"]["structure"][0] == {"uint16": 0x8F30}
    assert counts_on(bridge)


def test_a_message_for_another_meter_never_reaches_this_one(bridge, head_end):
    other = build(head_end, {**ADJUST, "to": "00db1234567890a1"}, 5)
    fault = "the meter is 00db1234567890a0, the message for 00db1234567890a1$"
    with pytest.raises(RemoteError, match=fault):
        list(send_to_board(head_end, other, bridge.port, False))
    assert counts_on(bridge)


def test_the_command_line_prints_the_answer(bridge, tmp_path, keystore_folder):
    path = tmp_path / "adjust.json"
    path.write_text(json.dumps(ADJUST))
    words = ["headend", path, "--keystore", keystore_folder, "--port", bridge.port, "--provide"]
    done = run(*words)
    assert done.exit_code == 0, done.output
    assert json.loads(done.output)["verified"] == "signature"


def test_what_can_not_be_meant_and_a_board_without_a_meter(tmp_path, keystore_folder):
    path = tmp_path / "adjust.json"
    path.write_text(json.dumps(ADJUST))
    for words, fault in (
        (("--send", "--port", "x"), "the one or the other"),
        (("--provide",), "--provide goes with --port"),
        (("--port", "/dev/nothing"), "Error: /dev/nothing: there is no such port; "),
    ):
        done = run("headend", path, "--keystore", keystore_folder, *words)
        assert done.exit_code != 0
        assert fault in done.output
    with UnixBridge(tmp_path) as bridge:
        fault = "no meter runs that takes messages: flash one with a network that it is to join"
        with pytest.raises(RemoteError, match=fault), stopped_meter(bridge.port):
            pass

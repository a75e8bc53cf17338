"""Boards as they are flashed, a radio on each: a hub forms a network, others join it."""

import contextlib
import re
import time

import pytest
import serial

from host_tools.boards.board import BOARDS, load_board
from host_tools.boards.bundle import bundle
from host_tools.boards.device import load_network
from host_tools.boards.home_files import write_home
from host_tools.boards.unix_bridge import UnixBridge
from host_tools.desk.devices import LARGER_HEAP
from tests.boards.unix_board import needs_unix_port
from tests.desk.test_rcp import Desk

pytestmark = pytest.mark.untraced

# A Pico 2 with an OpenThread RCP on its UART in place of the board file's radio.
SPINEL = """[radio]
kind = "spinel"
uart = 0
tx = 12
rx = 13
baud = 460_800
"""
# What each says of itself once all is well.
WANTED = {
    "ESME": "len(role.data.han_network) > 0 and len(role.data.han_devices) > 0",
    "GSME": "len(role.data.han_network) > 0",
    "IHD": "role.data.credit_status > 0",
    "PPMID": "role.data.credit_status > 0",
}
IN_TIME_S = 150


def board(folder):
    text = (BOARDS / "pico2.toml").read_text()
    text, count = re.subn(r"^\[radio\]\n(?:.+\n)+", SPINEL, text, flags=re.MULTILINE)
    assert count == 1
    path = folder / "pico2_spinel.toml"
    path.write_text(text)
    return load_board(path)


class Prompt:
    """The prompt of a board that runs: ask() stops the role, prints and lets it go on."""

    def __init__(self, port):
        self._line = serial.Serial(port, timeout=0.2)

    def ask(self, expression):
        """What it prints; None where the board has started again instead.

        MicroPython unix takes a signal at any moment, and amid a collection of garbage it ends of
        it, where a board would go on to its next line.
        """
        self._line.reset_input_buffer()
        self._line.write(b"\x03")
        if self._until(b">>> ") is None:
            return None
        self._line.write(b"print(repr(%s))\r" % expression.encode())
        said = self._until(b">>> ").decode()
        self._line.write(b"role.proceed()\r")
        return said.splitlines()[1]

    def _until(self, wanted):
        heard = b""
        end_s = time.monotonic() + 20
        while not heard.endswith(wanted):
            if re.search(rb"soft reboot.*ms after start", heard, re.DOTALL):
                return None
            assert time.monotonic() < end_s, heard.decode()
            heard += self._line.read(4096)
        return heard

    def close(self):
        self._line.close()


@needs_unix_port
@pytest.mark.runtime
@pytest.mark.req("ESME-COM-01", "GSME-COM-01")
def test_a_home_of_boards(tmp_path):
    files = {path.stem.upper(): path for path in write_home(tmp_path / "home")}
    pico = board(tmp_path)
    with contextlib.ExitStack() as stack:
        air = stack.enter_context(Desk())
        prompts = {}
        for role in files:
            root = tmp_path / role
            bundle(role, root, pico, load_network(files[role]))
            rcp = {"BENCH_RCP": f"127.0.0.1:{air.port}"}
            bridge = stack.enter_context(UnixBridge(root, rcp, heap=LARGER_HEAP))
            prompts[role] = Prompt(bridge.port)
            stack.callback(prompts[role].close)
        waiting = dict(WANTED)
        end_s = time.monotonic() + IN_TIME_S
        while waiting and time.monotonic() < end_s:
            # Seldom: a question interrupts whatever is being computed, which begins anew later.
            time.sleep(20)
            told = {role: prompts[role].ask(waiting[role]) for role in waiting}
            waiting = {role: waiting[role] for role in waiting if told[role] != "True"}
        assert waiting == {}

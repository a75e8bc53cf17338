"""Firmware of a PPMID and of an HCALCS, activated at a later date (GBCS CS06)."""

import pytest

from host_tools.node.message_bench import MessageBench
from protometer.gbcs import asn1
from protometer.gbcs.envelope import parse
from protometer.gbcs.generalized_time import generalized
from protometer.kernel.slices import finish
from protometer.model.enumerations import CLOCK_INVALID
from protometer.model.events import FUTURE_COMMAND_DONE, FUTURE_COMMAND_NOT_DONE
from protometer.roles.future_commands import NEVER_S
from tests.gbcs.live_device import LiveDevice

ACTIVATE = 0x0012
LATER_S = 3_600
HASH, VERSION = bytes(range(32)), "01020304"


class Later:
    """A device with an image that waits, and what it was told to do with it."""

    def __init__(self, keystore, head_end, letter):
        self.live = LiveDevice(keystore, head_end, letter)
        self.device, self.data = self.live.device, self.live.data
        self.data.staged_hash, self.data.staged_version = HASH, VERSION
        self.device.take_up(self.live.now_s)
        self.at_s = self.live.now_s + LATER_S
        self.installed = []
        self.device.firmware.install = lambda version: self.installed.append(version) or True

    def ask(self, at_s):
        def payload(counter):
            when = asn1.time(generalized(at_s))
            return asn1.sequence(asn1.octet_string(HASH), asn1.integer(counter), when)

        self.live.send(ACTIVATE, payload, "S")
        assert not self.live.outcome.failed
        assert bytes(self.live.response.payload) == asn1.NULL_ELEMENT

    def alerts(self):
        """What is told now: message code, target and payload of each."""
        told = finish(self.live.bench.messages.alerts().next(self.live.now_s))
        found = [parse(octets) for octets in told]
        return [(one.code, bytes(one.target), bytes(one.payload)) for one in found]

    def due(self, event, code):
        """The alert of what was due."""
        version = bytes.fromhex(VERSION) if code == 0 else bytes((0, 3, 0, 0))
        contents = asn1.sequence(asn1.integer(code), asn1.octet_string(version))
        when, counter = asn1.time(generalized(self.at_s)), asn1.integer(self.live.counter)
        payload = asn1.sequence(asn1.integer(event), when, counter, contents)
        return 0x00CA, bytes(self.live.command.originator), payload


@pytest.fixture(params=["U", "H"])
def later(keystore, head_end, request):
    return Later(keystore, head_end, request.param)


def test_it_waits_for_its_date_and_an_alert_tells(later):
    later.live.bench.messages.alerts()
    later.ask(later.at_s)
    later.live.pass_time(LATER_S - 1)
    assert later.installed == []
    later.live.bench.clock.advance(1_000)
    later.device.step(later.live.now_s)
    assert later.installed == [VERSION]
    assert later.alerts() == [later.due(FUTURE_COMMAND_DONE, 0)]
    later.live.pass_time(LATER_S)
    assert later.installed == [VERSION]


def test_one_that_can_not_be_done_is_told(later):
    later.ask(later.at_s)
    later.device.firmware.install = None
    later.live.bench.clock.advance(1_000 * LATER_S)
    later.device.step(later.live.now_s)
    assert later.alerts() == [later.due(FUTURE_COMMAND_NOT_DONE, 3)]
    assert later.data.staged_hash == HASH


def test_a_later_one_replaces_it_and_never_cancels_it(later):
    later.ask(later.at_s)
    later.ask(later.at_s + 60)
    later.live.pass_time(LATER_S + 59)
    assert later.installed == []
    later.ask(NEVER_S)
    assert later.data.pending_commands == b""
    later.live.pass_time(LATER_S)
    assert later.installed == []


def test_it_outlives_a_power_cut_and_waits_for_the_time(later):
    later.ask(later.at_s)
    bench = later.live.bench
    again = MessageBench(bench.kind, bench.letters, later.at_s, bench.memory.files)
    installed = []
    again.device.firmware.install = lambda version: installed.append(version) or True
    again.data.clock_status = CLOCK_INVALID
    again.device.step(later.at_s)
    assert installed == []
    again.device.clock.hear(later.at_s, later.at_s)
    again.device.step(later.at_s)
    assert installed == [VERSION]
    assert again.data.pending_commands == b""


def test_of_what_the_memory_could_not_keep_nothing_waits(later):
    later.live.bench.memory.broken = True
    with pytest.raises(OSError, match="memory"):
        later.ask(later.at_s)
    later.live.bench.memory.broken = False
    later.live.pass_time(LATER_S)
    assert later.installed == []
    assert later.data.staged_hash == HASH

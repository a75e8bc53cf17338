"""Configure Reporting, and the reports that come of it."""

import pytest

from protometer.han import zcl
from protometer.han.attributes import AttributeServer
from protometer.han.frame_error import FrameError
from protometer.han.reporting_configuration import configure
from protometer.model.dictionary import Data
from tests.han.han_stand import live
from tests.han.test_joining import joined
from tests.han.trust_centre_stand import HUB_EUI

POWER, SUMMATION, DEVICE_TYPE, STATUS = 0x0400, 0x0000, 0x0306, 0x0014
INT24, UINT48, ENUM8 = 0x2A, 0x25, 0x30
SHORTEST_S, LONGEST_S = 10, 300


def record(identifier, kind, shortest_s=SHORTEST_S, longest_s=LONGEST_S, change=b""):
    head = b"\0" + identifier.to_bytes(2, "little") + bytes((kind,))
    return head + shortest_s.to_bytes(2, "little") + longest_s.to_bytes(2, "little") + change


POWER_BY_50 = record(POWER, INT24, change=b"\x32\0\0")


class Server:
    def __init__(self):
        self.data = Data("E")
        self.server = AttributeServer("E", live(self.data))
        self.reporting = self.server.reporting
        while self.reporting.due(1):
            pass

    def configure(self, *records):
        records = b"".join(records)
        return bytes(configure(self.server.table, self.reporting, 0x0702, records)).hex()

    def due(self, now_s):
        found = {}
        while report := self.reporting.due(now_s):
            for identifier, _, value in zcl.decode_values(zcl.REPORT_ATTRIBUTES, report[1]):
                found[identifier] = value
        return found


def test_changes_are_reported_between_the_shortest_and_the_longest_interval():
    server = Server()
    assert server.configure(POWER_BY_50) == "00"
    assert server.due(1_000) == {POWER: 0}
    server.data.active_power_import_w = 60
    assert server.due(1_009) == {}
    assert server.due(1_010) == {POWER: 60}
    server.data.active_power_import_w = 109
    assert server.due(1_100) == {}
    server.data.active_power_import_w = 10
    assert server.due(1_101) == {POWER: 10}
    assert server.due(1_400) == {}
    assert server.due(1_401) == {POWER: 10}


def test_what_is_reported_as_shipped_can_be_changed_and_stopped():
    server = Server()
    server.data.supply_state = 0
    assert server.due(1_000) == {STATUS: 0}
    assert server.configure(record(STATUS, ENUM8, 100, 0)) == "00"
    assert server.due(1_000) == {}
    server.data.supply_state = 2
    assert server.due(1_099) == {}
    assert server.due(1_100) == {STATUS: 1}
    assert server.configure(record(STATUS, ENUM8, 0, 0xFFFF)) == "00"
    server.data.supply_state = 0
    assert server.due(9_000) == {}


# (record, the response)
REFUSED = [
    (record(0x9999, ENUM8), "86009999"),
    (record(DEVICE_TYPE, 0x18), "8c000603"),
    (record(POWER, UINT48, change=bytes(6)), "8d000004"),
    (record(POWER, INT24, 20, 10, bytes(3)), "87000004"),
]


@pytest.mark.parametrize(("wrong", "response"), REFUSED)
def test_what_cannot_be_is_refused_and_the_rest_done(wrong, response):
    server = Server()
    assert server.configure(wrong, POWER_BY_50) == response
    assert server.due(1_000) == {POWER: 0}


def test_what_we_should_expect_of_others_changes_nothing():
    server = Server()
    assert server.configure(b"\x01\x00\x04\x10\x00") == "00"
    assert server.due(1_000) == {}


@pytest.mark.parametrize("size", [*range(len(POWER_BY_50)), -1])
def test_what_is_cut_off_or_strange_is_a_frame_error(size):
    octets = POWER_BY_50[:size] if size >= 0 else b"\x02" + POWER_BY_50[1:]
    with pytest.raises(FrameError):
        Server().configure(octets)


def test_reports_go_to_whom_the_cluster_is_bound():
    device, hub = joined(policy="interop")
    bind = b"\x01" + bytes.fromhex("a09078563412db00") + b"\x01\x02\x07\x03" + HUB_EUI + b"\x01"
    hub.ask(device, 0x0021, bind, endpoint=0, profile=0)
    device.run(hub, 100)
    assert (0x8021, 0, False, b"\x01\x00") in hub.told("data")
    hub.ask(device, 0x0702, zcl.frame(0, 9, zcl.CONFIGURE_REPORTING, POWER_BY_50))
    device.run(hub, 100)
    assert hub.told("data")[-1] == (0x0702, 0x0109, False, bytes.fromhex("18090700"))
    device.data.active_power_import_w = 777
    while device.stack.report((), device.clock.utc_s()):
        device.run(hub, 100)
    reports = [values for values in hub.told("data") if values[3][2:3] == b"\x0a"]
    told = {
        values[0]: zcl.decode_values(zcl.REPORT_ATTRIBUTES, values[3][3:]) for values in reports
    }
    assert (POWER, INT24, 777) in told[0x0702]
    assert 0x0705 not in told

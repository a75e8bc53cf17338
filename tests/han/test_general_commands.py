"""Writing, discovering and reading back how reporting is set, asked of whole stacks."""

import pytest

from protometer.han import zcl
from protometer.model import dictionary
from tests.han.han_stand import Air, Node
from tests.han.test_stack import heard_by

METER, DISPLAY = 1, 2
IDENTIFY, METERING, PREPAYMENT, BASIC = 0x0003, 0x0702, 0x0705, 0x0000


class Pair:
    def __init__(self):
        self.meter, self.display = Node("E", METER), Node("I", DISPLAY)
        self.air = Air(self.meter, self.display)
        self.heard = heard_by(self.display)

    def ask(self, cluster, command, payload, control=0x10):
        """Return (control, command, payload) of each answer to a general command."""
        del self.heard[:]
        frame = zcl.frame(control, 7, command, bytes.fromhex(payload))
        self.display.stack._send(METER, cluster, frame)
        self.air.settle()
        return [(control, command, octets.hex()) for _, control, _, command, octets in self.heard]


@pytest.fixture
def pair():
    return Pair()


def test_a_writable_attribute_is_written_and_read_back(pair):
    assert pair.ask(IDENTIFY, 0x02, "0000212c01") == [(0x18, 0x04, "00")]
    assert pair.meter.data.identify_time_s == 300
    assert pair.ask(IDENTIFY, 0x00, "0000") == [(0x18, 0x01, "000000212c01")]


# (cluster, payload of Write Attributes, records of the response)
REFUSED = [
    (PREPAYMENT, "01002b01000000", "880100"),  # read only
    (METERING, "9999200a", "869999"),  # no such attribute
    (IDENTIFY, "0000200a", "8d0000"),  # another type
    (0x0999, "0000200a", "860000"),  # no such cluster
]


@pytest.mark.parametrize(("cluster", "payload", "records"), REFUSED)
def test_what_may_not_be_written_is_refused(pair, cluster, payload, records):
    before = dict(pair.meter.data.__dict__)
    assert pair.ask(cluster, 0x02, payload) == [(0x18, 0x04, records)]
    del before["nwk_frame_counter"]
    assert before.items() <= pair.meter.data.__dict__.items()


def test_a_value_beyond_the_items_bounds_is_invalid(pair, monkeypatch):
    monkeypatch.setitem(dictionary._INTEGERS, "UINT16", ("H", 0, 100))
    assert pair.ask(IDENTIFY, 0x02, "0000212c01") == [(0x18, 0x04, "870000")]
    assert pair.meter.data.identify_time_s == 0


def test_undivided_is_all_or_nothing_and_plain_writes_what_it_can(pair):
    both = "000021050001002b01000000"
    assert pair.ask(IDENTIFY, 0x03, both) == [(0x18, 0x04, "860100")]
    assert pair.meter.data.identify_time_s == 0
    assert pair.ask(IDENTIFY, 0x02, both) == [(0x18, 0x04, "860100")]
    assert pair.meter.data.identify_time_s == 5


def test_a_write_without_response_is_silent(pair):
    assert pair.ask(IDENTIFY, 0x05, "0000210600") == []
    assert pair.meter.data.identify_time_s == 6
    # But for an error of form.
    assert pair.ask(IDENTIFY, 0x05, "00002106") == [(0x18, 0x0B, "0580")]


def test_attributes_are_discovered_page_by_page(pair):
    assert pair.ask(BASIC, 0x0C, "000003") == [(0x18, 0x0D, "00" + "000020" + "040042" + "050042")]
    assert pair.ask(BASIC, 0x0C, "06000a") == [(0x18, 0x0D, "01" + "070030")]
    found, first = [], 0
    while True:
        ((_, _, page),) = pair.ask(METERING, 0x0C, first.to_bytes(2, "little").hex() + "ff")
        octets = bytes.fromhex(page)
        assert len(octets) <= 62
        found += [octets[at] | octets[at + 1] << 8 for at in range(1, len(octets), 3)]
        if octets[0]:
            break
        first = found[-1] + 1
    assert found == pair.meter.stack._server.table.identifiers(METERING)


def test_the_extended_discovery_tells_what_may_be_done(pair):
    assert pair.ask(IDENTIFY, 0x15, "000005") == [(0x18, 0x16, "01" + "000021" + "07")]
    assert pair.ask(BASIC, 0x15, "000001") == [(0x18, 0x16, "00" + "000020" + "01")]
    assert pair.ask(PREPAYMENT, 0x15, "010001") == [(0x18, 0x16, "00" + "01002b" + "05")]


def test_commands_received_are_discovered(pair):
    assert pair.ask(0x0700, 0x11, "0002") == [(0x18, 0x12, "00" + "0001")]
    assert pair.ask(0x0700, 0x11, "0740") == [(0x18, 0x12, "01" + "07080a0b")]
    assert pair.ask(0x0705, 0x11, "00ff") == [(0x18, 0x12, "01" + "0004080a")]
    # Nothing comes to the client side of a meter.
    assert pair.ask(0x0700, 0x11, "0010", 0x18) == [(0x10, 0x12, "01")]


def test_commands_generated_are_discovered(pair):
    assert pair.ask(0x0705, 0x13, "0010") == [(0x18, 0x14, "01" + "030506")]
    assert pair.ask(0x0999, 0x13, "0010") == [(0x18, 0x14, "01")]


def test_the_client_side_has_no_attributes_of_the_server(pair):
    assert pair.ask(METERING, 0x0C, "0000ff", 0x18) == [(0x10, 0x0D, "01")]
    assert pair.ask(IDENTIFY, 0x02, "0000212c01", 0x18) == [(0x10, 0x04, "860000")]
    assert pair.ask(METERING, 0x00, "0000", 0x18) == [(0x10, 0x01, "000086")]
    power = "0000042a0a002c01320000"
    assert pair.ask(METERING, 0x06, power, 0x18) == [(0x10, 0x07, "86000004")]


def test_how_reporting_is_set_is_read_back(pair):
    power = "0000042a0a002c01320000"
    assert pair.ask(METERING, 0x06, power) == [(0x18, 0x07, "00")]
    assert pair.ask(METERING, 0x08, "000004" + "001400" + "000000" + "009999" + "010004") == [
        (
            0x18,
            0x09,
            "00" + power + "00" + "00140030" + "00000000" + "8b000000" + "86009999" + "8b010004",
        )
    ]


def test_a_report_that_asks_for_it_is_told_of_its_success(pair):
    del pair.heard[:]
    octets = bytes.fromhex("01002b05000000")
    frame = zcl.frame(zcl.SERVER_TO_CLIENT, 9, zcl.REPORT_ATTRIBUTES, octets)
    told = heard_by(pair.meter)
    pair.meter.stack._send(DISPLAY, PREPAYMENT, frame)
    pair.air.settle()
    assert pair.display.data.meter_balance_mp == 5
    assert [what[1:] for what in told] == [(0x10, 9, zcl.DEFAULT_RESPONSE, b"\x0a\x00")]


def test_a_handlers_status_is_told_where_it_is_wanted_or_an_error(pair):
    statuses = []
    pair.meter.stack.handlers[(0x0705, 0, False)] = lambda *what: statuses.pop()
    for status, control, answers in (
        (zcl.SUCCESS, 0x01, [(0x18, 0x0B, "0000")]),
        (zcl.SUCCESS, 0x11, []),
        (zcl.FAILURE, 0x11, [(0x18, 0x0B, "0001")]),
        (None, 0x01, []),
    ):
        statuses.append(status)
        assert pair.ask(PREPAYMENT, 0, "", control) == answers


@pytest.mark.parametrize("command", [0x02, 0x03, 0x05, 0x08, 0x0C, 0x11, 0x13, 0x15])
@pytest.mark.parametrize("payload", ["", "00", "0000009900"])
def test_what_is_malformed_is_told_and_counted(pair, command, payload):
    before = pair.meter.stack.malformed
    assert pair.ask(METERING, command, payload) == [(0x18, 0x0B, f"{command:02x}80")]
    assert pair.meter.stack.malformed == before + 1

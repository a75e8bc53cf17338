"""Every command of every cluster, sent by a whole stack, field by field as Wireshark reads it."""

import shutil

import pytest

from tests.han.command_values import all_rows, every_command, spans
from tests.han.han_stand import KEY, Air, Node
from tests.han.test_tshark import captured
from tests.interop import referee

pytestmark = pytest.mark.skipif(not shutil.which("tshark"), reason="tshark is not installed")
SENDER, RECEIVER = 1, 2
COMMANDS = list(every_command())
FIELDS = {(row[0], row[1], row[3]): row[5].split() for row in all_rows()}

# What tshark 4.0.17 makes otherwise: {command: (its fields that it does not show, why)}.
EXEMPTIONS = {
    "UpdateCommissionState": (
        {"action", "commissionStateMask"},
        "it does not know the command, of ZCL's EZ-Mode",
    ),
    "ScheduleSnapshot": (
        {
            "snapshotScheduleId",
            "snapshotStartTime",
            "snapshotSchedule",
            "snapshotPayloadType",
            "snapshotCause",
        },
        "it takes one schedule apart, however many there are",
    ),
    "ChangeDebt": (
        {"debtRecoveryBalancePercentage"},
        "it has one octet for the percentage, which ranges from 0 to 10,000 hundredths",
    ),
}
# What a tunnel carries is nobody's but the protocol's in it.
OPAQUE = {"TransferDataClientToServer", "TransferDataServerToClient"}
UNKNOWN = {"EZModeInvoke", "UpdateCommissionState"}


def identity(command):
    """Return what no two commands share."""
    return command.cluster, command.from_server, command.identifier


@pytest.fixture(scope="module")
def packets(tmp_path_factory):
    """Return {identity of a command: what tshark says of its frame}."""
    sender, receiver = Node("E", SENDER), Node("I", RECEIVER)
    # The receiver's own view has tests of its own.
    receiver.stack._from_cluster = lambda *what: None
    air = Air(sender, receiver)
    for command, values in COMMANDS:
        payload = command.encode(values)
        sender.stack.command(
            RECEIVER, command.cluster, command.identifier, payload, command.from_server
        )
        air.settle()
    assert len(air.heard) == len(COMMANDS)
    capture = captured(air.heard, tmp_path_factory.mktemp("tshark"))
    keys = [identity(command) for command, _ in COMMANDS]
    return dict(zip(keys, referee.packets(capture, {"test": KEY}), strict=True))


def fields_shown(packet):
    """Return {(first octet of the payload, octets)} of the fields in a ZCL frame, and its end."""
    found, is_zcl = set(), False
    for proto in packet.iter("proto"):
        if proto.get("name") == "zbee_zcl":
            is_zcl, start = True, int(proto.get("pos")) + 3
            end = int(proto.get("pos")) + int(proto.get("size"))
        if is_zcl:
            for field in proto.iter("field"):
                if field.get("size"):
                    found.add((int(field.get("pos")) - start, int(field.get("size"))))
    assert is_zcl
    return found, end - start


@pytest.mark.parametrize(("command", "values"), COMMANDS, ids=[c.name for c, _ in COMMANDS])
def test_every_field_is_where_wireshark_has_it(packets, command, values):
    packet = packets[identity(command)]
    shown, end = fields_shown(packet)
    side = "s" if command.from_server else "c"
    ours = spans(FIELDS[f"0x{command.cluster:04x}", side, command.name], values)
    assert end == len(command.encode(values)) == sum(size for _, _, size in ours)
    missing = {
        name
        for name, at, size in ours
        # Octets of an array may be shown one by one.
        if (at, size) not in shown and not {(at + i, 1) for i in range(size)} <= shown
    }
    assert missing == EXEMPTIONS.get(command.name, (set(), ""))[0]


@pytest.mark.parametrize(("command", "values"), COMMANDS, ids=[c.name for c, _ in COMMANDS])
def test_nothing_is_malformed_left_over_or_unknown(packets, command, values):
    packet = packets[identity(command)]
    names = [str(element.get("name")) for element in packet.iter()]
    assert "zbee_zcl" in names
    assert "_ws.malformed" not in names
    assert "_ws.expert" not in names
    assert ("data" in names) == (command.name in OPAQUE)
    shown = [str(element.get("showname")) for element in packet.iter("field")]
    (told,) = [text for text in shown if text.startswith("Command: ")]
    assert ("Unknown" in told) == (command.name in UNKNOWN)
    assert f"(0x{command.identifier:02x})" in told


def test_commands_are_sealed_and_go_under_the_smart_energy_profile(packets):
    for packet in packets.values():
        shown = [str(element.get("showname")) for element in packet.iter()]
        assert "Profile: Smart Energy (0x0109)" in shown
        assert any("Security: True" in text for text in shown)

"""Frames of ours as Wireshark's Zigbee dissectors read them."""

import re
import shutil
import struct

import pytest

from protometer.han import price
from tests.han.han_stand import KEY, START_S, Air, Node
from tests.han.joined_stand import LINK_KEY, Ether, three
from tests.interop import referee

pytestmark = pytest.mark.skipif(not shutil.which("tshark"), reason="tshark is not installed")
# LINKTYPE_IEEE802_15_4_WITHFCS
LINK_TYPE = 195
METER, DISPLAY = 1, 2

ASKED = (
    (0x0000, (0x0000, 0x0004, 0x0005, 0x0007)),
    (0x0700, (0x0616, 0x0617)),
    (0x0702, (0x0000, 0x0014, 0x0100, 0x0102, 0x0104, 0x0200, 0x0207)),
    (0x0702, (0x0300, 0x0301, 0x0302, 0x0303, 0x0304, 0x0306, 0x0400, 0x0401, 0x0430)),
    (0x0705, (0x0000, 0x0001, 0x0002, 0x0003, 0x0005)),
    (0x0705, (0x0010, 0x0011, 0x0031, 0x051C, 0x0530)),
)

# (attribute as Wireshark names it, a line of the record that follows)
RECORDS = [
    ("ZCL Version (0x0000)", "Uint8: 8 (0x08)"),
    ("Manufacturer Name (0x0004)", "String: PROT"),
    ("Model Identifier (0x0005)", "String: METER001"),
    ("Power Source (0x0007)", "Power Source: Mains (single phase) (0x01)"),
    ("Currency (0x0616)", "Uint16: 826 (0x033a)"),
    ("Price Trailing Digit (0x0617)", "Bitmap8: 0x50"),
    ("Current Summation Delivered (0x0000)", "Uint48: 98765432 (0x0000000005e30a78)"),
    ("Supply Status (0x0014)", "Uint8: 1 (0x01)"),
    ("Instantaneous Demand (0x0400)", "Int24: 23000"),
    ("Divisor (0x0302)", "Uint24: 1000 (0x0003e8)"),
    ("Current Day Consumption Delivered (0x0401)", "Uint24: 5 (0x000005)"),
    ("Payment Control Configuration (0x0000)", "Prepayment Enabled: True"),
    ("Credit Remaining (0x0001)", "Int32: -123456"),
    ("Emergency Credit Remaining (0x0002)", "Int32: 500000"),
    ("Emergency Credit Limit / Allowance (0x0010)", "Uint32: 500001 (0x0007a121)"),
    ("Low Credit Warning (0x0031)", "Uint32: 60000 (0x0000ea60)"),
    ("Current Day Cost Consumption Delivered (0x051c)", "Uint48: 777 (0x0000000000000309)"),
]

PUBLISHED = (
    "Rate Label: Rate 2",
    "Current Time: Jan  1, 2024 01:00:05",
    "Currency: 0x033a",
    "Trailing Digit and Price Tier: 0x52",
    "Number of Price Tiers and Register Tier: 0x32",
    "Start Time: Jan  1, 2024 01:00:00",
    "Duration in Minutes: 65535",
    "Price: 14950",
)


def captured(heard, folder):
    """Write frames into a capture; return its path."""
    octets = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, LINK_TYPE)
    for number, psdu in enumerate(heard):
        octets += struct.pack("<IIII", number, 0, len(psdu), len(psdu)) + psdu
    path = folder / "air.pcap"
    path.write_bytes(octets)
    return path


@pytest.fixture(scope="module")
def dissected(tmp_path_factory):
    """What tshark says of a conversation between a meter and a display, frame by frame."""
    meter, display = Node("E", METER), Node("I", DISPLAY)
    air = Air(meter, display)
    data = meter.data
    data.active_import_register.add(0, 98_765_432_000)
    data.supply_state, data.payment_mode, data.active_power_import_w = 2, 1, 23_000
    data.meter_balance_mp, data.emergency_credit_balance_mp = -123_456, 500_000
    data.emergency_credit_limit_mp, data.low_credit_threshold_mp = 500_001, 60_000
    data.days_energy_wh[0], data.days_cost_mp[0] = 5, 777
    for cluster, identifiers in ASKED:
        display.stack.read(METER, cluster, identifiers)
        air.settle()
    while meter.stack.report((DISPLAY,), START_S):
        air.settle()
    published = price.encode(price.Price(14_950, 2, "Rate 2", 826, START_S), 3, START_S + 5)
    meter.stack.command(DISPLAY, price.CLUSTER, price.PUBLISH_PRICE, published, True)
    display.stack.command(METER, price.CLUSTER, price.GET_CURRENT_PRICE, b"\0", False)
    air.settle()
    frames = dissection(air.heard, tmp_path_factory.mktemp("tshark"), {"test": KEY})
    assert len(frames) == len(air.heard) >= 2 * len(ASKED) + 5
    return frames


def dissection(heard, directory, keys):
    """What tshark says of frames; keys: {name: octets}."""
    return referee.dissected(captured(heard, directory), keys)


def test_every_frame_is_decrypted_and_nothing_is_malformed(dissected):
    for frame in dissected:
        for bad in ("alformed", "Expert Info", "Undissected", "Unknown", "Encrypted Payload"):
            assert bad not in frame, frame
        assert "(Correct)" in frame
        assert "ZigBee Cluster Library Frame" in frame
        assert "Profile: Smart Energy (0x0109)" in frame


@pytest.mark.parametrize(("attribute", "value"), RECORDS)
def test_answers(dissected, attribute, value):
    answers = "".join(frame for frame in dissected if "Read Attributes Response (0x01)" in frame)
    record = answers.split("Attribute: " + attribute, 1)[1]
    record = re.split(r"Attribute: ", record, maxsplit=1)[0]
    assert "Status: Success (0x00)" in record
    assert value in record


def test_every_attribute_asked_for_is_answered(dissected):
    answers = "".join(frame for frame in dissected if "Read Attributes Response (0x01)" in frame)
    assert answers.count("Status: Success") == sum(len(asked) for _, asked in ASKED)


def test_reports(dissected):
    reports = [frame for frame in dissected if "Report Attributes (0x0a)" in frame]
    assert len(reports) == 2
    text = "".join(reports)
    for attribute, value in RECORDS:
        if attribute.startswith(("Supply Status", "Credit Remaining", "Emergency Credit Rem")):
            assert value in text.split("Attribute: " + attribute, 1)[1][:200]


@pytest.mark.parametrize("size", [100, 1_495])
def test_fragments_under_the_link_key_are_put_together(size, tmp_path):
    """What a tunnel carries, in as many blocks as it takes, each sealed and acknowledged."""
    hub, meter, display = three()
    meter.trust(DISPLAY)
    display.trust(METER)
    ether = Ether(hub, meter, display)
    carried = bytes(number % 251 for number in range(size))
    outcomes = []
    meter.stack.command(
        DISPLAY, 0x0704, 2, b"\x01\x00" + carried, False, on_outcome=outcomes.append
    )
    ether.run(1_000)
    blocks = (3 + 2 + size + 62) // 63
    frames = dissection(ether.heard, tmp_path, {"network": KEY, "link": LINK_KEY})
    of_aps = [frame for frame in frames if "Application Support Layer" in frame]
    # The display has no tunnel and says so: one more frame, and its acknowledgement.
    assert (outcomes, len(of_aps)) == ([True], 2 * blocks + 2)
    for frame in of_aps:
        assert "(Correct)" in frame
        assert not [bad for bad in referee.BAD if bad in frame], frame
    fragments, acknowledgements = of_aps[0 : 2 * blocks : 2], of_aps[1 : 2 * blocks : 2]
    assert all("Fragmentation: " in frame for frame in fragments + acknowledgements)
    assert all("Block Acknowledgements: 0xff" in frame for frame in acknowledgements)
    whole = [frame for frame in fragments if "Transfer Data" in frame]
    assert whole == fragments[-1:]
    assert f"{blocks} Message fragments ({3 + 2 + size} bytes)" in whole[0]
    assert f"Data ({size} bytes)" in whole[0]
    assert "Tunnel Id: 0x0001" in whole[0]


def test_the_price(dissected):
    (published,) = [frame for frame in dissected if "Command: Publish Price (0x00)" in frame]
    for line in PUBLISHED:
        assert line in published, line
    assert any("Command: Get Current Price (0x00)" in frame for frame in dissected)

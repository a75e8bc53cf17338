"""The Zigbee Device Profile of a meter: descriptors, bindings, and requests that are not good."""

import pytest

from protometer.han.aps_frame import SMART_ENERGY
from protometer.han.bindings import Bindings
from protometer.han.frame_error import FrameError
from protometer.han.network import Network
from protometer.han.zdo import Endpoint, Zdo
from protometer.model.dictionary import Data

OWN = bytes.fromhex("a09078563412db00")
OTHER = bytes(range(8))


class Desk:
    def __init__(self, sleepy=False):
        description = {"extended_address": "00db1234567890a0", "policy": "interop"}
        self.network = Network(dict(description, sleepy=sleepy))
        self.network.short_address = 0x7788
        self.data, self.kept, self.sent = Data("E"), [], []
        bindings = Bindings(self.data, lambda: self.kept.append(self.data.han_bindings))
        endpoint = Endpoint(1, SMART_ENERGY, 0x0501, [0x0000, 0x0702], [0x000A])
        self.zdo = Zdo(self.network, endpoint, bindings, lambda *what: self.sent.append(what))

    def ask(self, cluster, request, to_all=False, source=0x0000):
        """Return the answer's payload after the sequence number, or None."""
        self.sent.clear()
        self.zdo.receive(source, cluster, b"\x2a" + bytes.fromhex(request), to_all)
        if not self.sent:
            return None
        ((destination, answered, payload),) = self.sent
        assert (destination, answered, payload[0]) == (source, cluster | 0x8000, 0x2A)
        return bytes(payload[1:]).hex()


# (cluster, request, answer): 05-3474, 2.4.3 and 2.4.4.
ANSWERS = [
    (0x0000, OWN.hex() + "0000", "00" + OWN.hex() + "8877"),
    (0x0000, OTHER.hex() + "0000", "81" + OTHER.hex() + "ffff"),
    (0x0001, "88770000", "00" + OWN.hex() + "8877"),
    (0x0001, "00000000", "81" + bytes(8).hex() + "0000"),
    (0x0002, "8877", "008877" + "01408e000052dc05002cdc0500"),
    (0x0002, "0000", "810000"),
    (0x0003, "8877", "008877" + "10c1"),
    (0x0004, "887701", "008877" + "0e" + "01" + "0901" + "0105" + "01" + "0200000207" + "010a00"),
    (0x0004, "887702", "83887700"),
    (0x0005, "8877", "008877" + "0101"),
    (0x0006, "8877" + "0901" + "010207" + "00", "008877" + "0101"),
    (0x0006, "8877" + "0901" + "00" + "010a00", "008877" + "0101"),
    (0x0006, "8877" + "0901" + "010307" + "00", None),
    (0x0006, "8877" + "0401" + "010207" + "00", None),
    (0x0031, "00", "84"),
    (0x0034, OTHER.hex() + "00", "81"),
    (0x0034, OWN.hex() + "00", "84"),
]


@pytest.mark.parametrize(("cluster", "request_", "answer"), ANSWERS)
def test_what_is_asked_is_answered(cluster, request_, answer):
    assert Desk().ask(cluster, request_) == answer


def test_what_is_asked_of_all_is_answered_by_whom_it_concerns():
    desk = Desk()
    assert desk.ask(0x0000, OWN.hex() + "0000", True) == "00" + OWN.hex() + "8877"
    assert desk.ask(0x0000, OTHER.hex() + "0000", True) is None
    assert desk.ask(0x0031, "00", True) is None


def test_a_device_that_sleeps_says_so():
    desk = Desk(sleepy=True)
    assert desk.ask(0x0002, "8877")[6:12] == "024080"
    assert desk.ask(0x0003, "8877") == "0088774184"


@pytest.mark.parametrize(("cluster", "request_", "answer"), ANSWERS)
def test_requests_that_are_cut_off_are_refused(cluster, request_, answer):
    desk = Desk()
    desk.zdo.on_leave = list
    for size in range(len(request_) // 2):
        if cluster == 0x0031:
            break
        try:
            desk.ask(cluster, request_[: 2 * size])
        except FrameError as fault:
            assert "too short" in str(fault)
            continue
        # The rest of these is optional.
        assert size >= {0x0000: 8, 0x0001: 2}[cluster]
    with pytest.raises(FrameError, match="no sequence number"):
        desk.zdo.receive(0, cluster, b"", False)


TARGET = "03" + OTHER.hex() + "02"


def binding(cluster="0207", eui=OWN, endpoint="01", target=TARGET):
    return eui.hex() + endpoint + cluster + target


def test_bindings_are_made_kept_and_undone():
    desk = Desk()
    assert desk.ask(0x0021, binding()) == "00"
    assert desk.ask(0x0021, binding()) == "00"
    assert desk.ask(0x0021, binding("0507")) == "00"
    assert len(desk.kept) == 2
    bindings = Bindings(desk.data, list)
    assert bindings.targets(0x0702) == bindings.targets(0x0705) == [(OTHER, 2)]
    assert bindings.targets(0x0700) == []
    assert desk.ask(0x0022, binding()) == "00"
    assert desk.ask(0x0022, binding()) == "88"
    assert (bindings.targets(0x0702), bindings.targets(0x0705)) == ([], [(OTHER, 2)])


def test_a_binding_table_has_five_entries():
    desk = Desk()
    answers = [desk.ask(0x0021, binding(f"{number:02x}07")) for number in range(6)]
    assert answers == ["00"] * 5 + ["8c"]
    assert desk.ask(0x0021, binding("0007")) == "00"


@pytest.mark.parametrize(
    "wrong", [{"eui": OTHER}, {"endpoint": "02"}, {"target": "01" + "0000" + bytes(8).hex()}]
)
def test_bindings_that_are_not_ours_are_refused(wrong):
    desk = Desk()
    assert desk.ask(0x0021, binding(**wrong)) == "80"
    assert desk.ask(0x0022, binding(**wrong)) == "80"
    assert desk.data.han_bindings == b""


def test_an_announcement_teaches_addresses():
    desk = Desk()
    desk.zdo.receive(0x1234, 0x0013, b"\x01\x34\x12" + OTHER + b"\x8e", True)
    assert (desk.network.devices.short_of(OTHER), desk.network.devices.extended_of(0x1234)) == (
        0x1234,
        OTHER,
    )
    desk.zdo.receive(0x5678, 0x0013, b"\x02\x78\x56" + OTHER + b"\x8e", True)
    assert (desk.network.devices.short_of(OTHER), desk.network.devices.extended_of(0x1234)) == (
        0x5678,
        None,
    )
    assert desk.sent == []


@pytest.mark.parametrize("cluster", [0x0021, 0x0022])
def test_only_who_has_a_link_key_binds(cluster):
    desk = Desk()
    desk.network.is_interop = False
    request = OWN.hex() + "01" + "0207" + "03" + OTHER.hex() + "01"
    desk.ask(0x0021, request)
    assert len(desk.kept) == 1
    assert desk.ask(cluster, request, source=0x1234) == "8d"
    desk.network.devices.learn(0x1234, OTHER)
    assert desk.ask(cluster, request, source=0x1234) == "8d"
    assert len(desk.kept) == 1
    desk.network.devices.keep_key(OTHER, bytes(range(16)), True)
    assert desk.ask(cluster, request, source=0x1234) == "00"


def test_a_node_below_1_ghz_says_so():
    desk = Desk()
    desk.network.page = 28
    assert desk.ask(0x0002, "8877")[6:10] == "0180"

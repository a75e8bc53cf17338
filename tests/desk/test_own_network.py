"""A network of our own whose devices are processes on MicroPython, as many as a home has."""

import json

import pytest

from host_tools.desk.conductor import Conductor
from host_tools.desk.devices import LARGER_HEAP, OWN_ROLES, own_description, start_node
from host_tools.desk.ether import Ether
from host_tools.node import link
from host_tools.scenarios import missing

pytestmark = pytest.mark.untraced

START_UTC, START_S = "2012-01-01T00:00:00Z", 378_691_200
SECOND_US = 1_000_000
MINUTES = 33
ITEMS = {
    "CH": [],
    "ESME": ["Active Tariff Price"],
    "GSME": ["Supply State"],
    "IHD": ["Meter Balance", "Clock Status"],
    "PPMID": ["Meter Balance", "Clock Status"],
    "HCALCS": ["Switch State"],
}


class Played:
    """What the devices told in some minutes: traces, and at the end items and figures."""

    def __init__(self, folder, runtime):
        self.traces = {role: [] for role in OWN_ROLES}
        self.answers = {}
        ether = Ether(3, loss=0.02)
        with Conductor(ether, START_S * SECOND_US) as conductor:
            conductor.observe(self._note)
            for role in OWN_ROLES:
                described = own_description(role, START_UTC, self._house(folder, role))
                process = start_node(described, runtime, folder, heap=LARGER_HEAP)
                conductor.add_node(role, process)
            conductor.run((START_S + 60 * MINUTES) * SECOND_US)
            for role, items in ITEMS.items():
                asked = json.dumps({"items": items, "figures": True}).encode()
                conductor.schedule(conductor.now_us, role, link.QUERY, asked)
            conductor.run(conductor.now_us)

    def _house(self, folder, role):
        if role != "ESME":
            return None
        rows = folder / "house.csv"
        rows.write_text(
            "start_utc,import_wh\n2012-01-01T00:00:00Z,300\n2012-01-01T00:30:00Z,300\n"
        )
        return {
            "half_hours": str(rows),
            "from_utc": START_UTC,
            "to_utc": "2012-01-01T01:00:00Z",
        }

    def _note(self, at_us, role, kind, payload):
        if kind == link.TRACE:
            self.traces[role].append(payload.decode())
        elif kind == link.ANSWER:
            self.answers[role] = json.loads(payload)

    def events(self, role):
        return [trace.split()[1] for trace in self.traces[role] if trace.startswith("event")]


@pytest.fixture(scope="module", params=["unix"])
def played(request, tmp_path_factory):
    reason = missing(request.param)
    if reason:
        pytest.skip(reason)
    return Played(tmp_path_factory.mktemp("own"), request.param)


@pytest.mark.runtime
@pytest.mark.req("ESME-COM-01", "ESME-COM-10", "ESME-GEN-08", "GSME-COM-01")
def test_all_join_and_are_told_of(played):
    for role in ("ESME", "GSME"):
        assert played.events(role).count("0x8183") == 1
        assert played.events(role).count("0x81a2") == 1
    # Display, interface and load switch have come to share a link key with the meter.
    assert played.events("ESME").count("0x8f49") == 3
    for role in OWN_ROLES:
        assert played.answers[role]["figures"]["frames"]["malformed"] <= 5


@pytest.mark.runtime
@pytest.mark.req("GSME-HIC-01", "GSME-COM-08", "GSME-GEN-05")
def test_the_gas_meter_is_mirrored_and_says_little(played):
    assert played.answers["CH"]["figures"]["mirrored"] > 100
    # Two contacts; a display that asks each ten seconds says more.
    assert played.answers["GSME"]["figures"]["frames"]["sent"] < 700


@pytest.mark.runtime
@pytest.mark.req("ESME-COM-09")
def test_displays_show_their_meter(played):
    for role in ("IHD", "PPMID"):
        figures = played.answers[role]["figures"]
        assert figures["answers"] > 0.9 * figures["requests"] > 200

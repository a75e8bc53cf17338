"""Firmware images on the air of a home: to the meters, whole or refused, and told of."""

import random
import re
import shutil
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from host_tools.desk.home_network import GAS, HUB, METER, HomeNetwork
from host_tools.node.frame_counts import frame_counts
from host_tools.node.home import EXTENDED_ADDRESSES
from host_tools.node.ram_memory import RamFiles
from host_tools.ota_file import element, ota_file, upgrade_elements
from host_tools.scenarios import RUNTIMES
from protometer.han.devices import CONFIRMED
from protometer.han.ota_image import ImageError
from protometer.model import command as originators
from protometer.model import events
from protometer.model.command import CommandRefused
from protometer.roles.hub_function import HubFunction
from protometer.roles.ota_client import FILE
from protometer.roles.ota_server import DISCARDED, DONE, FAILED, OTHER_HARDWARE
from tests.han.soak_home import Captures
from tests.interop import referee
from tests.on_runtimes import check_golden

pytestmark = pytest.mark.untraced

WORKLOAD = Path(__file__).with_name("ota_workload.py")
START_S = 378_691_200
MANUFACTURER, HARDWARE = 0x10FE, 0x0007
TYPES = {METER: 0x0001, GAS: 0x0002}
VERSION = 0x01020304
IMAGE = random.Random(7).randbytes(9_000)
HASH = sha256(IMAGE).digest()
TRANSFERRED = 0x8F8A


class Home(HomeNetwork):
    """A hub that remote parties address, and a meter of a make of its own, both on the air."""

    def __init__(self, name, loss=0.02, tap=None):
        self.events, self.alerts = [], []
        super().__init__(START_S, loss=loss, tap=tap, on_event=self._note)
        self.name = name
        self.role_name = name.partition(":")[0]
        self.on(HUB)
        self.run(3)
        hub = self.devices[HUB].role
        hub.permit(0xFF)
        hub.function = HubFunction(RamFiles(), RamFiles(), self.clock)
        hub.function.on_alert = lambda code, at_s, contents: self.alerts.append((code, contents))
        self.files = RamFiles()
        meter = self.on(name).role
        data = meter.data
        data.manufacturer_identifier = f"{MANUFACTURER:04X}"
        data.model_type = f"{TYPES[name]:04X}{HARDWARE:04X}"
        meter.commit()
        self.until(lambda: self.is_ready(name), 300)

    def _note(self, device, code, at_s):
        self.events.append(code)

    @property
    def meter(self):
        return self.devices[self.name].role

    @property
    def held(self):
        return list(self.meter.data.firmware_download)

    def until(self, condition, seconds):
        for _ in range(seconds):
            if condition():
                return
            self.run(1)
        raise AssertionError(f"not in {seconds} s")

    def offer(self, octets):
        self.files.write("offered", octets)
        self.devices[HUB].role.offer_image(self.files, "offered")

    def ask_again(self):
        """Let the meter ask as on another day, and do what follows."""
        images = self.meter.han.images
        images._next_s = 0
        self.until(lambda: images._next_s, 2_000)
        self.until(lambda: images.client is None, HOURS)

    def outcomes(self):
        """What the hub told of: (identifier, version, outcome), of the ASN.1 elements."""
        told = []
        for code, (identifier, version, outcome) in self.alerts:
            assert code == TRANSFERRED
            assert identifier[:2] == b"\x04\x08"
            assert version[:2] == b"\x04\x04"
            told.append((identifier[2:].hex(), version[2:].hex(), outcome[-1]))
        return told

    def told(self, outcome, version=VERSION):
        return (EXTENDED_ADDRESSES[self.role_name], f"{version:08x}", outcome)


def image_for(name, elements=None, **how):
    how = {"hardware": (5, 9), "text": "test", **how}
    version = how.pop("version", VERSION)
    image_type = how.pop("image_type", TYPES[name])
    made = upgrade_elements(IMAGE) if elements is None else elements
    return ota_file(made, MANUFACTURER, image_type, version, **how)


NAMES = [METER, GAS]
# The gas meter fetches within its contacts, twice an hour.
HOURS = 3 * 3_600


@pytest.mark.req("ESME-HIC-10", "GSME-HIC-14", "GSME-SEC-06")
@pytest.mark.parametrize("name", NAMES)
def test_an_image_travels_is_verified_and_waits_to_be_activated(name):
    home = Home(name)
    home.offer(image_for(name))
    home.until(lambda: events.FIRMWARE_VERIFIED in home.events, HOURS)
    data = home.meter.data
    assert (data.staged_version, data.staged_hash) == (f"{VERSION:08x}", HASH)
    assert home.devices[name].memory.files[FILE] == image_for(name)
    home.until(lambda: home.outcomes(), HOURS)
    assert home.outcomes() == [home.told(DONE)]
    home.until(lambda: home.meter.han.images.client is None, HOURS)
    assert home.held == [0, 0, 0]
    assert data.firmware_version != data.staged_version
    now_s = home.clock.utc_s()
    with pytest.raises(CommandRefused):
        home.meter.execute("Activate Firmware", {"hash": bytes(32)}, originators.SUPPLIER, now_s)
    home.meter.execute("Activate Firmware", {"hash": HASH}, originators.SUPPLIER, now_s)
    assert data.firmware_version == f"{VERSION:08x}"
    # It has that now, whoever asks.
    home.ask_again()
    assert home.outcomes() == [home.told(DONE)]
    assert home.events.count(events.FIRMWARE_VERIFIED) == 1
    assert home.failures() == []


# What is wrong, the image for a meter, and what the hub tells; None: it is not even offered.
BAD = [
    ("hash", lambda name: image_for(name, upgrade_elements(IMAGE, bytes(32))), DISCARDED),
    ("no hash", lambda name: image_for(name, element(0, IMAGE)), DISCARDED),
    ("cut off", lambda name: image_for(name, upgrade_elements(IMAGE)[:-9]), DISCARDED),
    ("hardware", lambda name: image_for(name, hardware=(8, 9)), OTHER_HARDWARE),
    ("image type", lambda name: image_for(name, image_type=9), None),
    ("destination", lambda name: image_for(name, destination=bytes(8)), None),
]


@pytest.mark.req("ESME-HIC-10", "GSME-HIC-14", "GSME-SEC-06")
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("why", "make", "outcome"), BAD, ids=[row[0] for row in BAD])
def test_a_wrong_image_is_refused_and_nothing_is_staged(name, why, make, outcome):
    home = Home(name)
    home.offer(make(name))
    if outcome is None:
        home.ask_again()
    else:
        home.until(lambda: home.outcomes(), HOURS)
        home.run(60)
    is_bad = outcome == DISCARDED
    assert home.events.count(events.FIRMWARE_NOT_VERIFIED) == is_bad
    assert events.FIRMWARE_VERIFIED not in home.events
    assert home.outcomes() == ([] if outcome is None else [home.told(outcome)])
    data = home.meter.data
    assert (data.staged_version, data.staged_hash) == ("", b"")
    # What was refused is not fetched again.
    home.ask_again()
    assert home.events.count(events.FIRMWARE_NOT_VERIFIED) == is_bad
    assert home.held == [0, 0, 0]
    assert home.failures() == []


# What the hub does not find out, as the file changed under it: the meter has its own look.
LIES = [
    ("hardware", {"hardware": (8, 9)}),
    ("type", {"image_type": 9}),
    ("version", {"version": VERSION + 1}),
    ("destination", {"destination": bytes(8)}),
]


@pytest.mark.parametrize(("why", "how"), LIES, ids=[row[0] for row in LIES])
def test_a_meter_believes_the_header_and_not_the_hub(why, how):
    home = Home(METER)
    own = bytes.fromhex(EXTENDED_ADDRESSES["ESME"])[::-1]
    good, other = (image_for(METER, **{"destination": own, **what}) for what in ({}, how))
    assert len(other) == len(good) and other != good
    home.offer(good)
    home.files.write("offered", other)
    home.until(lambda: home.outcomes(), 300)
    assert home.outcomes() == [home.told(DISCARDED)]
    assert events.FIRMWARE_NOT_VERIFIED in home.events
    # It was refused for its first piece.
    assert FILE not in home.devices[METER].memory.files


@pytest.mark.parametrize("name", NAMES)
def test_a_power_cut_costs_what_came_since_the_last_commit(name):
    home = Home(name)
    image = image_for(name)
    home.offer(image)
    offsets = []
    server = home.devices[HUB].role.images
    read = server._read

    def noted(offset, count):
        offsets.append(offset)
        return read(offset, count)

    server._read = noted
    home.until(lambda: offsets and offsets[-1] > 4_500, HOURS)
    home.off(name)
    home.run(20)
    before = len(offsets)
    home.on(name)
    assert events.FIRMWARE_VERIFIED not in home.events
    home.until(lambda: events.FIRMWARE_VERIFIED in home.events, HOURS)
    assert 4_096 <= min(offsets[before:]) <= max(offsets[:before])
    assert home.meter.data.staged_hash == HASH
    assert home.devices[name].memory.files[FILE] == image


def test_a_gas_meter_spends_a_minute_of_a_contact_on_it():
    home = Home(GAS)
    home.run(100)
    home.offer(image_for(GAS))
    server = home.devices[HUB].role.images
    at_s = []
    read = server._read
    server._read = lambda offset, count: at_s.append(home.clock.utc_s()) or read(offset, count)
    home.until(lambda: events.FIRMWARE_VERIFIED in home.events, HOURS)
    contacts = sorted({second // 1_800 for second in at_s})
    assert len(contacts) > 1
    for contact in contacts:
        seconds = [second for second in at_s if second // 1_800 == contact]
        assert seconds[-1] - seconds[0] <= 60
        # In the last it fetches what is left.
        assert len(seconds) > 50 or contact == contacts[-1]
    # The radio is off in between, though the hub is not told yet.
    home.run(90)
    sent = frame_counts(home.stack(GAS))["sent"]
    home.run(600)
    assert frame_counts(home.stack(GAS))["sent"] <= sent + 5


def test_a_cut_at_any_second_ends_in_one_verified_image():
    home = Home(METER)
    home.offer(image_for(METER))
    for _ in range(12):
        home.run(3)
        home.off(METER)
        home.run(5)
        home.on(METER)
        home.until(lambda: home.is_ready(METER), 120)
    home.until(lambda: home.meter.data.staged_hash == HASH, 300)
    home.until(lambda: home.outcomes() == [home.told(DONE)], 300)
    assert home.devices[METER].memory.files[FILE] == image_for(METER)
    assert events.FIRMWARE_NOT_VERIFIED not in home.events


def test_an_image_goes_on_when_the_hub_comes_back():
    home = Home(METER)
    home.offer(image_for(METER))
    home.until(lambda: home.held[2] >= 4_096, 300)
    home.off(HUB)
    home.run(1_800)
    assert home.meter.han.images.client is None
    kept = home.held[2]
    hub = home.on(HUB).role
    offsets = []
    home.offer(image_for(METER))
    read = hub.images._read
    hub.images._read = lambda offset, count: offsets.append(offset) or read(offset, count)
    home.until(lambda: home.meter.data.staged_hash == HASH, 2 * 3_600)
    assert offsets[0] == kept


def test_an_image_that_waits_is_forgotten_before_another_is_written_over_it():
    home = Home(METER)
    home.offer(image_for(METER))
    home.until(lambda: home.meter.data.staged_hash == HASH, 300)
    memory = home.devices[METER].memory
    write, durable = memory.write, []

    def watched(name, octets):
        if name == FILE:
            durable.append(bytes(home.meter.durable("staged_hash")))
        write(name, octets)

    memory.write = watched
    home.offer(image_for(METER, version=VERSION + 1))
    home.until(lambda: home.meter.data.staged_version == f"{VERSION + 1:08x}", 300)
    assert durable == [b""]


def test_a_strangers_hub_is_asked_only_when_it_says_so():
    home = Home(METER)
    home.until(lambda: home.meter.han.images.client is None, 60)
    images, stack = home.meter.han.images, home.meter.han.stack
    images._next_s = 0
    images._stack = Interop(stack)
    home.run(60)
    assert images._next_s == 0
    stack.handlers[(0x0019, 0, True)](0, 1, b"\0\x64", home.clock.utc_s())
    home.run(5)
    assert images._next_s > 0


class Interop:
    """A stack whose network says that it is a stranger's."""

    is_interop = True

    def __init__(self, stack):
        self.network = self
        self.extended_address = stack.network.extended_address
        self.command = stack.command


def test_a_file_that_was_lost_in_between_is_refused():
    home = Home(METER)
    home.offer(image_for(METER))
    home.until(lambda: home.held[2] >= 4_096, 300)
    home.off(METER)
    home.devices[METER].memory.files[FILE] = b""
    home.on(METER)
    home.until(lambda: home.outcomes(), 300)
    assert home.outcomes() == [home.told(DISCARDED)]
    assert events.FIRMWARE_NOT_VERIFIED in home.events


def test_it_waits_as_long_as_the_hub_wants():
    home = Home(METER)
    home.offer(image_for(METER))
    home.devices[HUB].role.images.wait_s = 600
    home.run(300)
    server = home.devices[HUB].role.images
    asked = []
    carry_out = server._read
    server._read = lambda offset, count: (
        asked.append(home.clock.utc_s()) or carry_out(offset, count)
    )
    server.wait_s = 0
    home.run(200)
    assert asked == []
    home.until(lambda: events.FIRMWARE_VERIFIED in home.events, 600)
    assert asked


def test_an_image_that_is_taken_back_is_forgotten():
    home = Home(METER)
    home.offer(image_for(METER))
    home.until(lambda: home.held[2], 300)
    newer = image_for(METER, version=VERSION + 1)
    home.offer(newer)
    home.until(lambda: home.meter.data.staged_hash == HASH, 600)
    assert home.meter.data.staged_version == f"{VERSION + 1:08x}"
    assert home.devices[METER].memory.files[FILE] == newer
    home.until(lambda: home.outcomes() == [home.told(DONE, VERSION + 1)], 60)


def test_a_transfer_that_comes_to_no_end_is_told_of():
    home = Home(METER)
    home.offer(image_for(METER))
    home.until(lambda: home.held[2], 300)
    home.off(METER)
    home.run(49 * 3_600)
    assert home.outcomes() == [home.told(FAILED)]


def test_a_memory_that_fails_leaves_it_for_later():
    home = Home(METER)
    home.devices[METER].memory.broken = True
    home.offer(image_for(METER))
    home.run(120)
    home.devices[METER].memory.broken = False
    home.until(lambda: home.meter.data.staged_hash == HASH, 2 * 3_600)


def test_nobody_but_the_hub_gives_images():
    home = Home(METER, loss=0)
    home.run(30)
    images = home.meter.han.images
    taken = home.meter.han.stack.handlers[(0x0019, 0, True)]
    assert taken(0x1234, 1, bytes.fromhex("00 64"), home.clock.utc_s()) == 0x7E
    home.run(30)
    assert images.client is None


def test_the_hub_offers_no_file_that_is_no_image():
    home = Home(METER)
    for octets in (b"", IMAGE, image_for(METER)[:40]):
        with pytest.raises(ImageError):
            home.offer(octets)
    assert home.devices[HUB].role.images is None


def test_the_client_is_in_memory_only_while_something_is_fetched():
    home = Home(METER)
    home.run(60)
    assert home.meter.han.images.client is None
    home.offer(image_for(METER))
    home.until(lambda: home.held[2], 300)
    assert "protometer.roles.ota_client" in sys.modules
    home.until(lambda: home.meter.han.images.client is None, 600)
    assert "protometer.roles.ota_client" not in sys.modules


# The commands of the cluster that are carried out, as tshark names them.
COMMANDS = {
    "Image Notify (0x00)",
    "Query Next Image Request (0x01)",
    "Query Next Image Response (0x02)",
    "Image Block Request (0x03)",
    "Image Block Response (0x05)",
    "Upgrade End Request (0x06)",
    "Upgrade End Response (0x07)",
}


@pytest.mark.skipif(not shutil.which("tshark"), reason="tshark is not installed")
def test_wireshark_reads_all_that_is_said(tmp_path):
    captures = Captures(tmp_path)
    home = Home(METER, tap=captures.write)
    # It has asked by itself, in vain, and is notified.
    home.run(30)
    assert home.meter.han.images.client is None
    home.offer(image_for(METER, upgrade_elements(IMAGE[:500])))
    home.devices[HUB].role.images.wait_s = 30
    home.run(20)
    home.devices[HUB].role.images.wait_s = 0
    home.until(lambda: home.meter.data.staged_hash, 120)
    home.until(lambda: home.outcomes(), 30)
    captures.close()
    network = home.stack(HUB).network
    keys = {"network": network.key_of(network.key_sequence), "code": network.admits[0][1]}
    for index, (extended, _) in enumerate(network.devices.having(CONFIRMED)):
        keys[f"link{index}"] = network.devices.key_of(extended)
    (path,) = captures.paths
    count, faulty = referee.judged(path, keys)
    assert faulty == []
    assert count > 50
    frames = [frame for frame in referee.dissected(path, keys) if "Cluster: OTA" in frame]
    named = re.compile(r" Command: (.*\(0x..\))")
    said = {text for frame in frames for text in named.findall(frame)}
    # A hub without an image says that it has no such command.
    assert said == COMMANDS | {"Default Response (0x0b)"}


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_every_runtime_fetches_the_same(runtime):
    check_golden(runtime, WORKLOAD)

"""An image from a hub's server to a meter's client, in between a power cut; all runtimes agree."""

import sys
from binascii import hexlify
from hashlib import sha256

from host_tools.node.bench import Bench
from protometer.han.ota_image import ImageError, ImageReader
from protometer.han.zcl_types import put_uint
from protometer.roles.ota_server import OtaServer
from protometer.roles.ota_watch import OtaWatch

START_S = 380_332_860  # 2012-01-20T00:01:00Z
MANUFACTURER, IMAGE_TYPE = 0x10FE, 0xF001
VERSION = 0xFEDCBA98
IMAGE = bytes(at * at >> 3 & 0xFF for at in range(6_000))


def image_file(image, said, image_type=IMAGE_TYPE):
    """Return a file for that hardware, with an image and what is said to be its hash."""
    octets = bytearray()
    size = 60 + 6 + len(image) + 6 + len(said)
    for value, count in (
        (0x0BEEF11E, 4),
        (0x0100, 2),
        (60, 2),
        (4, 2),
        (MANUFACTURER, 2),
        (image_type, 2),
        (VERSION, 4),
        (2, 2),
    ):
        put_uint(octets, value, count)
    octets += bytes(32)
    for value, count in ((size, 4), (0x8000, 2), (0xFFFF, 2), (0, 2), (len(image), 4)):
        put_uint(octets, value, count)
    octets += image
    put_uint(octets, 0xF000, 2)
    put_uint(octets, len(said), 4)
    return bytes(octets + said)


GOOD = image_file(IMAGE, sha256(IMAGE).digest())
FILES = (
    ("good", GOOD),
    ("hash", image_file(IMAGE, bytes(32))),
    ("cut", GOOD[:-1]),
    ("long", GOOD + b"x"),
    ("magic", b"x" + GOOD),
)


class End:
    """One end's stack, on a wire instead of the air: what it says waits for the other."""

    is_interop = False
    extended_address = bytes(8)

    def __init__(self, address):
        self.address = address
        self.handlers = {}
        self.said = []
        self.on_status = None
        # What the ends ask of it, it is itself.
        self.network = self.membership = self.zdo = self.devices = self
        self.endpoints = [set()]

    def having(self, flags):
        """Return the other end, as a device with a link key."""
        return [(b"meter---", 1)]

    def extended_of(self, short):
        """Return whose address it is."""
        return b"meter---"

    def command(self, destination, cluster, command, payload, from_server, **how):
        """Say a command."""
        self.said.append((cluster, command, bytes(payload), from_server))

    def answer(self, destination, cluster, sequence, command, payload, from_server):
        """Say a command as an answer."""
        self.command(destination, cluster, command, payload, from_server)

    def hear(self, source, said, now_s):
        """Take what the other end said."""
        cluster, command, payload, from_server = said
        self.handlers[(cluster, command, from_server)](source, 1, payload, now_s)


def events_came(device, code, at_s):
    print("event", hex(code))


bench = Bench(START_S, ("ESME",), events_came, lambda: 0)
device = bench.devices["ESME"]
device.role.data.manufacturer_identifier = "10FE"
device.role.data.model_type = "F0018007"
device.role.commit()
hub = End(0)
server = OtaServer(hub, lambda *told: print("told", hexlify(told[1]).decode(), told[2]))


def meters_end():
    """Return the meter's end with its watch, new as after a start."""
    end = End(1)
    return end, OtaWatch(device.role, end)


def second(end, watch, most):
    """Let a second pass, in which so much may be said."""
    now_s = bench.clock.utc_s()
    server.step(now_s)
    watch.step(now_s)
    while (end.said or hub.said) and most:
        most -= 1
        if hub.said:
            end.hear(0, hub.said.pop(0), now_s)
        else:
            hub.hear(1, end.said.pop(0), now_s)
    end.said.clear()
    hub.said.clear()
    bench.run_until(now_s + 1)


for name, octets in FILES:
    reader = ImageReader()
    try:
        for at in range(0, len(octets), 100):
            reader.feed(octets[at : at + 100])
        print(name, hexlify(reader.end()).decode())
    except ImageError as fault:
        print(name, fault)

for name, octets in FILES[1:2] + FILES[:1]:
    print("offered", name)
    files = bench.make_memory()
    files.write("offered", octets)
    server.offer(files, "offered")
    end, watch = meters_end()
    for _ in range(3):
        second(end, watch, 100)
    print("place", list(device.role.data.firmware_download))
    device.power_off()
    bench.run_until(bench.clock.utc_s() + 5)
    device.power_on()
    print("after the cut", list(device.role.data.firmware_download))
    end, watch = meters_end()
    for _ in range(12):
        second(end, watch, 150)
    data = device.role.data
    print("staged", data.staged_version, hexlify(data.staged_hash).decode())
    print("place", list(data.firmware_download), watch.client is None)
    print("protometer.roles.ota_client" in sys.modules)

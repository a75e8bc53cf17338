"""Alerts of devices of each kind, from events in their models; alike on every runtime."""

import gc
from binascii import hexlify

from host_tools.node import parties
from host_tools.node.message_bench import KINDS, MessageBench
from host_tools.node.parties import AGREE, SIGN
from protometer.gbcs.envelope import COMMAND, Message, parse
from protometer.gbcs.trust_anchors import TrustAnchors
from protometer.kernel.slices import finish
from protometer.model.command import ACCESS_CONTROL_BROKER, SUPPLIER

NOW_S = 473_385_600
PARTIES = ((b"\x90\xb3\xd5\x1f0\x00\x00\x00", 4), (b"\x90\xb3\xd5\x1f0\x00\x00\x01", 2))
DEVICE = b"\x00\xdb\x124Vx\x90\xa0"
OTHER = b"\x00\xdb\x124Vx\x90\xa1"
LETTERS = {"CHF": "H", "ESME": "E", "GSME": "G", "GPF": "F", "PPMID": "U"}
HASH = bytes(range(32))
ANCHORS = []


def device(kind):
    """Return a bench of a device that knows its parties."""
    gc.collect()
    bench = MessageBench(kind, LETTERS[kind], NOW_S, None, parties.Keys)
    setattr(bench.data, KINDS[kind][1], DEVICE)
    bench.data.agreement_key = parties.private(DEVICE, AGREE)
    bench.data.signing_key = parties.private(DEVICE, SIGN)
    if not ANCHORS:
        anchors = TrustAnchors(bench.data)
        for entity, role in PARTIES:
            parties.install(anchors, entity, role, (SIGN, AGREE))
        ANCHORS.append(bench.data.trust_anchors)
    bench.data.trust_anchors = ANCHORS[0]
    bench.messages.alerts()
    bench.device.commit()
    return bench


def show(bench):
    """Print what a device has to send: for whom, how, and what it says."""
    waiting = bench.messages.alerts()
    event = bench.device.outbox.take()
    while event is not None:
        waiting.hear(*event)
        event = bench.device.outbox.take()
    now_s = bench.clock.utc_s()
    while bench.messages.is_due(now_s):
        for octets in finish(bench.messages.step(now_s)):
            alert = parse(octets)
            how = "signed" if alert.signature else "mac " + hexlify(alert.mac).decode()
            payload = hexlify(bytes(alert.payload)).decode()
            print(bench.kind, f"{alert.code:04x}", hexlify(alert.target).decode(), how, payload)


def hub():
    """A hub's channels, devices and images."""
    bench = device("CHF")
    function = bench.device
    function.set_sub_ghz([1, 2, 3, 4], list(range(11)))
    function.data.sub_ghz_channel = 0xE000_0001
    function.note_channel(0x8F26)
    function.note_channel(0x8F28)
    message = Message()
    message.kind, message.counter = COMMAND, 5
    message.originator, message.target = PARTIES[1][0], OTHER
    function.note_discarded(message)
    function.note_no_capacity(OTHER)
    function.note_transfer(OTHER, b"\1\2\3\4", 0)
    function.device_log.add(NOW_S, OTHER, 1, bytes(16))
    function.commit()
    show(bench)


def meters():
    """Images that came, failed checks, and the end of a billing period, of both meters."""
    for kind in ("ESME", "GSME"):
        bench = device(kind)
        meter = bench.device
        arguments = {"version": "1", "image_hash": HASH, "verified": True}
        meter.execute("Receive Firmware", arguments, SUPPLIER, NOW_S)
        meter.integrity_failed(5, 0, NOW_S)
        billing = {"start_s": NOW_S + 60, "period": 1}
        meter.execute("Set Billing Calendar", billing, SUPPLIER, NOW_S)
        bench.clock.set_utc(NOW_S + 60)
        meter.step(NOW_S + 60)
        show(bench)


def others():
    """The Device Log of a Gas Proxy Function, an image that a display activated."""
    bench = device("GPF")
    arguments = {"identifier": OTHER, "type": 1, "kind": 5}
    by = ACCESS_CONTROL_BROKER
    bench.device.execute("Add Device Security Credentials", arguments, by, NOW_S)
    show(bench)
    bench = device("PPMID")
    bench.device.note_firmware(b"\1\2\3\4", True)
    show(bench)


hub()
meters()
others()

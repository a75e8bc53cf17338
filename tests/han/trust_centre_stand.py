"""A coordinator and trust centre for one device that joins, put together from the layers' codecs.

The real one, a stack that we did not write, is in tests/interop: this one can be told to lie.
"""

from types import SimpleNamespace

from protometer.crypto.aes_mmo import mmo_hmac
from protometer.han import aps_commands, aps_frame, ieee802154, mac_commands, nwk_frame
from protometer.han.aps_frame import KEY_LOAD, KEY_TRANSPORT, LINK_KEY
from protometer.han.aps_security import ApsSecurity
from protometer.han.network import Network
from protometer.han.nwk_security import NwkSecurity
from protometer.han.stack import Stack
from protometer.kernel.clock import VirtualClock
from protometer.kernel.scheduler import Scheduler
from protometer.model.dictionary import Data
from tests.han.han_stand import START_S, LiveStore, Radio

PAN_ID, CHANNEL, ADDRESS = 0x3C5A, 15, 0x7788
HUB_EUI, DEVICE_EUI = bytes(range(0xA0, 0xA8)), bytes.fromhex("a09078563412db00")
NETWORK_KEY, NEW_KEY = bytes(range(16)), bytes(range(16, 32))
# 05-3474 annex C.6.1's install code, its check, and the link key that they stand for.
INSTALL_CODE = "83fed3407a939723a5c639b26916d505c3b5"
LINK_KEY_OCTETS = bytes.fromhex("66b6900981e1ee3ca4206b6b861c02bb")
LOADED_KEY = bytes(range(32, 48))


# Association status.
PAN_AT_CAPACITY, ACCESS_DENIED = 1, 2


def beacon(permits_joining, extended_pan_id):
    """A beacon's payload: no superframe, CAP to slot 15, from the coordinator of Zigbee PRO."""
    superframe = 0x4FFF | (0x8000 if permits_joining else 0)
    head = superframe.to_bytes(2, "little") + bytes((0, 0, 0, 0x22, 0x84))
    return head + extended_pan_id + b"\xff\xff\xff\x00"


def association_response(short_address, status):
    """An Association Response."""
    return b"\x02" + short_address.to_bytes(2, "little") + bytes((status,))


class Device:
    """A stack of an electricity meter that is to join, and the time it lives in."""

    def __init__(self, data=None, role="E", **description):
        self.data = data or Data(role)
        self.clock = VirtualClock(START_S, lambda: 0)
        self.scheduler = Scheduler(self.clock)
        self.radio = Radio()
        self.counters = []
        described = {"extended_address": "00db1234567890a0", "channels": [11, CHANNEL]}
        described.update(description)
        self.network = Network(described)
        store = LiveStore(self.data, self.counters)
        self.stack = Stack(role, self.data, self.radio, self.network, self.scheduler, store)
        self.standing = self.stack.membership.standing

    def hear(self, psdu, lqi=200):
        self.radio.on_frame(bytes(psdu), -50, lqi)

    def run(self, hub, ms):
        """Let time pass, a frame at a time."""
        for _ in range(0, ms, 10):
            self.scheduler.run_due()
            while self.radio.sent:
                psdu = self.radio.sent.pop(0)
                self.radio.on_sent(hub.take(self, psdu))
                self.scheduler.run_due()
            self.clock.advance(10)
        # A task that fails is taken up again, and would hide what went wrong.
        assert [task.last_failure for task in self.scheduler.tasks if task.failures] == []


class Hub:
    """The coordinator; `permits`, `status` and `link_key` may be changed, `answers` and
    `acknowledges` be False.

    `heard` collects what it was told: (what, values).
    """

    def __init__(self, link_key=LINK_KEY_OCTETS):
        self.link_key = link_key
        self.permits, self.answers, self.status = True, True, mac_commands.ASSOCIATED
        self.heard, self.beacons, self.held = [], 0, []
        self.is_sleepy, self.acknowledges = False, True
        self.key = NETWORK_KEY
        self._sequence = 0
        self._view = SimpleNamespace(
            extended_address=HUB_EUI,
            key_sequence=0,
            key_of=lambda sequence: self.key,
            link_key_of=lambda partner: self.link_key,
            follow_key=lambda sequence: None,
        )
        data = SimpleNamespace(nwk_frame_counter=0, aps_frame_counter=0)
        self.nwk = NwkSecurity(self._view, data, lambda: None)
        self.aps = ApsSecurity(self._view, data, lambda: None)

    def use(self, sequence, key):
        """Seal with another network key."""
        self._view.key_sequence, self.key = sequence, key

    def take(self, device, psdu):
        """Answer a frame; return whether it is acknowledged, as a radio tells it."""
        ieee802154.check_fcs(psdu)
        frame = ieee802154.MacFrame(psdu)
        if device.radio.configured[1] != CHANNEL:
            return 0 if frame.destination == ieee802154.BROADCAST else 1
        if frame.kind == ieee802154.COMMAND:
            self._take_command(device, frame)
        else:
            self._take_nwk(device, frame)
        return 0

    def say(self, device, payload, secured=True, kind=nwk_frame.DATA, to=ADDRESS, extended=None):
        """Send a NWK frame, and return it so that it can be sent again."""
        self._sequence += 1
        header = nwk_frame.header(
            kind, to, 0, 30, self._sequence & 0xFF, secured, (None, extended)
        )
        octets = self.nwk.seal(header, payload) if secured else header + payload
        psdu = self._mac(ieee802154.DATA, ADDRESS, 0x0000, octets)
        if self.is_sleepy:
            self.held.append(psdu)
        else:
            device.hear(psdu)
        return psdu

    def command(self, device, command, key, secured=True):
        """Send an APS command sealed with a kind of key, or None."""
        header = aps_frame.command_header(1, key is not None)
        octets = header + command
        if key is not None:
            octets = self.aps.seal(header, command, key, DEVICE_EUI)
        return self.say(device, octets, secured)

    def transport(self, device, kind=aps_commands.NETWORK_KEY, key=None, sequence=0, **how):
        """Send a Transport Key command; how: to, sealed_with, secured."""
        sealed_with = how.get("sealed_with", KEY_TRANSPORT)
        payload = bytes((aps_commands.TRANSPORT_KEY, kind)) + (key or self.key)
        if kind == aps_commands.NETWORK_KEY:
            payload += bytes((sequence,))
        payload += how.get("to", DEVICE_EUI) + HUB_EUI
        return self.command(device, payload, sealed_with, how.get("secured", False))

    def ask(self, device, cluster, payload, endpoint=1, profile=0x0109, sealed=False):
        """Send data to an endpoint."""
        header = aps_frame.data_header((endpoint, endpoint), profile, cluster, 7, sealed)
        octets = header + payload
        if sealed:
            octets = self.aps.seal(header, payload, LINK_KEY, DEVICE_EUI)
        return self.say(device, octets)

    def told(self, what):
        """Return all values of one kind that were heard."""
        return [values for kind, values in self.heard if kind == what]

    def _mac(self, kind, destination, source, payload, pan=PAN_ID):
        return ieee802154.encode(kind, 9, pan, destination, source, payload, True)

    def _take_command(self, device, frame):
        command = frame.payload[0]
        self.heard.append(("mac", (command, frame.source)))
        if command == mac_commands.BEACON_REQUEST:
            self.beacons += 1
            told = beacon(self.permits, HUB_EUI)
            device.hear(self._mac(ieee802154.BEACON, None, 0x0000, told))
        elif command == mac_commands.DATA_REQUEST and frame.source == DEVICE_EUI:
            if self.answers:
                response = association_response(ADDRESS, self.status)
                device.hear(self._mac(ieee802154.COMMAND, DEVICE_EUI, HUB_EUI, response))
                if self.status == mac_commands.ASSOCIATED:
                    self.transport(device)
        elif command == mac_commands.DATA_REQUEST and self.held:
            device.hear(self.held.pop(0))

    def _take_nwk(self, device, frame):
        opened = nwk_frame.NwkFrame(frame.payload)
        payload, _ = self.nwk.open(opened)
        if opened.kind == nwk_frame.COMMAND:
            self.heard.append(("nwk", bytes(payload)))
            return
        aps = aps_frame.ApsFrame(payload)
        octets = aps.payload
        if aps.secured:
            octets, aps.sealed_with, _ = self.aps.open(aps, DEVICE_EUI)
        if aps.wants_ack and self.acknowledges:
            self._acknowledge(device, aps)
        if aps.kind == aps_frame.DATA:
            self.heard.append(("data", (aps.cluster, aps.profile, aps.secured, bytes(octets))))
        elif aps.kind == aps_frame.ACK:
            self.heard.append(("ack", aps.counter))
        else:
            self._take_aps_command(device, octets)

    def _acknowledge(self, device, aps):
        octets = aps.ack()
        if aps.secured:
            octets = self.aps.seal(octets, b"", LINK_KEY, DEVICE_EUI)
        self.say(device, octets)

    def _take_aps_command(self, device, octets):
        self.heard.append(("aps", bytes(octets)))
        if octets[0] == aps_commands.REQUEST_KEY and self.answers:
            kind = aps_commands._TRUST_CENTRE_LINK_KEY
            self.transport(device, kind, LOADED_KEY, sealed_with=KEY_LOAD, secured=True)
            self.link_key = LOADED_KEY
        elif octets[0] == aps_commands.VERIFY_KEY:
            good = octets[10:] == mmo_hmac(self.link_key, b"\x03")
            confirm = bytes((aps_commands.CONFIRM_KEY, 0 if good else 0xAD, 4)) + DEVICE_EUI
            self.command(device, confirm, LINK_KEY)

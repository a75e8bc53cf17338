"""The hub's firmware images for its devices: it offers one, a file, and tells what came of it.

Image Notify -> Query Next Image -> Image Block, and again -> Upgrade End     (GBCS CS05, CCS08)
"""

from micropython import const

from ..han import ota, zcl
from ..han.command_finder import find
from ..han.devices import CONFIRMED
from ..han.ota_image import ImageHeader

# What became of an image (GBCS CCS08).
DONE = const(0)
DISCARDED = const(1)
OTHER_HARDWARE = const(2)
FAILED = const(3)

_OUTCOMES = {ota.SUCCESS: DONE, ota.INVALID_IMAGE: DISCARDED}
_HEAD = const(255)
_VERSION = const(4)
# Between two notices of the same image to a device, and after its last question for a block that
# the transfer counts as failed.
_NOTIFY_S = const(3_600)
_GIVEN_UP_S = const(172_800)
_WAIT_S = const(60)
# Devices that ask are remembered, but no more of them than a hub has room for.
_MOST_DEVICES = const(16)


class OtaServer:
    """Serves an image from a hub's Stack; step() once a second.

    tell(identifier, version, outcome) hears once of each device: EUI-64 as printed, version in 4
    octets. `wait_s`: how long devices are to wait before they ask again, 0 where they are served.
    """

    def __init__(self, stack, tell):
        self._stack = stack
        self._tell = tell
        self.wait_s = 0
        self.header = self._files = self._name = None
        # By EUI-64: when it was notified, when it asked for a block last; and what is known of it.
        self._notified = {}
        self._asked = {}
        self._outcomes = {}
        self._told = []
        self._block_request = find(ota.CLUSTER, False, "ImageBlockRequest")
        self._block_response = find(ota.CLUSTER, True, "ImageBlockResponse")
        for name, carry_out in (
            ("QueryNextImageRequest", self._queried),
            ("ImageBlockRequest", self._block_asked),
            ("UpgradeEndRequest", self._ended),
        ):
            stack.handlers[(ota.CLUSTER, find(ota.CLUSTER, False, name).identifier, False)] = (
                carry_out
            )
        stack.membership.zdo.endpoints[0].add(ota.CLUSTER)

    def offer(self, files, name):
        """Offer the image in a memory's file, in place of any before; ImageError if it is none."""
        head = bytearray(_HEAD)
        count = files.read_into(name, 0, head)
        self.header = ImageHeader(head[:count])
        self._files, self._name = files, name
        for known in (self._notified, self._asked, self._outcomes):
            known.clear()

    def step(self, now_s):
        """Tell what came of transfers, and notify who has not got the image."""
        while self._told:
            self._tell(*self._told.pop(0))
        for partner, short in self._stack.network.devices.having(CONFIRMED):
            asked_s = self._asked.get(partner)
            if asked_s is not None and not 0 <= now_s - asked_s < _GIVEN_UP_S:
                self._note(partner, FAILED)
            elif asked_s is None and self._is_notice_due(partner, now_s):
                self._notify(partner, short, now_s)

    def contact(self, source, now_s):
        """Notify a device that sleeps, and listens just now."""
        partner = self._stack.network.devices.extended_of(source)
        if partner is not None and partner not in self._asked and partner not in self._outcomes:
            self._notify(partner, source, now_s)

    def _is_notice_due(self, partner, now_s):
        if partner in self._outcomes:
            return False
        at_s = self._notified.get(partner)
        return at_s is None or not 0 <= now_s - at_s < _NOTIFY_S

    def _notify(self, partner, short, now_s):
        if partner not in self._notified and len(self._notified) >= _MOST_DEVICES:
            return
        self._notified[partner] = now_s
        command = find(ota.CLUSTER, True, "ImageNotify")
        header = self.header
        payload = command.encode(
            {
                "payloadType": ota.NAMES_ALL,
                "queryJitter": 100,
                "manufacturerId": header.manufacturer,
                "imageType": header.image_type,
                "newFileVersion": header.version,
            }
        )
        # Who sleeps would not acknowledge it; it is told in its contact.
        self._stack.command(short, ota.CLUSTER, command.identifier, payload, True, wants_ack=False)

    # What devices ask.

    def _queried(self, source, sequence, payload, now_s):
        asked = find(ota.CLUSTER, False, "QueryNextImageRequest").decode(payload)
        header = self.header
        partner = self._stack.network.devices.extended_of(source)
        values = {"status": ota.NO_IMAGE_AVAILABLE}
        hardware = asked.get("hardwareVersion")
        is_for_it = self._is_of(asked) and header.destination in (None, partner)
        # What a device has discarded it is not offered again.
        if is_for_it and self._outcomes.get(partner) != DISCARDED:
            if hardware is not None and not header.suits(hardware):
                self._note(partner, OTHER_HARDWARE)
            elif asked["currentFileVersion"] != header.version:
                values = {
                    "status": ota.SUCCESS,
                    "manufacturerId": header.manufacturer,
                    "imageType": header.image_type,
                    "fileVersion": header.version,
                    "imageSize": header.size,
                }
        is_known = partner is not None and len(self._outcomes) < _MOST_DEVICES
        if values["status"] and is_known:
            # There is nothing to notify it of.
            self._outcomes.setdefault(partner, None)
        self._answer(source, sequence, "QueryNextImageResponse", values)

    def _block_asked(self, source, sequence, payload, now_s):
        asked = self._block_request.decode(payload)
        header = self.header
        offset = asked["fileOffset"]
        if not self._is_image(asked) or offset >= header.size:
            self._respond(source, sequence, self._block_response, bytes((ota.ABORT,)))
            return
        partner = self._stack.network.devices.extended_of(source)
        if partner is not None and (partner in self._asked or len(self._asked) < _MOST_DEVICES):
            self._asked[partner] = now_s
        octets = self._read(offset, min(asked["maxDataSize"], ota.MOST_DATA, header.size - offset))
        if octets:
            answer = self._block_response.encode(
                {
                    "status": ota.SUCCESS,
                    "manufacturerId": header.manufacturer,
                    "imageType": header.image_type,
                    "fileVersion": header.version,
                    "fileOffset": offset,
                    "dataSize": len(octets),
                    "imageData": octets,
                }
            )
        else:
            answer = ota.encode_wait(now_s, self.wait_s or _WAIT_S)
        self._respond(source, sequence, self._block_response, answer)

    def _ended(self, source, sequence, payload, now_s):
        asked = find(ota.CLUSTER, False, "UpgradeEndRequest").decode(payload)
        if not self._is_image(asked):
            return zcl.NOT_FOUND
        partner = self._stack.network.devices.extended_of(source)
        self._note(partner, _OUTCOMES.get(asked["status"], FAILED))
        values = {name: asked[name] for name in ("manufacturerId", "imageType", "fileVersion")}
        values["currentTime"] = now_s
        values["upgradeTime"] = ota.WHEN_TOLD
        self._answer(source, sequence, "UpgradeEndResponse", values)
        return None

    def _read(self, offset, count):
        """Return octets of the image, none where devices are to wait."""
        if self.wait_s:
            return b""
        octets = bytearray(count)
        try:
            return bytes(octets[: self._files.read_into(self._name, offset, octets)])
        except OSError:
            return b""

    def _note(self, partner, outcome):
        """Have an outcome told, once for each."""
        self._asked.pop(partner, None)
        if partner is None or self._outcomes.get(partner) == outcome:
            return
        if partner in self._outcomes or len(self._outcomes) < _MOST_DEVICES:
            self._outcomes[partner] = outcome
            version = self.header.version.to_bytes(_VERSION, "big")
            self._told.append((bytes(reversed(partner)), version, outcome))

    def _is_of(self, asked):
        header = self.header
        return (asked["manufacturerId"], asked["imageType"]) == (
            header.manufacturer,
            header.image_type,
        )

    def _is_image(self, asked):
        return self._is_of(asked) and asked["fileVersion"] == self.header.version

    def _answer(self, source, sequence, name, values):
        command = find(ota.CLUSTER, True, name)
        self._respond(source, sequence, command, command.encode(values))

    def _respond(self, source, sequence, command, payload):
        self._stack.answer(source, ota.CLUSTER, sequence, command.identifier, payload, True)

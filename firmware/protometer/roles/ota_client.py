"""Fetches a firmware image from the hub, block by block, and has it received (GBCS 11; CS05).

    QUERY -> BLOCKS -> CHECK -> END, each but the last to none of these too

Its place outlives a power cut: item Firmware Download. What is checked is what was kept, read
back from its file, a little in each second. Activation is a Command of its own.
"""

from micropython import const

from ..han import ota
from ..han.command_finder import find
from ..han.network import COORDINATOR
from ..han.ota_image import SHORTEST, ImageError, ImageHeader, ImageReader
from ..model.command import ACCESS_CONTROL_BROKER, CommandRefused
from ..model.firmware_version import version_octets

FILE = "image"
# States.
QUERY = const(0)
BLOCKS = const(1)
CHECK = const(2)
END = const(3)

# Asked for at once: what one frame can carry, sealed twice.
_BLOCK = const(48)
# The largest image that a meter has room for.
_MOST_SIZE = const(768 * 1024)
# Octets written at once, and between two commits of the place: a power cut costs that much air.
_PIECE = const(1_024)
_KEPT_EACH = const(4_096)
# Octets checked in a second, and read at once.
_CHECKED = const(2_048)
_READ = const(1_024)
_ANSWER_S = const(5)
_TRIES = const(4)
_MOST_WAIT_S = const(3_600)
# Elements of Firmware Download: version and size of the image, octets that are kept.
_VERSION, _SIZE, _PLACE = 0, 1, 2
_NO_HASH = bytes(32)


def identity(data):
    """Return (manufacturer, image type, hardware version) of a meter; None where it has none.

    They are digits of Manufacturer Identifier and Model Type (GSME-CON-02, GSME-CON-03).
    """
    try:
        model = data.model_type
        if len(data.manufacturer_identifier) != 4 or len(model) != 8:
            return None
        return int(data.manufacturer_identifier, 16), int(model[:4], 16), int(model[4:], 16)
    except ValueError:
        return None


class OtaClient:
    """Asks the hub of a meter's Stack for an image; step() once a second while the radio is on.

    files: a memory for files, which gets the image. `state`: as above; `is_over`: there is no
    more to be done, `is_pending`: though the image is not whole.
    """

    def __init__(self, meter, stack, files):
        self._meter = meter
        self._data = meter.data
        self._stack = stack
        self._files = files
        self._identity = identity(meter.data)
        self.state = QUERY
        self.is_over = self._identity is None
        self.is_pending = False
        self._due_s = 0
        self._tries = _TRIES
        # What has come since the last write; where the check is, and of what.
        self._piece = bytearray()
        self._checked = 0
        self._reader = None
        self._version = self._status = 0
        self._block_request = find(ota.CLUSTER, False, "ImageBlockRequest")
        self._block_response = find(ota.CLUSTER, True, "ImageBlockResponse")

    def step(self, now_s, listens=True):
        """Ask, again where there was no answer; or check. listens: whether the radio is on."""
        if self.state == CHECK:
            self._check_on(now_s)
        elif listens and not 0 < self._due_s - now_s <= _MOST_WAIT_S:
            if not self._tries:
                self._give_up()
                return
            self._tries -= 1
            self._ask(now_s)

    def try_anew(self):
        """Have as many tries as at first, as in a new contact."""
        self._tries = _TRIES
        self._due_s = 0

    def waits(self, now_s):
        """Tell whether the hub has asked for some patience, or nothing is asked of it."""
        return self.state == CHECK or self._due_s - now_s > _ANSWER_S

    def queried(self, payload, now_s):
        """Take a Query Next Image Response."""
        if self.state != QUERY:
            return
        offer = find(ota.CLUSTER, True, "QueryNextImageResponse").decode(payload)
        if offer["status"] != ota.SUCCESS or not self._is_ours(offer):
            self.is_over = True
            return
        version, size = offer["fileVersion"], offer["imageSize"]
        self._version = version
        if version == _number(self._data.firmware_version):
            self.is_over = True
        elif self._data.staged_hash and version == _number(self._data.staged_version):
            # Received before: the hub was not told, or asks again.
            self._conclude(ota.SUCCESS, now_s)
        elif not SHORTEST < size <= _MOST_SIZE:
            self.is_over = True
        else:
            self._begin(version, size)
            self._go_on(now_s)

    def block_came(self, payload, now_s, has_time=True):
        """Take an Image Block Response; FrameError for one that is none.

        has_time: whether the next may be asked for at once.
        """
        if self.state != BLOCKS or not payload:
            return
        if payload[0] == ota.WAIT_FOR_DATA:
            self._tries = _TRIES
            self._due_s = now_s + min(max(ota.decode_wait(payload), 1), _MOST_WAIT_S)
        elif payload[0] == ota.ABORT:
            self._forget()
            self.is_over = True
        elif payload[0] == ota.SUCCESS:
            self._take(self._block_response.decode(payload), now_s, has_time)

    def ended(self, now_s):
        """Take an Upgrade End Response: the hub knows."""
        if self.state == END:
            self.is_over = True

    def refused(self):
        """Take the hub's refusal of what was asked."""
        if self.state == QUERY or self.state == END:
            self.is_over = True

    # The way of an image.

    def _begin(self, version, size):
        held = self._data.firmware_download
        self._meter.complete()
        if (held[_VERSION], held[_SIZE]) != (version, size):
            held[_VERSION], held[_SIZE], held[_PLACE] = version, size, 0

    def _take(self, block, now_s, has_time):
        held = self._data.firmware_download
        octets = block["imageData"]
        at = held[_PLACE] + len(self._piece)
        is_next = block["fileOffset"] == at and block["fileVersion"] == held[_VERSION]
        # Others are repeated, or of what was asked for before.
        if not is_next or not self._is_ours(block) or not 0 < len(octets) <= _BLOCK:
            return
        if at + len(octets) > held[_SIZE]:
            return
        self._piece += octets
        self._tries = _TRIES
        if len(self._piece) >= _PIECE or at + len(octets) == held[_SIZE]:
            try:
                self._write(now_s)
            except OSError:
                self._give_up()
                return
        if self.state == BLOCKS:
            self._go_on(now_s, has_time)

    def _write(self, now_s):
        """Keep the piece that has come; what its first is no image of is refused at once."""
        held = self._data.firmware_download
        # Else what a message undoes would take this along.
        self._meter.complete()
        place = held[_PLACE]
        piece, self._piece = self._piece, bytearray()
        if not place:
            try:
                header = ImageHeader(piece)
            except ImageError:
                header = None
            if not self._may_be(header):
                self._receive(_NO_HASH, False, now_s)
                return
            self._drop_staged()
            self._files.write(FILE, piece)
        else:
            self._files.write_at(FILE, place, piece)
        held[_PLACE] = place + len(piece)
        is_whole = held[_PLACE] == held[_SIZE]
        if not place or is_whole or place // _KEPT_EACH != held[_PLACE] // _KEPT_EACH:
            self._meter.commit()

    def _drop_staged(self):
        """Forget the image that waits: it is about to be written over."""
        data = self._data
        if data.staged_hash:
            data.staged_version, data.staged_hash = "", b""
            self._meter.commit()

    def _may_be(self, header):
        """Tell whether a header is that of the image that was offered, and for this meter."""
        if header is None:
            return False
        held = self._data.firmware_download
        named = header.manufacturer, header.image_type, header.version, header.size
        if named != self._identity[:2] + (held[_VERSION], held[_SIZE]):
            return False
        own = self._stack.network.extended_address
        return header.suits(self._identity[2]) and header.destination in (None, own)

    def _go_on(self, now_s, has_time=True):
        """Ask for the next block, or check what has come whole."""
        held = self._data.firmware_download
        if held[_PLACE] == held[_SIZE]:
            self.state = CHECK
            self._checked = 0
            self._reader = ImageReader()
        else:
            self.state = BLOCKS
            if has_time:
                self._ask(now_s)

    def _check_on(self, now_s):
        """Read some of the image back; receive it at its end."""
        size = self._data.firmware_download[_SIZE]
        until = min(self._checked + _CHECKED, size)
        try:
            while self._checked < until:
                piece = bytearray(min(_READ, until - self._checked))
                count = self._files.read_into(FILE, self._checked, piece)
                self._reader.feed(piece[:count])
                if count != len(piece):
                    raise ImageError("image: its file is cut off")
                self._checked += count
            if self._checked < size:
                return
            image_hash = self._reader.end()
            is_good = self._may_be(self._reader.header)
        except (ImageError, OSError):
            image_hash, is_good = _NO_HASH, False
        self._receive(image_hash, is_good, now_s)

    def _receive(self, image_hash, is_good, now_s):
        """Have Receive Firmware tell of it, and stage what is good."""
        version = "%08x" % self._version
        self._forget()
        try:
            self._meter.execute(
                "Receive Firmware",
                {"version": version, "image_hash": image_hash, "verified": is_good},
                ACCESS_CONTROL_BROKER,
                now_s,
            )
        except CommandRefused:
            # The memory can't keep it: as if nothing had come.
            is_good = False
        self._conclude(ota.SUCCESS if is_good else ota.INVALID_IMAGE, now_s)

    def _conclude(self, status, now_s):
        self._reader = None
        self.state = END
        self._status = status
        self._tries = _TRIES
        self._due_s = now_s

    def _forget(self):
        self._meter.complete()
        held = self._data.firmware_download
        held[_VERSION] = held[_SIZE] = held[_PLACE] = 0

    def _give_up(self):
        """Leave it for now; what is kept stays for another time."""
        self.is_pending = self.state == BLOCKS
        self.is_over = True

    # What is said.

    def _ask(self, now_s):
        """Ask what the state wants to know."""
        self._due_s = now_s + _ANSWER_S
        manufacturer, image_type, hardware = self._identity
        values = {"manufacturerId": manufacturer, "imageType": image_type}
        if self.state == QUERY:
            command = find(ota.CLUSTER, False, "QueryNextImageRequest")
            values["fieldControl"] = ota.HAS_HARDWARE
            values["currentFileVersion"] = _number(self._data.firmware_version)
            values["hardwareVersion"] = hardware
        elif self.state == BLOCKS:
            held = self._data.firmware_download
            command = self._block_request
            place = held[_PLACE] + len(self._piece)
            values["fieldControl"] = 0
            values["fileVersion"] = held[_VERSION]
            values["fileOffset"] = place
            values["maxDataSize"] = min(_BLOCK, held[_SIZE] - place)
        else:
            command = find(ota.CLUSTER, False, "UpgradeEndRequest")
            values["status"] = self._status
            values["fileVersion"] = self._version
        payload = command.encode(values)
        self._stack.command(COORDINATOR, ota.CLUSTER, command.identifier, payload, False)

    def _is_ours(self, values):
        return (values["manufacturerId"], values["imageType"]) == self._identity[:2]


def _number(version):
    """Return a Firmware Version as a file version."""
    return int.from_bytes(version_octets(version), "big")

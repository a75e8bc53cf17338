"""The Zigbee OTA upgrade file, read as a stream (ZCL revision 8, 11.4): header, then elements.

    header | tag, length, octets | tag, length, octets ...

Whatever comes is an image or an ImageError; no more of it is held than a header, 255 octets. What
is to be installed is the Upgrade Image element; its SHA-256 is the image's hash by which it is
activated. Another element, of a tag of the manufacturer's own, says what that hash is to be: it
shows that the image is whole, not who made it.
"""

from hashlib import sha256

from micropython import const

from .zcl_types import get_uint

MAGIC = const(0x0BEEF11E)
HEADER_VERSION = const(0x0100)
UPGRADE_IMAGE = const(0x0000)
# Of the manufacturer's own tags, 0xF000 and above: the SHA-256 of the Upgrade Image.
IMAGE_HASH = const(0xF000)
# Field control: what optional fields there are.
HAS_CREDENTIAL = const(0x01)
HAS_DESTINATION = const(0x02)
HAS_HARDWARE = const(0x04)
# Octets of the header without optional fields, of an element's head, and of a hash.
SHORTEST = const(56)
ELEMENT_HEAD = const(6)
_HASH = const(32)
_LONGEST_HEADER = const(255)
_UP_TO_LENGTH = const(8)


class ImageError(ValueError):
    """The octets are no OTA upgrade file, or not one that may be installed."""


class ImageHeader:
    """The header of an image, from its first octets; ImageError where they are none.

    `length`: of the header; `size`: of the whole file. `hardware`: (least, greatest) version that
    it is for; `destination`: the EUI-64, as sent, of the only device that it is for. Both None
    for any.
    """

    def __init__(self, octets):
        self.length = header_length(octets)
        if len(octets) < self.length:
            raise ImageError("image: header cut off")
        if get_uint(octets, 4, 2) != HEADER_VERSION:
            raise ImageError("image: header of another version")
        control = get_uint(octets, 8, 2)
        self.manufacturer = get_uint(octets, 10, 2)
        self.image_type = get_uint(octets, 12, 2)
        self.version = get_uint(octets, 14, 4)
        self.size = get_uint(octets, 52, 4)
        self.hardware = self.destination = None
        at = SHORTEST
        if control & HAS_CREDENTIAL:
            at += 1
        if control & HAS_DESTINATION:
            self.destination = bytes(octets[at : at + 8])
            at += 8
        if control & HAS_HARDWARE:
            if at + 4 <= self.length:
                self.hardware = get_uint(octets, at, 2), get_uint(octets, at + 2, 2)
            at += 4
        if at > self.length:
            raise ImageError("image: no room for its fields")
        if self.size <= self.length:
            raise ImageError("image: nothing behind its header")

    def suits(self, hardware):
        """Tell whether it is for that hardware version."""
        return self.hardware is None or self.hardware[0] <= hardware <= self.hardware[1]


class ImageReader:
    """Takes an image in pieces of any size; `header`: its ImageHeader once that has come.

    feed() raises ImageError as soon as it is none, end() where it has not come whole, or is not
    what it says.
    """

    def __init__(self):
        self.header = None
        self._held = bytearray()
        # Octets that have come; of the element in hand: tag, and octets to come.
        self._came = self._left = 0
        self._tag = None
        self._sha = self._hash = self._said = None

    def feed(self, octets):
        """Take the next octets."""
        at = 0
        while at < len(octets):
            taken = self._take(octets, at)
            at += taken
            self._came += taken
            if self.header and self._came > self.header.size:
                raise ImageError("image: longer than it says")

    def end(self):
        """Return the hash of the Upgrade Image, which has come whole and is what was said."""
        if self.header is None or self._came != self.header.size or self._held or self._left:
            raise ImageError("image: cut off")
        if self._hash is None:
            raise ImageError("image: no Upgrade Image")
        if self._said != self._hash:
            raise ImageError("image: its hash is not what it says")
        return self._hash

    def _take(self, octets, at):
        """Take some of the octets from a place on; return how many."""
        if self._left:
            part = octets[at : at + self._left]
            self._left -= len(part)
            self._take_data(part)
            return len(part)
        need = self._need()
        part = octets[at : at + need - len(self._held)]
        self._held += part
        if len(self._held) == self._need():
            self._begin_part()
        return len(part)

    def _need(self):
        """Return how many octets are to be held before something can be made of them."""
        if self.header:
            return ELEMENT_HEAD
        if len(self._held) < _UP_TO_LENGTH:
            return _UP_TO_LENGTH
        return header_length(self._held)

    def _begin_part(self):
        """Make the header, or begin an element, of what is held."""
        held, self._held = self._held, bytearray()
        if self.header is None:
            self.header = ImageHeader(held)
            return
        tag, length = get_uint(held, 0, 2), get_uint(held, 2, 4)
        # The head's last octets are not counted yet, but there are no fewer than these.
        if length > self.header.size - self.header.length:
            raise ImageError("image: element beyond the file")
        if tag == UPGRADE_IMAGE and self._sha is None and length:
            self._sha = sha256()
        elif tag == IMAGE_HASH and self._said is None and length == _HASH:
            self._said = b""
        elif tag in (UPGRADE_IMAGE, IMAGE_HASH):
            raise ImageError("image: element 0x%04x can't be used" % tag)
        self._tag, self._left = tag, length

    def _take_data(self, part):
        if self._tag == UPGRADE_IMAGE:
            self._sha.update(part)
            if not self._left:
                self._hash = self._sha.digest()
        elif self._tag == IMAGE_HASH:
            self._said += bytes(part)


def header_length(octets):
    """Return how long a header is, from its first 8 octets; ImageError where it is none."""
    if len(octets) < _UP_TO_LENGTH or get_uint(octets, 0, 4) != MAGIC:
        raise ImageError("image: does not begin as one")
    length = get_uint(octets, 6, 2)
    if not SHORTEST <= length <= _LONGEST_HEADER:
        raise ImageError("image: bad header length")
    return length

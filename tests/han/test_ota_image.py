"""OTA upgrade files: what is one, in pieces of any size, and what is none."""

import struct
from hashlib import sha256

import pytest

from host_tools.ota_file import element, ota_file, upgrade_elements
from protometer.han.ota_image import (
    IMAGE_HASH,
    UPGRADE_IMAGE,
    ImageError,
    ImageHeader,
    ImageReader,
)

IMAGE = bytes(range(256)) * 5
NAMED = (0x10FE, 0x0001, 0x01020304)
FILE = ota_file(upgrade_elements(IMAGE), *NAMED)


def read(octets, size):
    reader = ImageReader()
    for at in range(0, len(octets), size):
        reader.feed(octets[at : at + size])
    return reader.header, reader.end()


def test_the_header_is_where_the_specification_has_it():
    """ZCL revision 8, 11.4.2, octet by octet."""
    octets = bytes.fromhex(
        "1ef1ee0b 0001 4500 0700 fe10 0100 04030201 0200"
        + "50726f746f6d65746572".ljust(64, "0")
        + "4d000000 02 a000000000001200 0100 0300"
        + "0000 02000000 abcd"
    )
    header = ImageHeader(octets)
    assert (header.length, header.size) == (69, 77) == (69, len(octets))
    assert (header.manufacturer, header.image_type, header.version) == NAMED
    assert header.destination == bytes.fromhex("a000000000001200")
    assert header.hardware == (1, 3)
    assert [header.suits(version) for version in (0, 1, 3, 4)] == [False, True, True, False]
    made = ota_file(
        element(0, b"\xab\xcd"),
        *NAMED,
        text="Protometer",
        credential=2,
        destination=bytes.fromhex("a000000000001200"),
        hardware=(1, 3),
    )
    assert made == octets


@pytest.mark.parametrize("size", [1, 7, 48, 64, 512, len(FILE)])
def test_an_image_is_the_same_in_pieces_of_any_size(size):
    header, image_hash = read(FILE, size)
    assert image_hash == sha256(IMAGE).digest()
    assert header.size == len(FILE)


def test_elements_of_others_are_passed_over():
    elements = element(0x0003, bytes(16)) + element(0x0005, b"") + upgrade_elements(IMAGE)
    assert read(ota_file(elements, *NAMED), 33)[1] == sha256(IMAGE).digest()


HASH = sha256(IMAGE).digest()
# (why, octets)
BAD = [
    ("does not begin as one", b"\0" + FILE[1:]),
    ("another version", FILE[:4] + b"\x01\x02" + FILE[6:]),
    ("bad header length", FILE[:6] + struct.pack("<H", 55) + FILE[8:]),
    ("bad header length", FILE[:6] + struct.pack("<H", 256) + FILE[8:]),
    ("no room for its fields", FILE[:8] + b"\x04\x00" + FILE[10:]),
    ("nothing behind its header", ota_file(b"", *NAMED)),
    ("cut off", FILE[:-1]),
    ("cut off", FILE[:40]),
    ("cut off", b""),
    ("longer than it says", FILE + b"\0"),
    ("hash is not", FILE[:100] + b"\xff" + FILE[101:]),
    ("hash is not", ota_file(upgrade_elements(IMAGE, bytes(32)), *NAMED)),
    ("hash is not", ota_file(element(UPGRADE_IMAGE, IMAGE), *NAMED)),
    ("no Upgrade Image", ota_file(element(IMAGE_HASH, HASH), *NAMED)),
    ("0x0000 can't be used", ota_file(element(UPGRADE_IMAGE, b""), *NAMED)),
    ("0x0000 can't be used", ota_file(upgrade_elements(IMAGE) + element(0, b"x"), *NAMED)),
    ("0xf000 can't be used", ota_file(upgrade_elements(IMAGE, HASH[:31]), *NAMED)),
    (
        "0xf000 can't be used",
        ota_file(upgrade_elements(IMAGE) + element(IMAGE_HASH, HASH), *NAMED),
    ),
    ("beyond the file", FILE[:58] + struct.pack("<I", len(FILE)) + FILE[62:]),
    # One that ends beyond the file, though it would fit into it from the beginning.
    ("cut off", ota_file(upgrade_elements(IMAGE) + struct.pack("<HI", 5, 9), *NAMED)),
]


@pytest.mark.parametrize(("why", "octets"), BAD)
@pytest.mark.parametrize("size", [1, 50, 4_096])
def test_what_is_no_image_is_refused(why, octets, size):
    with pytest.raises(ImageError, match=why):
        read(octets, size)


def test_no_more_is_held_than_a_header():
    reader = ImageReader()
    reader.feed(FILE[:-40])
    assert len(reader._held) <= 255
    assert reader._left > 0

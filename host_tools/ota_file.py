"""Makes OTA upgrade files, as a manufacturer does (ZCL revision 8, 11.4)."""

import struct
from hashlib import sha256

from protometer.han.ota_image import (
    HAS_CREDENTIAL,
    HAS_DESTINATION,
    HAS_HARDWARE,
    HEADER_VERSION,
    IMAGE_HASH,
    MAGIC,
    SHORTEST,
    UPGRADE_IMAGE,
)

_ZIGBEE_PRO = 2


def element(tag: int, octets: bytes) -> bytes:
    """Return an element of a file."""
    return struct.pack("<HI", tag, len(octets)) + octets


def upgrade_elements(image: bytes, image_hash: bytes | None = None) -> bytes:
    """Return the elements of an image: itself, and its hash, or what is said to be that."""
    digest = sha256(image).digest() if image_hash is None else image_hash
    return element(UPGRADE_IMAGE, image) + element(IMAGE_HASH, digest)


def ota_file(
    elements: bytes,
    manufacturer: int,
    image_type: int,
    version: int,
    *,
    text: str = "",
    hardware: tuple[int, int] | None = None,
    destination: bytes | None = None,
    credential: int | None = None,
    size: int | None = None,
) -> bytes:
    """Return a file with its header; destination: an EUI-64 as sent; size: what it says it has."""
    control, optional = 0, b""
    if credential is not None:
        control |= HAS_CREDENTIAL
        optional += bytes((credential,))
    if destination is not None:
        control |= HAS_DESTINATION
        optional += destination
    if hardware is not None:
        control |= HAS_HARDWARE
        optional += struct.pack("<HH", *hardware)
    length = SHORTEST + len(optional)
    total = length + len(elements) if size is None else size
    header = struct.pack(
        "<IHHHHHIH",
        MAGIC,
        HEADER_VERSION,
        length,
        control,
        manufacturer,
        image_type,
        version,
        _ZIGBEE_PRO,
    )
    return header + text.encode().ljust(32, b"\0") + struct.pack("<I", total) + optional + elements

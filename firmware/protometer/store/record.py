"""Records: what the store writes to a memory, each with version, sequence number and CRC-32.

    kind UINT16 | version UINT16 | sequence UINT32 | base UINT32 | length UINT16 | check UINT16
    body | CRC-32

The check is the lower half of the CRC-32 of what comes before it: recovery reads the heads of all
records, and whole only the newest. A *checkpoint* is a whole state; a *step* is what has changed
since the checkpoint whose sequence is its base, as patches: octets to skip, octets that follow,
and these. All little-endian.
"""

import struct
from binascii import crc32

from micropython import const

CHECKPOINT = const(0x4350)
STEP = const(0x5350)
# Of the records that this release writes; see store/migration.py for the earlier ones.
VERSION = const(2)

HEADER_SIZE = const(16)
CRC_SIZE = const(4)
_HEADER = "<HHIIH"
_CHECKED_SIZE = const(14)
_MOST_RUN = const(255)
# Unchanged octets that cost no more inside a patch than a new patch would.
_PATCH_HEAD = const(2)
# Equal stretches of this length are passed over by one comparison.
_STRIDES = (512, 64, 8)


class RecordError(ValueError):
    """A record that is whole says what can't be; the message says what."""


class Head:
    """A record's head; the body follows it, from HEADER_SIZE on."""

    def __init__(self, fields):
        self.kind, self.version, self.sequence, self.base, self.length = fields
        self.size = HEADER_SIZE + self.length + CRC_SIZE

    def body(self, octets):
        """Return the body of the record that is these octets."""
        return memoryview(octets)[HEADER_SIZE : HEADER_SIZE + self.length]


def head_of(octets):
    """Return the Head at the start of octets, or None where there is none that is right."""
    if len(octets) < HEADER_SIZE:
        return None
    check = struct.unpack_from("<H", octets, _CHECKED_SIZE)[0]
    if check != crc32(memoryview(octets)[:_CHECKED_SIZE]) & 0xFFFF:
        return None
    return Head(struct.unpack_from(_HEADER, octets, 0))


def opened(octets):
    """Return the Head of the record that is these octets, or None where it is not whole."""
    head = head_of(octets)
    if head is None or head.size > len(octets) or head.kind not in (CHECKPOINT, STEP):
        return None
    end = HEADER_SIZE + head.length
    if crc32(memoryview(octets)[:end]) != struct.unpack_from("<I", octets, end)[0]:
        return None
    return head


def seal(buffer, kind, sequence, base, length):
    """Put header and CRC round a body of that length in place; return the record's size."""
    struct.pack_into(_HEADER, buffer, 0, kind, VERSION, sequence, base, length)
    check = crc32(memoryview(buffer)[:_CHECKED_SIZE]) & 0xFFFF
    struct.pack_into("<H", buffer, _CHECKED_SIZE, check)
    end = HEADER_SIZE + length
    struct.pack_into("<I", buffer, end, crc32(memoryview(buffer)[:end]))
    return end + CRC_SIZE


def put_patches(target, at, limit, old, new):
    """Write what turns old into new to target[at:limit]; return the end, -1 if it won't fit.

    old, new: memoryviews of equal length.
    """
    size = len(new)
    done = 0
    start = _next_change(old, new, 0, size)
    while start < size:
        end = start + 1
        equal = 0
        # A patch goes on over a few equal octets rather than to begin anew.
        index = end
        while index < size and equal <= _PATCH_HEAD and index - start < _MOST_RUN:
            if old[index] != new[index]:
                end = index + 1
                equal = 0
            else:
                equal += 1
            index += 1
        gap = start - done
        skips = gap // _MOST_RUN
        if at + _PATCH_HEAD * (skips + 1) + end - start > limit:
            return -1
        for _ in range(skips):
            target[at] = _MOST_RUN
            target[at + 1] = 0
            at += _PATCH_HEAD
        target[at] = gap % _MOST_RUN
        target[at + 1] = end - start
        at += _PATCH_HEAD
        target[at : at + end - start] = new[start:end]
        at += end - start
        done = end
        start = _next_change(old, new, end, size)
    return at


def apply_patches(patches, image):
    """Change an image as a step's body says; RecordError where it goes beyond the image."""
    at = 0
    done = 0
    while at < len(patches):
        if at + 1 == len(patches):
            raise RecordError("step: a patch has no size")
        done += patches[at]
        size = patches[at + 1]
        at += _PATCH_HEAD
        if done + size > len(image) or at + size > len(patches):
            raise RecordError("step: a patch of %d octets at %d is too long" % (size, done))
        image[done : done + size] = patches[at : at + size]
        at += size
        done += size


def _next_change(old, new, index, size):
    # Most of an image has not changed: it is passed over in large pieces first.
    for stride in _STRIDES:
        index = _pass_over(old, new, index, size, stride)
    while index < size and old[index] == new[index]:
        index += 1
    return index


def _pass_over(old, new, index, size, stride):
    """Return where the first piece of this stride that differs begins, at most size."""
    while index < size:
        end = index + stride
        if old[index:end] != new[index:end]:
            return index
        index = end
    return size

"""CRC-16 of ITU-T, least significant bit first: of radio frames, serial frames, install codes."""

from array import array


def _table():
    # Of its size from the beginning: what grows leaves old octets behind on the heap.
    table = array("H", bytes(512))
    for octet in range(256):
        crc = octet
        for _ in range(8):
            crc = crc >> 1 ^ 0x8408 if crc & 1 else crc >> 1
        table[octet] = crc
    return table


# For loops of one's own: crc = crc >> 8 ^ TABLE[(crc ^ octet) & 0xFF].
TABLE = _table()


def crc16(octets, size, crc=0):
    """Return the CRC of the first `size` octets, begun with crc."""
    table = TABLE
    for index in range(size):
        crc = crc >> 8 ^ table[(crc ^ octets[index]) & 0xFF]
    return crc

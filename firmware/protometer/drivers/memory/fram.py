"""Fujitsu MB85RC512T: 64 KB of FRAM on I2C, written octet by octet without waiting.

After its data sheet, "Memory Address Structure", "Byte Write", "Device ID". It endures 10**13
writes an octet.
"""

from micropython import const

_SIZE = const(65_536)
# The Device ID is read through this reserved address.
_ID_ADDRESS = const(0x7C)
# 12 bits of manufacturer (0x00A, Fujitsu), 12 of product (0x658).
_ID = b"\x00\xa6\x58"
_ADDRESS_BITS = const(16)
# Octets in one transaction: 1.5 ms on a 400 kHz bus.
_MOST_WRITE = const(64)


class Fram:
    """Driver contract Memory by octets; OSError where the chip does not answer.

    bus: an I2C; address: 0x50 to 0x57, as its pins A2 to A0 are wired.
    """

    MEDIUM = "fram"

    def __init__(self, bus, address=0x50):
        self.size = _SIZE
        self._bus = bus
        self._address = address
        self._buffer = bytearray(2 + _MOST_WRITE)
        self._check_identity()

    def read_into(self, address, buffer):
        """Fill buffer from an address on."""
        _check_range(address, len(buffer))
        self._bus.readfrom_mem_into(self._address, address, buffer, addrsize=_ADDRESS_BITS)

    def write(self, address, octets):
        """Write octets from an address on, in order."""
        _check_range(address, len(octets))
        buffer = self._buffer
        for offset in range(0, len(octets), _MOST_WRITE):
            part = octets[offset : offset + _MOST_WRITE]
            at = address + offset
            buffer[0] = at >> 8
            buffer[1] = at & 0xFF
            end = 2 + len(part)
            buffer[2:end] = part
            self._bus.writeto(self._address, memoryview(buffer)[:end])

    def _check_identity(self):
        try:
            self._bus.writeto(_ID_ADDRESS, bytes((self._address << 1,)), False)
            found = self._bus.readfrom(_ID_ADDRESS, len(_ID))
        except OSError:
            raise OSError("no FRAM answers at 0x%02x: check its wires and address" % self._address)
        if found != _ID:
            raise OSError("the chip at 0x%02x is no MB85RC512T" % self._address)


def _check_range(address, size):
    # The chip itself would go on at its first octet.
    if address < 0 or address + size > _SIZE:
        raise ValueError("FRAM: %d octets at %d" % (size, address))

"""An MB85RC512T on an I2C bus, from the chip's side: addresses, pointer, Device ID.

After its data sheet. The bus offers what MicroPython's machine.I2C does. Runs on
MicroPython too.
"""

from host_tools.node.flash_double import PowerCut

SIZE = 65_536
_ID_ADDRESS = 0x7C
_NO_ANSWER = 5


class FramChip:
    """The chip: what it does with the octets of a transaction.

    cut_at: the number of octets that are still written, from now on, before a PowerCut.
    """

    IDENTITY = b"\x00\xa6\x58"

    def __init__(self, address=0x50):
        self.address = address
        self.octets = bytearray(SIZE)
        self.written = 0
        self.cut_at = None
        self._pointer = 0

    def receive(self, octets):
        """Take what is written to the chip: two octets of address, then data."""
        if len(octets) >= 2:
            self._pointer = octets[0] << 8 | octets[1]
        for octet in octets[2:]:
            if self.cut_at is not None:
                if not self.cut_at:
                    raise PowerCut("write at %d" % self._pointer)
                self.cut_at -= 1
            self.octets[self._pointer] = octet
            self.written += 1
            self._pointer = (self._pointer + 1) % SIZE

    def tell(self, buffer):
        """Fill buffer from the pointer on."""
        for index in range(len(buffer)):
            buffer[index] = self.octets[self._pointer]
            self._pointer = (self._pointer + 1) % SIZE


class FramBus:
    """An I2C bus with chips on it; OSError where none answers, as from machine.I2C."""

    def __init__(self, *chips):
        self._chips = chips
        # The device address octet that an ID request named last.
        self._asked = None

    def writeto(self, address, octets, stop=True):
        """Write to a chip; return the count of octets it took."""
        octets = bytes(octets)
        if address == _ID_ADDRESS:
            self._asked = self._chip(octets[0] >> 1) if octets and not stop else None
        else:
            self._asked = None
            self._chip(address).receive(octets)
        return len(octets)

    def readfrom_into(self, address, buffer, stop=True):
        """Read from a chip's pointer on; or its Device ID."""
        if address != _ID_ADDRESS:
            self._chip(address).tell(buffer)
            return
        if self._asked is None:
            raise OSError(_NO_ANSWER)
        identity = self._asked.IDENTITY
        for index in range(len(buffer)):
            buffer[index] = identity[index % len(identity)]
        self._asked = None

    def readfrom(self, address, count, stop=True):
        """Read count octets."""
        buffer = bytearray(count)
        self.readfrom_into(address, buffer, stop)
        return bytes(buffer)

    def readfrom_mem_into(self, address, memory_address, buffer, addrsize=8):
        """Write an address of addrsize bits without a stop, then read."""
        sent = bytearray(addrsize // 8)
        for index in range(len(sent)):
            sent[-1 - index] = memory_address >> 8 * index & 0xFF
        self.writeto(address, sent, False)
        self.readfrom_into(address, buffer)

    def writevto(self, address, vector, stop=True):
        """Write several buffers in one transaction."""
        return self.writeto(address, b"".join(bytes(part) for part in vector), stop)

    def _chip(self, address):
        for chip in self._chips:
            if chip.address == address:
                return chip
        raise OSError(_NO_ANSWER)

"""An MRF24J40 as its data sheet (DS39776C) has it: SPI, registers, FIFOs, filter, outcomes."""

from host_tools.desk import phy

# What must be set before the radio part works, by long and short address (data sheet, 3.2).
NEEDED_LONG = {0x201: 0x01, 0x202: 0x80, 0x206: 0x90, 0x207: 0x80, 0x208: 0x10, 0x220: 0x21}
NEEDED_SHORT = {0x18: 0x98, 0x2E: 0x95, 0x3A: 0x80, 0x3F: 0x60, 0x3E: 0x40}


class Chip:
    """SPI bus and chip in one: select(level), write(octets), readinto(buffer).

    outcome: what the next transmission meets: "ack", "ack pending", "none" or "busy". `sent`
    gets (channel, PSDU with its FCS, asked for an ack), `acked` (sequence, pending) for each
    acknowledgement the chip made. `absent`: nobody answers; `hung`: nothing is ever sent.
    """

    def __init__(self):
        self.outcome = "ack"
        self.absent = self.hung = False
        self.sent, self.acked = [], []
        self._octets = None
        self._reset()

    def _reset(self):
        self.short = bytearray(0x40)
        self.long = bytearray(0x400)
        self.short[0x12] = 0x39
        self.short[0x32] = 0xFF
        self.tuned = None  # the channel since RFCTL last reset the radio

    # SPI.

    def select(self, level):
        if level and self._octets:
            self._transaction(bytes(self._octets))
        self._octets = None if level else bytearray()

    def write(self, octets):
        self._octets += octets

    def readinto(self, buffer):
        command = bytes(self._octets)
        self._octets.clear()
        for index in range(len(buffer)):
            buffer[index] = 0xFF if self.absent else self._read(command, index)

    def _read(self, command, index):
        if command[0] & 0x80:
            assert not command[1] & 0x10, "a long read with the write bit"
            return self.long[(((command[0] & 0x7F) << 8 | command[1]) >> 5) + index]
        assert not command[0] & 1, "a short read with the write bit"
        register = command[0] >> 1
        value = self.short[register]
        if register == 0x31:
            self.short[0x31] = 0  # reading clears
        return value

    def _transaction(self, octets):
        """End a write."""
        if self.absent:
            return
        if octets[0] & 0x80:
            assert octets[1] & 0x10, "a long write without its bit"
            address = ((octets[0] & 0x7F) << 8 | octets[1]) >> 5
            self.long[address : address + len(octets) - 2] = octets[2:]
            return
        assert len(octets) == 2, f"a short write of {len(octets)} octets"
        assert octets[0] & 1, "a short write without its bit"
        self._write_short(octets[0] >> 1, octets[1])

    def _write_short(self, register, value):
        if register == 0x2A and value == 0x07:
            self._reset()
            return
        before = self.short[register]
        self.short[register] = value
        if register == 0x36 and before & 0x04 and not value & 0x04:
            self.tuned = (self.long[0x200] >> 4) + 11 if self.long[0x200] & 0xF == 3 else None
        if register == 0x1B and value & 0x01:
            self.short[0x1B] = value & ~0x01
            self._transmit(bool(value & 0x04))

    # The air.

    def works(self):
        return (
            self.tuned is not None
            and all(self.long[key] == value for key, value in NEEDED_LONG.items())
            and all(self.short[key] == value for key, value in NEEDED_SHORT.items())
        )

    def _transmit(self, asks):
        if self.hung or not self.works():
            return
        size = self.long[1]
        frame = bytes(self.long[2 : 2 + size])
        self.sent.append((self.tuned, frame + phy.fcs(frame), asks))
        deaf = bool(self.short[0x39] & 0x04)
        status, pending = 0, 0
        if self.outcome == "busy":
            status = 0x21
        elif asks and (self.outcome == "none" or deaf):
            status = 0xC1  # three retries, failed
        elif asks and self.outcome == "ack pending":
            pending = 0x10
        self.short[0x24] = status
        self.short[0x1B] = self.short[0x1B] & ~0x10 | pending
        self._interrupt(0x01)

    def hear(self, psdu, lqi=200, rssi=255):
        """Have a frame arrive; return whether it was taken."""
        deaf = self.short[0x39] & 0x04 or self.short[0x31] & 0x08
        if not self.works() or deaf or not self._accepts(psdu):
            return False
        frame = bytes((len(psdu),)) + psdu + bytes((lqi, rssi))
        self.long[0x300 : 0x300 + len(frame)] = frame
        header = phy.Header(psdu)
        if header.ack_request and header.destination != phy.BROADCAST:
            held = header.command == phy.DATA_REQUEST and bool(self.short[0x12] & 0x80)
            self.acked.append((header.sequence, held))
        self._interrupt(0x08)
        return True

    def _accepts(self, psdu):
        try:
            header = phy.Header(psdu)
        except ValueError:
            return False
        pan = bytes(self.short[1:3])
        if not header.destination:
            if header.type == phy.BEACON:
                return pan in (header.source_pan, phy.BROADCAST)
            return bool(self.short[0] & 0x08) and header.source_pan == pan
        mine = (bytes(self.short[3:5]), bytes(self.short[5:13]), phy.BROADCAST)
        return header.destination_pan in (pan, phy.BROADCAST) and header.destination in mine

    def _interrupt(self, bit):
        if not self.short[0x32] & bit:  # INTCON masks with ones
            self.short[0x31] |= bit

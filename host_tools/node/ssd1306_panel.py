"""An SSD1306 panel at the other end of the I2C bus, simulated by its registers.

After the SSD1306 datasheet, Rev 1.1: section 8.1.5 (I2C), 8.7 (GDDRAM), 9 and 10 (commands).
The glass is a 128 x 64 module as usually sold: segment 127 at the left edge, COM 63 at the top,
even COM lines on one side of the chip and odd ones on the other ("alternative" COM pins).
"""

from micropython import const

_ENODEV = const(19)

_COLUMNS = const(128)
_PAGES = const(8)
_ROWS = const(64)

_HORIZONTAL = const(0)
_VERTICAL = const(1)
_PAGE_MODE = const(2)

# Command byte -> parameter bytes that follow it (table 9-1 and the charge pump appendix).
_PARAMETERS = {
    0x20: 1,
    0x21: 2,
    0x22: 2,
    0x26: 6,
    0x27: 6,
    0x29: 5,
    0x2A: 5,
    0x81: 1,
    0x8D: 1,
    0xA3: 2,
    0xA8: 1,
    0xD3: 1,
    0xD5: 1,
    0xD9: 1,
    0xDA: 1,
    0xDB: 1,
}
# Commands of one byte: (first, last, register, value or None for the byte's low bits).
_SIMPLE = (
    (0x2E, 0x2E, "scrolling", 0),
    (0x2F, 0x2F, "scrolling", 1),
    (0x40, 0x7F, "start_line", None),
    (0xA0, 0xA1, "segment_remap", None),
    (0xA4, 0xA5, "all_on", None),
    (0xA6, 0xA7, "inverse", None),
    (0xAE, 0xAF, "display_on", None),
    (0xC0, 0xC0, "com_remap", 0),
    (0xC8, 0xC8, "com_remap", 1),
    (0xE3, 0xE3, "nops", 0),
)
# The memory row shown in each row of the glass when nothing is turned over.
_UPRIGHT = list(range(_ROWS))

# Registers set by a parameter: command -> (register, bits that count).
_REGISTERS = {
    0x81: ("contrast", 0xFF),
    0xA8: ("multiplex", 0x3F),
    0xD3: ("offset", 0x3F),
    0xD5: ("clock", 0xFF),
    0xD9: ("precharge", 0xFF),
    0xDA: ("com_pins", 0x32),
    0xDB: ("vcomh", 0x70),
}


class Ssd1306Panel:
    """The panel as an I2C bus with one device on it.

    gddram -- 1024 bytes by page and segment; contrast, display_on, ... -- registers
    faults -- what the datasheet forbids: unknown commands, parameters out of range
    transfers, bytes_received -- traffic since creation
    OSError(ENODEV) from every transfer while unplugged or to another address.
    """

    def __init__(self, address=0x3C, seed=1):
        self._address = address
        self._seed = seed
        self.faults = []
        self.transfers = 0
        self.bytes_received = 0
        self._bytes_until_unplugged = None
        self.plugged = True
        self._power_up()

    def writeto(self, address, buffer, stop=True):
        """Receive one transfer; return the acknowledged bytes."""
        return self.writevto(address, (buffer,), stop)

    def writevto(self, address, buffers, stop=True):
        """Receive one transfer made of several buffers; return the acknowledged bytes."""
        self._address_phase(address)
        self._in_data = False
        decoder = self._control_byte
        received = 0
        for buffer in buffers:
            at = 0
            while at < len(buffer):
                at += self._take_run(buffer, at)
                self._count_byte()
                decoder = decoder(buffer[at])
                at += 1
            received += at
        return received

    def unplug(self, after_bytes=0):
        """Cut the panel off, now or in the middle of a transfer, after so many more bytes."""
        self._bytes_until_unplugged = after_bytes
        self.plugged = after_bytes > 0

    def plug(self):
        """Connect the panel again: registers reset, memory full of noise, display off."""
        self.plugged = True
        self._bytes_until_unplugged = None
        self._power_up()

    def visible_pixels(self):
        """Return what an eye sees, upright: 1024 bytes in MONO_VLSB layout."""
        seen = bytearray(_COLUMNS * _PAGES)
        if not (self.plugged and self.display_on and self.charge_pump):
            return bytes(seen)
        rows = [self._ram_row(y) for y in range(_ROWS)]
        if rows == _UPRIGHT and not self.all_on and not self.inverse:
            for base in range(0, len(seen), _COLUMNS):
                seen[base : base + _COLUMNS] = bytes(reversed(self.gddram[base : base + _COLUMNS]))
            return bytes(seen)
        for y in range(_ROWS):
            row = rows[y]
            if row is None:
                continue
            base, shift, bit = (row >> 3) * _COLUMNS, row & 7, 1 << (y & 7)
            out = (y >> 3) * _COLUMNS
            for x in range(_COLUMNS):
                lit = self.all_on or self.gddram[base + _COLUMNS - 1 - x] >> shift & 1
                if lit != self.inverse:
                    seen[out + x] |= bit
        return bytes(seen)

    # Power and bus.

    def _power_up(self):
        """Take the reset values of section 9; the memory holds whatever it likes."""
        self.gddram = bytearray(_COLUMNS * _PAGES)
        for i in range(len(self.gddram)):
            self._seed = (self._seed * 1_103_515 + 12_345) & 0xFF_FFFF
            self.gddram[i] = self._seed >> 12 & 0xFF
        self.contrast, self.display_on, self.inverse, self.all_on = 0x7F, 0, 0, 0
        self.charge_pump, self.scrolling = 0, 0
        self.segment_remap, self.com_remap, self.com_pins = 0, 0, 0x12
        self.multiplex, self.offset, self.start_line = 63, 0, 0
        self.clock, self.precharge, self.vcomh, self.nops = 0x80, 0x22, 0x20, 0
        self.mode = _PAGE_MODE
        self.column_start, self.column_end, self.page_start, self.page_end = 0, 127, 0, 7
        self.page_mode_column, self.column, self.page = 0, 0, 0
        self._command, self._wanted, self._parameters = 0, 0, []

    def _address_phase(self, address):
        if not self.plugged or address != self._address:
            raise OSError(_ENODEV)
        self.transfers += 1

    def _count_byte(self):
        if self._bytes_until_unplugged is not None:
            if self._bytes_until_unplugged == 0:
                self.plugged = False
                raise OSError(_ENODEV)
            self._bytes_until_unplugged -= 1
        self.bytes_received += 1

    # Each state of the I2C decoder takes a byte and returns the state for the next one.

    def _control_byte(self, byte):
        if byte & 0x3F:
            self.faults.append("control byte 0x%02x" % byte)
        more_control, is_data = byte & 0x80, byte & 0x40
        self._in_data = bool(is_data and not more_control)
        if more_control:
            return self._one_data if is_data else self._one_command
        return self._data_stream if is_data else self._command_stream

    def _one_command(self, byte):
        self._take_command(byte)
        return self._control_byte

    def _one_data(self, byte):
        self._take_data(byte)
        return self._control_byte

    def _command_stream(self, byte):
        self._take_command(byte)
        return self._command_stream

    def _data_stream(self, byte):
        self._take_data(byte)
        return self._data_stream

    # Commands: a command waits for its parameters, also across transfers.

    def _take_command(self, byte):
        if self._wanted:
            self._parameters.append(byte)
            self._wanted -= 1
            if not self._wanted:
                self._execute(self._command, self._parameters)
            return
        self._command, self._parameters = byte, []
        self._wanted = _PARAMETERS.get(byte, 0)
        if not self._wanted:
            self._execute_simple(byte)

    def _execute_simple(self, byte):
        if byte <= 0x0F:
            self.page_mode_column = self.page_mode_column & 0x70 | byte
            self._seek_in_page_mode(column=self.page_mode_column)
        elif byte <= 0x1F:
            self.page_mode_column = (byte & 0x07) << 4 | self.page_mode_column & 0x0F
            self._seek_in_page_mode(column=self.page_mode_column)
        elif 0xB0 <= byte <= 0xB7:
            self._seek_in_page_mode(page=byte & 7)
        else:
            self._set_simple(byte)

    def _set_simple(self, byte):
        for first, last, register, value in _SIMPLE:
            if first <= byte <= last:
                setattr(self, register, byte - first if value is None else value)
                return
        self.faults.append("unknown command 0x%02x" % byte)

    def _execute(self, command, parameters):
        if command in _REGISTERS:
            register, mask = _REGISTERS[command]
            self._require(not parameters[0] & ~mask, command)
            setattr(self, register, parameters[0] & mask)
        elif command == 0x8D:
            self._require(parameters[0] & ~0x04 == 0x10, command)
            self.charge_pump = parameters[0] >> 2 & 1
        elif command == 0x20:
            self._require(parameters[0] <= _PAGE_MODE, command)
            self.mode = parameters[0] & 3
        elif command == 0x21:
            self._set_columns(parameters[0] & 0x7F, parameters[1] & 0x7F)
        elif command == 0x22:
            self._set_pages(parameters[0] & 7, parameters[1] & 7)
        if command == 0xA8:
            self._require(self.multiplex >= 15, command)

    def _require(self, holds, command):
        if not holds:
            self.faults.append("parameter of 0x%02x" % command)

    # Addressing.

    def _seek_in_page_mode(self, column=None, page=None):
        self._require(self.mode == _PAGE_MODE, 0xB0)
        if self.mode == _PAGE_MODE:
            self.column = self.column if column is None else column
            self.page = self.page if page is None else page

    def _set_columns(self, start, end):
        self._require(start <= end, 0x21)
        self.column_start, self.column_end, self.column = start, end, start

    def _set_pages(self, start, end):
        self._require(start <= end, 0x22)
        self.page_start, self.page_end, self.page = start, end, start

    def _take_data(self, byte):
        # The remap acts on the way into the memory, not on what is there already.
        segment = _COLUMNS - 1 - self.column if self.segment_remap else self.column
        self.gddram[self.page * _COLUMNS + segment] = byte
        if self.mode == _HORIZONTAL:
            if self._next_column():
                self._next_page()
        elif self.mode == _VERTICAL:
            if self._next_page():
                self._next_column()
        elif self.column == _COLUMNS - 1:
            self.column = self.page_mode_column
        else:
            self.column += 1

    def _take_run(self, buffer, at):
        """Take data up to, but not with, the last byte of the row; return how many there were.

        Does what as many single bytes would do, and spares a simulated day most of its time.
        """
        last = self.column_end if self.mode == _HORIZONTAL else _COLUMNS - 1
        size = min(len(buffer) - 1 - at, last - self.column)
        if (
            not self._in_data
            or self.mode == _VERTICAL
            or self._bytes_until_unplugged is not None
            or size <= 0
        ):
            return 0
        run = buffer[at : at + size]
        start = self.page * _COLUMNS + self.column
        if self.segment_remap:
            start = self.page * _COLUMNS + _COLUMNS - self.column - size
            run = bytes(reversed(run))
        self.gddram[start : start + size] = run
        self.column += size
        self.bytes_received += size
        return size

    def _next_column(self):
        """Go to the next column of the window; tell whether it wrapped."""
        wraps = self.column == self.column_end
        self.column = self.column_start if wraps else (self.column + 1) % _COLUMNS
        return wraps

    def _next_page(self):
        """Go to the next page of the window; tell whether it wrapped."""
        wraps = self.page == self.page_end
        self.page = self.page_start if wraps else (self.page + 1) % _PAGES
        return wraps

    # The glass.

    def _ram_row(self, y):
        """Return the memory row shown in row y from the top, or None where none is driven."""
        com = self._com_of_line(_ROWS - 1 - y)
        if self.com_remap:
            row = (self.multiplex - com + self.offset) % _ROWS
        else:
            row = (com + self.offset) % _ROWS
        return None if row > self.multiplex else (row + self.start_line) % _ROWS

    def _com_of_line(self, line):
        """Return the COM output that drives a line of a glass wired for alternative pins."""
        side, place = line & 1, line >> 1
        if self.com_pins & 0x20:
            side ^= 1
        return 2 * place + side if self.com_pins & 0x10 else 32 * side + place

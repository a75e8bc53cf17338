"""Solomon Systech SSD1306 OLED controller on I2C: a framebuffer, sent a page at a time.

Registers after the SSD1306 datasheet, Rev 1.1 (Apr 2008), section 9. The panel may be absent or
vanish; the driver counts that, tries again, and never raises.
"""

import framebuf
from micropython import const

from protometer.kernel.ticks import ticks_diff

# Control bytes: what follows, to the end of the transfer, is commands or GDDRAM data.
_CONTROL_COMMANDS = const(0x00)
_CONTROL_DATA = const(0x40)

_SET_LOWER_COLUMN = const(0x00)
_SET_HIGHER_COLUMN = const(0x10)
_SET_MEMORY_ADDRESSING_MODE = const(0x20)
_PAGE_ADDRESSING = const(0x02)
_SET_DISPLAY_START_LINE = const(0x40)
_SET_CONTRAST = const(0x81)
_CHARGE_PUMP_SETTING = const(0x8D)
_ENABLE_CHARGE_PUMP = const(0x14)
_SET_SEGMENT_REMAP_127 = const(0xA1)
_ENTIRE_DISPLAY_RESUME = const(0xA4)
_SET_NORMAL_DISPLAY = const(0xA6)
_SET_MULTIPLEX_RATIO = const(0xA8)
_SET_DISPLAY_ON = const(0xAF)
_SET_PAGE_START = const(0xB0)
_SET_COM_SCAN_REMAPPED = const(0xC8)
_SET_DISPLAY_OFFSET = const(0xD3)
_SET_CLOCK_DIVIDE_RATIO = const(0xD5)
_SET_PRECHARGE_PERIOD = const(0xD9)
_SET_COM_PINS = const(0xDA)
_COM_PINS_SEQUENTIAL = const(0x02)
_COM_PINS_ALTERNATIVE = const(0x12)
_SET_VCOMH_DESELECT = const(0xDB)
_DEACTIVATE_SCROLL = const(0x2E)

_CONTRAST = const(0xCF)
_CLOCK = const(0x80)
_PRECHARGE = const(0xF1)
_VCOMH_0_83_VCC = const(0x30)

_NEXT_MS = const(1)
_FIRST_BACK_OFF_MS = const(1_000)
_LONGEST_BACK_OFF_MS = const(60_000)


class Ssd1306:
    """A panel of width x height pixels on an I2C bus with writevto(address, buffers).

    framebuffer, buffer -- draw here, then call `show`
    present -- the panel answered last time; False until it first did
    failures -- transfers the bus refused
    """

    def __init__(self, bus, address=0x3C, width=128, height=64):
        self._bus = bus
        self._address = address
        self._pages = height // 8
        self.buffer = bytearray(width * self._pages)
        self.framebuffer = framebuf.FrameBuffer(self.buffer, width, height, framebuf.MONO_VLSB)
        # What the panel holds once no page is unsent: pages wait here, so drawing can go on.
        held = memoryview(bytearray(len(self.buffer)))
        drawn = memoryview(self.buffer)
        spans = [(page * width, (page + 1) * width) for page in range(self._pages)]
        self._drawn = [drawn[start:end] for start, end in spans]
        self._held = [held[start:end] for start, end in spans]
        control = bytes((_CONTROL_DATA,))
        self._page_data = [(control, page) for page in self._held]
        self._seek = bytearray(
            (_CONTROL_COMMANDS, _SET_PAGE_START, _SET_LOWER_COLUMN, _SET_HIGHER_COLUMN)
        )
        self._set_up = _set_up_commands(width, height)
        self._switch_on = bytes((_CONTROL_COMMANDS, _SET_DISPLAY_ON))
        self.present = False
        self.failures = 0
        self.redraw()
        self._back_off_ms = _FIRST_BACK_OFF_MS
        self._failed_ms = 0
        self._retry_after_ms = 0

    def show(self):
        """Take the drawn picture for sending; wake the task that polls. Pages alike stay put."""
        for page in range(self._pages):
            if self._held[page] != self._drawn[page]:
                self._held[page][:] = self._drawn[page]
                self._unsent |= 1 << page

    def redraw(self):
        """Have everything sent again, set-up and all; wake the task that polls.

        Call it every few minutes: it heals a panel that lost its power between two pictures.
        """
        self._ready = False
        self._lit = False
        self._unsent = (1 << self._pages) - 1

    def settled(self):
        """Tell whether the panel holds all of the picture last shown."""
        return self._lit and not self._unsent

    def poll(self, now_s, now_ms):
        """Make one transfer of at most a page; return the ms to the next, or None when idle.

        While the panel is absent: the ms until it is tried again, from 1 s doubling to 60 s.
        """
        if self._retry_after_ms:
            left_ms = self._retry_after_ms - ticks_diff(now_ms, self._failed_ms)
            if left_ms > 0:
                return left_ms
            self._retry_after_ms = 0
        try:
            return self._send_next()
        except OSError:
            return self._fail(now_ms)

    def _send_next(self):
        if not self._ready:
            self._bus.writeto(self._address, self._set_up)
            self._ready = self.present = True
            return _NEXT_MS
        if self._unsent:
            self._send_page()
            return _NEXT_MS if self._unsent or not self._lit else None
        if not self._lit:
            # Last of all, so that nobody sees what the GDDRAM held before.
            self._bus.writeto(self._address, self._switch_on)
            self._lit = True
            self._back_off_ms = _FIRST_BACK_OFF_MS
        return None

    def _send_page(self):
        page = 0
        while not self._unsent >> page & 1:
            page += 1
        self._seek[1] = _SET_PAGE_START | page
        self._bus.writeto(self._address, self._seek)
        self._bus.writevto(self._address, self._page_data[page])
        self._unsent &= ~(1 << page)

    def _fail(self, now_ms):
        self.failures += 1
        self.present = False
        self.redraw()
        self._failed_ms = now_ms
        self._retry_after_ms = self._back_off_ms
        self._back_off_ms = min(2 * self._back_off_ms, _LONGEST_BACK_OFF_MS)
        return self._retry_after_ms


def _set_up_commands(width, height):
    """Return the set-up as one transfer; it leaves the display on or off as it was.

    Left to right and top to bottom as the usual modules mount the glass; a panel of at least
    four times its height is wired to the COM pins in sequence.
    """
    com_pins = _COM_PINS_SEQUENTIAL if width >= 4 * height else _COM_PINS_ALTERNATIVE
    commands = (
        (_SET_CLOCK_DIVIDE_RATIO, _CLOCK),
        (_SET_MULTIPLEX_RATIO, height - 1),
        (_SET_DISPLAY_OFFSET, 0),
        (_SET_DISPLAY_START_LINE,),
        (_CHARGE_PUMP_SETTING, _ENABLE_CHARGE_PUMP),
        (_SET_MEMORY_ADDRESSING_MODE, _PAGE_ADDRESSING),
        (_SET_SEGMENT_REMAP_127,),
        (_SET_COM_SCAN_REMAPPED,),
        (_SET_COM_PINS, com_pins),
        (_SET_CONTRAST, _CONTRAST),
        (_SET_PRECHARGE_PERIOD, _PRECHARGE),
        (_SET_VCOMH_DESELECT, _VCOMH_0_83_VCC),
        (_DEACTIVATE_SCROLL,),
        (_ENTIRE_DISPLAY_RESUME,),
        (_SET_NORMAL_DISPLAY,),
    )
    return bytes((_CONTROL_COMMANDS,)) + b"".join([bytes(command) for command in commands])

"""Stands in for a board's `rp2` on MicroPython's unix port: a state machine that counts pulses.

It does what the one program that the firmware loads does, without its filter: each rise of the
pin counts, downwards, in 24 bits. The program itself is tested on an emulator.
"""


class PIO:
    SHIFT_LEFT = 0


def asm_pio(in_shiftdir):
    def assemble(function):
        return function.__name__

    return assemble


class StateMachine:
    _FIFO_DEPTH = 4

    def __init__(self, number, program, freq, jmp_pin):
        if program != "count_pulses":
            raise ValueError("no stand-in for the program %s" % program)
        self._pin = jmp_pin
        self._left = 0
        self._offered = []

    def active(self, on):
        self._pin.irq(self._on_edge, self._pin.IRQ_RISING)
        self._fill()

    def rx_fifo(self):
        return len(self._offered)

    def get(self):
        if not self._offered:
            self._fill()
        return self._offered.pop(0)

    def _on_edge(self, pin):
        self._left = (self._left - 1) & 0xFFFFFF

    def _fill(self):
        self._offered = [self._left] * self._FIFO_DEPTH

"""Counts pulses in a state machine of an RP2040 or RP2350, through every flash erase.

The program is a filter and a counter, RP2040 datasheet 3.4. A level counts as taken once it was
found on every sample of the shortest time; a pulse counts when the high is taken after a low. The
count stands in X, downwards, and every sample offers it to the FIFO: no interrupt is needed.
"""

# The program's words are the assembler's.
# ruff: noqa: F821

import rp2
from micropython import const

from .counted_rate import CountedRate

# One level is taken after so many cycles at most: 32 samples of 4 cycles, one to begin.
_CYCLES = const(129)
_MS_PER_S = const(1000)
# The slowest clock of a state machine is 1/65536 of the chip's: 2,289 Hz at 150 MHz.
_MOST_MS = const(56)
_COUNT_MASK = const(0xFFFFFF)


@rp2.asm_pio(in_shiftdir=rp2.PIO.SHIFT_LEFT)
def count_pulses():
    """Filter and count; the names in it are those of MicroPython's PIO assembler."""
    # What stands on the pin at the start is no pulse.
    jmp(pin, "taken_high")
    label("taken_low")
    set(y, 31)
    label("while_low")
    in_(x, 24)
    push(noblock)
    jmp(pin, "maybe_high")
    jmp("taken_low")
    label("maybe_high")
    jmp(y_dec, "while_low")
    # Counts, and goes on whether X was 0 or not.
    jmp(x_dec, "taken_high")
    label("taken_high")
    set(y, 31)
    label("while_high")
    in_(x, 24)
    push(noblock)
    jmp(pin, "taken_high")
    jmp(y_dec, "while_high")
    jmp("taken_low")


class PioCounter:
    """Counts on a pin; see drivers/meter/pulse_meter.py for the contract.

    machine: the number of a state machine; shortest_ms: a level that lasts so long is taken, one
    shorter by 5 % is not.
    """

    def __init__(self, pin, ticks_ms, shortest_ms=10, machine=0):
        if not 0 < shortest_ms <= _MOST_MS:
            raise ValueError("shortest_ms of a PIO counter is 1 to %d" % _MOST_MS)
        frequency_hz = -(-_CYCLES * _MS_PER_S // shortest_ms)
        self._machine = rp2.StateMachine(machine, count_pulses, freq=frequency_hz, jmp_pin=pin)
        self._machine.active(1)
        self._rate = CountedRate(ticks_ms, self._count())
        self.pulses = 1
        self.over_ms = 0

    def read(self):
        """Return the count, and work out the rate of the moment; waits at most 5 cycles."""
        count = self._count()
        rate = self._rate
        rate.follow(count)
        self.pulses = rate.pulses
        self.over_ms = rate.over_ms
        return count

    def _count(self):
        machine = self._machine
        # These were offered when there was room last: a second ago.
        for _ in range(machine.rx_fifo()):
            machine.get()
        return -machine.get() & _COUNT_MASK

"""An RP2040's state machine for tests: MicroPython's `rp2` on the emulator pioemu.

Written from MicroPython's reference of rp2 and the RP2040 datasheet, 3.4 and 3.5.
"""

import types
from bisect import bisect_right

from pioemu import State, emulate

CHIP_HZ = 125_000_000
JMP_CONDITIONS = {"not_x": 1, "x_dec": 2, "not_y": 3, "y_dec": 4, "x_not_y": 5, "pin": 6}
REGISTERS = {"x": 1, "y": 2, "null": 3, "isr": 6, "osr": 7}
NOBLOCK = 1


class Assembler:
    """Two passes over a program that is written as calls; see rp2.asm_pio."""

    def __init__(self):
        self.labels, self.opcodes = {}, []

    def names(self):
        words = {"jmp": self.jmp, "label": self.label, "in_": self.in_, "push": self.push}
        words["set"] = lambda target, value: self.opcodes.append(0xE000 | target << 5 | value)
        return {**REGISTERS, **JMP_CONDITIONS, "noblock": NOBLOCK, **words}

    def label(self, name):
        self.labels[name] = len(self.opcodes)

    def jmp(self, condition, target=None):
        if target is None:
            condition, target = 0, condition
        self.opcodes.append(condition << 5 | self.labels.get(target, 0))

    def in_(self, source, bits):
        self.opcodes.append(0x4000 | source << 5 | bits & 0x1F)

    def push(self, mode):
        self.opcodes.append(0x8000 | (0 if mode == NOBLOCK else 0x20))


def asm_pio(in_shiftdir):
    assert in_shiftdir == 0

    def assemble(function):
        assembler = Assembler()
        program = types.FunctionType(function.__code__, assembler.names())
        for _ in range(2):
            assembler.opcodes = []
            program()
        return assembler.opcodes

    return assemble


class Line:
    """A pin whose levels over time are known; time in ms, of a clock that tests set."""

    def __init__(self, level=0):
        self.now_ms = 0
        self.changes_ms, self.levels = [0], [level]

    def hold(self, level, ms):
        """Change to a level and hold it."""
        self.changes_ms.append(self.now_ms)
        self.levels.append(level)
        self.now_ms += ms

    def level_at(self, ms):
        return self.levels[bisect_right(self.changes_ms, ms) - 1]


class StateMachine:
    """Runs the program up to the line's time whenever it is looked at."""

    first_x = 0

    def __init__(self, number, program, freq, jmp_pin):
        assert CHIP_HZ / 65_536 <= freq <= CHIP_HZ
        self.freq, self._line, self._program = freq, jmp_pin, program
        self._begin_ms = jmp_pin.now_ms
        self._running = False

    def active(self, on):
        self._running = bool(on)
        self._state = State(x_register=self.first_x)

        def pins(clock: int):
            return self._line.level_at(self._begin_ms + clock * 1000 / self.freq) << 1

        self._steps = emulate(
            self._program,
            stop_when=lambda opcode, state: False,
            initial_state=self._state,
            input_source=pins,
            shift_isr_right=False,
            jmp_pin=1,
        )

    def _run_to(self, clock):
        while self._state.clock < clock:
            _, self._state = next(self._steps)

    def rx_fifo(self):
        self._run_to((self._line.now_ms - self._begin_ms) * self.freq // 1000)
        return len(self._state.receive_fifo)

    def get(self):
        # Waits, as the chip's driver does, but never so long that the level could change.
        waited = 0
        while not self._state.receive_fifo:
            assert waited < 10
            self._run_to(self._state.clock + 1)
            waited += 1
        # The emulator's next state is made of this one, and its queue is the same object.
        return self._state.receive_fifo.popleft()


def rp2():
    """Return a module `rp2` for the driver to import."""
    return types.SimpleNamespace(
        asm_pio=asm_pio, PIO=types.SimpleNamespace(SHIFT_LEFT=0), StateMachine=StateMachine
    )

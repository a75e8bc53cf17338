"""A NOR flash chip behind MicroPython's extended block device, and what its writes do to a board.

Erasing sets octets to 0xFF, programming only clears bits. Meanwhile the processor, which runs its
program from the same chip, serves no interrupt. Runs on MicroPython too.
"""

ERASE_US = 45_000
PROGRAM_US = 700
_BLANK = 0xFF
_UART_FIFO = 32


class PowerCut(BaseException):
    """The power went while the flash was at work; nothing on the board may catch it."""


class BoardTime:
    """The time of a board, and what happens to its pins and its UART meanwhile.

    Events come at their times. While interrupts are off, a pin's edges only leave a mark, and one
    interrupt afterwards; the UART keeps what its FIFO holds.
    """

    def __init__(self):
        self.now_us = 0
        self.received = bytearray()
        self.octets_lost = 0
        self._events = []
        self._fifo = bytearray()
        self._marked = []
        self._off = False

    def ticks_us(self):
        """Return the time in microseconds."""
        return self.now_us

    def ticks_ms(self):
        """Return the time in milliseconds."""
        return self.now_us // 1000

    def at(self, at_us, event, *arguments):
        """Have event(*arguments) called at a time."""
        self._events.append((at_us, len(self._events), event, arguments))
        self._events.sort(key=lambda entry: entry[:2])

    def pass_time(self, lasting_us, interrupts=True):
        """Let time pass, with interrupts or without."""
        self._off = not interrupts
        until_us = self.now_us + lasting_us
        while self._events and self._events[0][0] <= until_us:
            at_us, _, event, arguments = self._events.pop(0)
            self.now_us = max(self.now_us, at_us)
            event(*arguments)
        self.now_us = until_us
        self._off = False
        self._serve()

    def uart(self, octet):
        """Receive an octet: an event for `at`."""
        if not self._off:
            self.received.append(octet)
        elif len(self._fifo) < _UART_FIFO:
            self._fifo.append(octet)
        else:
            self.octets_lost += 1

    def edge(self, pin):
        """Take notice of an edge on a pin."""
        if not self._off:
            pin.interrupt()
        elif pin not in self._marked:
            self._marked.append(pin)

    def _serve(self):
        marked, self._marked = self._marked, []
        for pin in marked:
            pin.interrupt()
        self.received.extend(self._fifo)
        self._fifo = bytearray()


class BoardPin:
    """An input pin of a board with a BoardTime; drive(level) is an event for `at`."""

    IRQ_FALLING = 4
    IRQ_RISING = 8

    def __init__(self, time, level=0):
        self._time = time
        self._level = level
        self._handler = None

    def value(self):
        """Return the level of now."""
        return self._level

    def irq(self, handler, trigger):
        """Call handler(pin) at edges; they are served when interrupts are."""
        self._handler = handler

    def drive(self, level):
        """Put a level on the pin from outside."""
        if level != self._level:
            self._level = level
            self._time.edge(self)

    def interrupt(self):
        """Call the handler."""
        if self._handler:
            self._handler(self)


class FlashDouble:
    """A flash chip of so many blocks, on a board with a BoardTime.

    `erases` counts by block. cut_at: (operation, octets): that operation, counted from 0 in
    `operations`, stops after so many octets with a PowerCut, and so does all that follows until
    power_on().
    """

    def __init__(self, time, blocks=32, page_size=256, block_size=4096):
        self.octets = bytearray(b"\xff" * (blocks * block_size))
        self.erases = [0] * blocks
        self.operations = 0
        self.programmed = 0
        self.cut_at = None
        self._time = time
        self._page_size = page_size
        self._block_size = block_size

    def power_on(self):
        """Have power again, after a cut; none is planned."""
        self.cut_at = None

    def readblocks(self, block, buffer, offset=0):
        """Fill buffer from an offset into a block on."""
        if self.cut_at is not None and self.operations > self.cut_at[0]:
            raise PowerCut("read of block %d" % block)
        at = block * self._block_size + offset
        buffer[:] = self.octets[at : at + len(buffer)]

    def writeblocks(self, block, buffer, offset=None):
        """Program from an offset into a block on; without one, erase the block first."""
        if offset is None:
            for number in range(len(buffer) // self._block_size):
                self._erase(block + number)
            offset = 0
        self._program(block * self._block_size + offset, buffer)

    def ioctl(self, operation, argument):
        """Tell the count of blocks (4), their size (5), or erase one (6)."""
        if operation == 4:
            return len(self.erases)
        if operation == 5:
            return self._block_size
        if operation == 6:
            self._erase(argument)
        return 0

    def _program(self, at, octets):
        page_size = self._page_size
        if at % page_size or len(octets) % page_size:
            raise ValueError("flash double: %d octets at %d are no pages" % (len(octets), at))
        for index in range(len(octets)):
            if octets[index] & ~self.octets[at + index]:
                raise ValueError("flash double: bits to set at %d" % (at + index))
        kept = self._octets_kept(len(octets))
        # A page stands still for its own time, and others come between two pages.
        for start in range(0, len(octets), page_size):
            end = min(start + page_size, kept)
            if start < end:
                self.octets[at + start : at + end] = octets[start:end]
            if kept < start + page_size:
                raise PowerCut("program at %d after %d octets" % (at, kept))
            self.programmed += page_size
            self._time.pass_time(PROGRAM_US, False)

    def _erase(self, block):
        at = block * self._block_size
        kept = self._octets_kept(self._block_size)
        self.erases[block] += 1
        self.octets[at : at + kept] = bytes((_BLANK,)) * kept
        if kept < self._block_size:
            raise PowerCut("erase of block %d after %d octets" % (block, kept))
        self._time.pass_time(ERASE_US, False)

    def _octets_kept(self, size):
        """Return how many octets of this operation are done before the power goes."""
        number = self.operations
        self.operations += 1
        if self.cut_at is None or number < self.cut_at[0]:
            return size
        if number > self.cut_at[0]:
            raise PowerCut("there is no power")
        return min(self.cut_at[1], size)

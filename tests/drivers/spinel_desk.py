"""SpinelRadios on simulated RCPs of one ether, in virtual time; the line may split and lose."""

from host_tools.desk.ether import Ether
from host_tools.desk.rcp import Rcp
from protometer.drivers.radio.spinel_radio import SpinelRadio
from protometer.kernel.clock import VirtualClock
from protometer.kernel.scheduler import Scheduler

PAN, CHANNEL = 0x1A62, 20
START_S = 380_000_000


class Line:
    """Both ends of a UART: any(), readinto() and write() for the radio, an RCP at the other.

    piece: the most octets that are taken at one write and given at one read. While `cut` is
    True what goes either way is lost; `failing` has the port raise OSError.
    """

    def __init__(self, desk, name, piece):
        self._to_radio = bytearray()
        self._piece = piece
        self.cut = self.failing = False
        self.written = bytearray()
        index = desk.ether.add_station(name)
        self.rcp = desk.rcps[index] = Rcp(desk.ether, index, self.hear, desk.now_us)

    def hear(self, octets):
        if not self.cut:
            self._to_radio += octets

    def any(self):
        if self.failing:
            raise OSError(5)
        return len(self._to_radio)

    def readinto(self, buffer):
        part = self._to_radio[: min(self._piece, len(buffer))]
        buffer[: len(part)] = part
        del self._to_radio[: len(part)]
        return len(part) or None

    def write(self, octets):
        part = bytes(octets[: self._piece])
        self.written += part
        if not self.cut:
            self.rcp.receive(part)
        return len(part)


class SpinelDesk:
    """Radios 1, 2, ..., with what each was told: `sent` and `heard` by radio."""

    def __init__(self, radios=2, piece=1000, configured=True):
        self.clock = VirtualClock(START_S, lambda: 0)
        self.scheduler = Scheduler(self.clock)
        self.air = []
        self.ether = Ether(1, tap=lambda at_us, psdu: self.air.append(psdu))
        self.rcps, self.lines, self.radios = {}, [], []
        self.sent, self.heard = [], []
        self.ether.deliver = self._deliver
        self._due = []
        for number in range(1, radios + 1):
            self._add(number, piece, configured)

    def now_us(self):
        return self.clock.utc_s() * 1_000_000 + self.clock.ms_of_second() * 1000

    def configure(self, number, short=None, pan=PAN, channel=CHANNEL):
        short = number if short is None else short
        self.radios[number - 1].configure(0, channel, pan, short, extended(number))

    def run(self, ms):
        """Let time pass, a millisecond at a time; a line carries some bytes in each."""
        for _ in range(ms):
            self.scheduler.run_due()
            self.clock.advance(1)
            while self.ether.next_us <= self.now_us():
                self.ether.step()
            due, self._due = self._due, []
            for index, at_us, kind, payload in due:
                self.rcps[index].deliver(at_us, kind, payload)
        return self

    def _add(self, number, piece, configured):
        line = Line(self, f"radio {number}", piece)
        radio = SpinelRadio(line, self.scheduler)
        sent, heard = [], []
        radio.on_sent = lambda status: sent.append((status, radio.ack_pending))
        radio.on_frame = lambda *frame: heard.append(frame)
        self.lines.append(line)
        self.radios.append(radio)
        self.sent.append(sent)
        self.heard.append(heard)
        if configured:
            self.configure(number)

    def _deliver(self, index, at_us, kind, payload):
        self._due.append((index, at_us, kind, payload))


def extended(number):
    """Return the EUI-64 of a radio, least significant octet first."""
    return bytes([number, 2, 3, 4, 5, 6, 7, 0xE0 + number])

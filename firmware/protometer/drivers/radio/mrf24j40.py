"""Microchip MRF24J40 as a Radio: IEEE 802.15.4 at 2.4 GHz over SPI (mode 0, up to 10 MHz).

After its data sheet, DS39776C, and what the Linux and RIOT drivers set. The chip does CSMA-CA,
acknowledgements, three retries, address filter and check sequence.
"""

from micropython import const

from ...kernel.ticks import ticks_add, ticks_diff

# Outcomes of a transmission.
SENT = const(0)
NO_ACK = const(1)
CHANNEL_BUSY = const(2)

# Short registers: six bits of address.
_RXMCR = const(0x00)
_PANIDL = const(0x01)
_SADRL = const(0x03)
_EADR0 = const(0x05)
_RXFLUSH = const(0x0D)
_ACKTMOUT = const(0x12)
_PACON2 = const(0x18)
_TXNCON = const(0x1B)
_TXSTAT = const(0x24)
_SOFTRST = const(0x2A)
_TXSTBL = const(0x2E)
_INTSTAT = const(0x31)
_INTCON = const(0x32)
_RFCTL = const(0x36)
_BBREG1 = const(0x39)
_BBREG2 = const(0x3A)
_BBREG6 = const(0x3E)
_CCAEDTH = const(0x3F)

# Long registers: ten bits of address.
_TX_NORMAL_FIFO = const(0x000)
_RFCON0 = const(0x200)
_RFCON1 = const(0x201)
_RFCON2 = const(0x202)
_RFCON6 = const(0x206)
_RFCON7 = const(0x207)
_RFCON8 = const(0x208)
_SLPCON1 = const(0x220)
_RX_FIFO = const(0x300)

# Bits.
_PANCOORD = const(0x08)
_RXFLUSH_NOW = const(0x01)
_DRPACK = const(0x80)
_MAWD = const(0x39)
_TXNTRIG = const(0x01)
_TXNACKREQ = const(0x04)
_FPSTAT = const(0x10)
_TXNSTAT = const(0x01)
_CCAFAIL = const(0x20)
_TXNIF = const(0x01)
_RXIF = const(0x08)
_RFRST = const(0x04)
_RXDECINV = const(0x04)

_AFTER_RESET = (
    (_PACON2, 0x98),
    (_TXSTBL, 0x95),
)
_RADIO = (
    (_RFCON0, 0x03),
    (_RFCON1, 0x01),
    (_RFCON2, 0x80),
    (_RFCON6, 0x90),
    (_RFCON7, 0x80),
    (_RFCON8, 0x10),
    (_SLPCON1, 0x21),
)
_BASEBAND = (
    # CCA by energy, above some -69 dBm; RSSI at the end of each frame; both interrupts.
    (_BBREG2, 0x80),
    (_CCAEDTH, 0x60),
    (_BBREG6, 0x40),
    (_INTCON, 0xF6),
)

_ACK_REQUEST = const(0x20)
_MOST_PSDU = const(127)
_LEAST_PSDU = const(5)
_FCS = const(2)
# RFCTL's reset lasts so long.
_SETTLE_US = const(192)
_IDLE_POLL_MS = const(5)
_BUSY_POLL_MS = const(2)
# Four attempts of CSMA-CA and waiting take less by far.
_OUTCOME_MS = const(200)
_PAUSE_MS = const(2_000)
# RSSI 0 to 255 is some -90 to -35 dBm (data sheet, 3.6.1).
_WEAKEST_DBM = const(-90)
_SPAN_DB = const(55)


def _ignore(*_):
    """Stand in for a callback that nobody has set yet."""


class Mrf24j40Radio:
    """Driver contract Radio, as a task of a scheduler.

    spi: an SPI with write(octets) and readinto(buffer); select: its chip select pin, called with
    0 and 1; sleep_us: waits. `finding` says in plain words what is wrong, None when all is well.
    The interrupt pin, where wired, may call wake().
    """

    fills_fcs = True

    def __init__(self, spi, select, scheduler, sleep_us):
        self.on_sent = _ignore  # (status): SENT, NO_ACK or CHANNEL_BUSY
        self.on_frame = _ignore  # (psdu, rssi_dbm, lqi)
        self.ack_pending = False  # valid in on_sent: the acknowledgement said that data waits
        self.coordinator = False  # take frames that name no destination
        self.finding = "radio: not started"
        self.failures = 0  # outcomes that the chip never told
        self._spi = spi
        self._select = select
        self._sleep_us = sleep_us
        self._scheduler = scheduler
        self._command = bytearray(2)
        self._octet = bytearray(1)
        self._frame = bytearray(_MOST_PSDU + 2)
        self._outgoing = bytearray(2 + 2 + _MOST_PSDU)
        self._configuration = None
        self._pending = set()
        self._receives = True
        self._is_set_up = False
        self._is_sending = False
        self._due_ms = scheduler.clock.ticks_ms()
        select(1)
        self._task = scheduler.add("radio", self.poll, 0, True)

    def configure(self, page, channel, pan_id, short_address, extended_address):
        """Tune and set the addresses; 0xFFFF: no PAN, no short address yet. At any time.

        extended_address: 8 octets, little-endian. ValueError for another band than 2.4 GHz.
        """
        if page or not 11 <= channel <= 26:
            raise ValueError("radio: page %d channel %d is not at 2.4 GHz" % (page, channel))
        self._configuration = (channel, pan_id, short_address, bytes(extended_address))
        if self._is_set_up:
            self._apply()

    def set_receiver(self, on):
        """Have the idle chip listen or not; it draws its current all the same.

        After an `ack_pending` it listens until it is told again not to.
        """
        self._receives = bool(on)
        if self._is_set_up and not self._is_sending:
            self._listen(self._receives)

    def set_pending(self, address, pending):
        """Say in acknowledgements of Data Requests whether data waits for an address.

        The chip knows no addresses: while data waits for one, all that ask are told so.
        """
        (self._pending.add if pending else self._pending.discard)(bytes(address))
        if self._is_set_up:
            self._tell_pending()

    def send(self, psdu):
        """Start one transmission of psdu, whose last two octets the chip fills.

        The outcome comes to on_sent. RuntimeError while another is awaited.
        """
        if self._is_sending:
            raise RuntimeError("radio is sending")
        size = len(psdu)
        if not _LEAST_PSDU <= size <= _MOST_PSDU:
            raise ValueError("radio: PSDU of %d octets" % size)
        self._is_sending = True
        self._due_ms = ticks_add(self._scheduler.clock.ticks_ms(), _OUTCOME_MS)
        if not self._is_set_up:
            return
        self._listen(True)
        # The length of the header matters to the chip's own security alone.
        outgoing = self._outgoing
        size -= _FCS
        outgoing[2] = 0
        outgoing[3] = size
        outgoing[4 : 4 + size] = psdu[:size]
        self._long(_TX_NORMAL_FIFO, True, outgoing)
        self._write_octets(memoryview(outgoing)[: 4 + size])
        self._set(_TXNCON, _TXNTRIG | (_TXNACKREQ if psdu[0] & _ACK_REQUEST else 0))

    def wake(self):
        """Look at the chip soon. Allocates nothing, so its interrupt pin may call it."""
        self._scheduler.wake(self._task)

    def poll(self, now_s, now_ms):
        """Take an outcome or a frame; the scheduler calls it."""
        if not self._is_set_up:
            self._set_up()
            # What was to be sent meanwhile is not under way.
            self._conclude(NO_ACK, False)
            if not self._is_set_up:
                return _PAUSE_MS
        events = self._get(_INTSTAT)
        if events & _RXIF:
            self._take_frame()
        if self._is_sending:
            if events & _TXNIF:
                self._take_outcome()
            elif ticks_diff(now_ms, self._due_ms) >= 0:
                self._fail()
        return _BUSY_POLL_MS if self._is_sending else _IDLE_POLL_MS

    def _set_up(self):
        self._set(_SOFTRST, 0x07)
        self._sleep_us(_SETTLE_US)
        for register, value in _AFTER_RESET:
            self._set(register, value)
        for register, value in _RADIO:
            self._set_long(register, value)
        for register, value in _BASEBAND:
            self._set(register, value)
        # The chip has no identity to read: it is there if it kept what it was told.
        if self._get(_CCAEDTH) != 0x60 or self._get_long(_SLPCON1) != 0x21:
            self.finding = "radio: no MRF24J40 answers; check its wires, its select pin and supply"
            return
        self._is_set_up = True
        self.finding = None
        self._tell_pending()
        if self._configuration:
            self._apply()
        else:
            self._reset_radio()
        self._listen(self._receives)

    def _apply(self):
        channel, pan_id, short_address, extended_address = self._configuration
        is_coordinator = self.coordinator or short_address == 0
        self._set(_RXMCR, _PANCOORD if is_coordinator else 0)
        for register, value in ((_PANIDL, pan_id), (_SADRL, short_address)):
            self._set(register, value & 0xFF)
            self._set(register + 1, value >> 8)
        for index in range(8):
            self._set(_EADR0 + index, extended_address[index])
        self._set_long(_RFCON0, channel - 11 << 4 | 0x03)
        self._reset_radio()

    def _reset_radio(self):
        self._set(_RFCTL, _RFRST)
        self._set(_RFCTL, 0)
        self._sleep_us(_SETTLE_US)

    def _tell_pending(self):
        self._set(_ACKTMOUT, _MAWD | (_DRPACK if self._pending else 0))

    def _listen(self, on):
        self._set(_BBREG1, 0 if on else _RXDECINV)

    def _take_frame(self):
        # Nothing else may come in while this is read.
        self._listen(False)
        size = self._get_long(_RX_FIFO)
        if _LEAST_PSDU <= size <= _MOST_PSDU:
            frame = memoryview(self._frame)[: size + 2]
            self._read_long(_RX_FIFO + 1, frame)
            psdu = bytes(frame[:size])
            lqi, rssi = frame[size], frame[size + 1]
        else:
            self._set(_RXFLUSH, _RXFLUSH_NOW)
            psdu = None
        self._listen(self._receives or self._is_sending)
        if psdu:
            self.on_frame(psdu, _WEAKEST_DBM + rssi * _SPAN_DB // 255, lqi)

    def _take_outcome(self):
        status = self._get(_TXSTAT)
        if status & _CCAFAIL:
            self._conclude(CHANNEL_BUSY, False)
        elif status & _TXNSTAT:
            self._conclude(NO_ACK, False)
        else:
            self._conclude(SENT, bool(self._get(_TXNCON) & _FPSTAT))

    def _fail(self):
        self.failures += 1
        self.finding = "radio: the MRF24J40 told no outcome; it is being reset"
        self._is_set_up = False
        self._conclude(NO_ACK, False)

    def _conclude(self, outcome, pending):
        if not self._is_sending:
            return
        self._is_sending = False
        self.ack_pending = pending
        self._receives = self._receives or pending
        if self._is_set_up:
            self._listen(self._receives)
        self.on_sent(outcome)

    # SPI: a short address is one octet with the direction lowest, a long one two.

    def _set(self, register, value):
        command = self._command
        command[0] = register << 1 | 1
        command[1] = value
        self._write_octets(command)

    def _get(self, register):
        octet = self._octet
        octet[0] = register << 1
        self._select(0)
        self._spi.write(octet)
        self._spi.readinto(octet)
        self._select(1)
        return octet[0]

    def _set_long(self, register, value):
        octets = bytearray(3)
        self._long(register, True, octets)
        octets[2] = value
        self._write_octets(octets)

    def _get_long(self, register):
        self._read_long(register, self._octet)
        return self._octet[0]

    def _read_long(self, register, buffer):
        self._long(register, False, self._command)
        self._select(0)
        self._spi.write(self._command)
        self._spi.readinto(buffer)
        self._select(1)

    def _write_octets(self, octets):
        self._select(0)
        self._spi.write(octets)
        self._select(1)

    def _long(self, register, writes, octets):
        """Put the command for a long register into the first two of some octets."""
        octets[0] = 0x80 | register >> 3
        octets[1] = (register & 7) << 5 | (0x10 if writes else 0)

"""An OpenThread radio co-processor (RCP) as a Radio: IEEE 802.15.4 over a UART and Spinel.

The RCP does CSMA-CA, acknowledgements, address filter and check sequence. One transaction is out
at a time; a reset of the RCP, asked for or not, has it set up anew from what is kept here.
"""

from micropython import const

from ...kernel.ticks import ticks_add, ticks_diff
from . import spinel
from .hdlc import HdlcDecoder, encode

# Outcomes of a transmission.
SENT = const(0)
NO_ACK = const(1)
CHANNEL_BUSY = const(2)

_OUTCOMES = {spinel.OK: SENT, spinel.NO_ACK: NO_ACK, spinel.CCA_FAILURE: CHANNEL_BUSY}
_MAJOR_VERSION = const(4)
_ANSWER_MS = const(1_000)
_RESET_MS = const(2_000)
_IDLE_POLL_MS = const(5)
_BUSY_POLL_MS = const(2)
# Read at one go: some 4 ms of an RP2040, and 5 ms of a 115,200 baud line.
_MOST_READ = const(64)
# A whole received frame with all that an RCP tells of it.
_MOST_FRAME = const(256)
_MOST_TID = const(15)
_SHORT = const(2)
# Answers that may be lost in a row before the RCP is reset.
_MOST_MISSED = const(2)
# What is awaited beside a property's number.
_NOTHING = const(-1)
_RESET = const(-2)

# Steps of the start.
_TO_RESET = const(0)
_TO_CHECK = const(1)
_LIVE = const(2)

# What is set after a reset, in this order: frames are received only once all else is right.
_SETTINGS = (
    spinel.PHY_ENABLED,
    spinel.PHY_CHAN,
    spinel.MAC_15_4_PANID,
    spinel.MAC_15_4_SADDR,
    spinel.MAC_15_4_LADDR,
    spinel.MAC_SRC_MATCH_ENABLED,
    spinel.MAC_SRC_MATCH_SHORT_ADDRESSES,
    spinel.MAC_SRC_MATCH_EXTENDED_ADDRESSES,
    spinel.MAC_RAW_STREAM_ENABLED,
)


def _ignore(*_):
    """Stand in for a callback that nobody has set yet."""


class SpinelRadio:
    """Driver contract Radio over a byte port, as a task of a scheduler.

    port: a UART, or what has its any(), readinto(buffer) and write(octets), none of which may
    block; a UART wants `txbuf` and `rxbuf` of 512, and RTS and CTS where flash is erased
    meanwhile. `finding` says in plain words what is wrong,
    None once the RCP is set up. `resets` counts those that the RCP made by itself, `timeouts`
    answers that did not come, `malformed` frames that were no Spinel.
    """

    fills_fcs = True

    def __init__(self, port, scheduler):
        self.on_sent = _ignore  # (status): SENT, NO_ACK or CHANNEL_BUSY
        self.on_frame = _ignore  # (psdu, rssi_dbm, lqi)
        self.ack_pending = False  # valid in on_sent: the acknowledgement said that data waits
        self.coordinator = False  # an RCP takes frames to no destination by the PAN alone
        self.finding = "radio: not started"
        self.resets = self.timeouts = self.malformed = 0
        self._port = port
        self._scheduler = scheduler
        self._decoder = HdlcDecoder(self._take, _MOST_FRAME)
        self._input = bytearray(_MOST_READ)
        self._output = b""
        self._values = {
            spinel.PHY_ENABLED: True,
            spinel.MAC_SRC_MATCH_ENABLED: True,
            spinel.MAC_SRC_MATCH_SHORT_ADDRESSES: [],
            spinel.MAC_SRC_MATCH_EXTENDED_ADDRESSES: [],
            spinel.MAC_RAW_STREAM_ENABLED: True,
        }
        self._stale = set(_SETTINGS)
        self._psdu = None
        self._step = _TO_RESET
        self._tid = self._missed = 0
        self._awaited = _NOTHING
        self._due_ms = scheduler.clock.ticks_ms()
        self._task = scheduler.add("radio", self.poll, 0, True)

    def configure(self, page, channel, pan_id, short_address, extended_address):
        """Tune and set the addresses; 0xFFFF: no PAN, no short address yet. At any time.

        extended_address: 8 octets, little-endian. ValueError for another band than 2.4 GHz.
        """
        if page or not 11 <= channel <= 26:
            raise ValueError("radio: page %d channel %d is not at 2.4 GHz" % (page, channel))
        self._change(spinel.PHY_CHAN, channel)
        self._change(spinel.MAC_15_4_PANID, pan_id)
        self._change(spinel.MAC_15_4_SADDR, short_address)
        self._change(spinel.MAC_15_4_LADDR, bytes(extended_address))

    def set_receiver(self, on):
        """Switch the idle receiver; after an `ack_pending` it is on until switched off again."""
        self._values[spinel.MAC_RAW_STREAM_ENABLED] = on
        # Told even if it was so: the RCP listens after what it sends.
        self._stale.add(spinel.MAC_RAW_STREAM_ENABLED)
        self._scheduler.wake(self._task)

    def set_pending(self, address, pending):
        """Say in acknowledgements of an address's Data Requests whether data waits for it.

        address: its 2 or 8 octets, little-endian.
        """
        key = spinel.MAC_SRC_MATCH_EXTENDED_ADDRESSES
        if len(address) == _SHORT:
            key = spinel.MAC_SRC_MATCH_SHORT_ADDRESSES
        held = [other for other in self._values[key] if other != address]
        if pending:
            held.append(bytes(address))
        self._change(key, held)

    def send(self, psdu):
        """Start one transmission of psdu, whose last two octets the RCP fills.

        The outcome comes to on_sent. RuntimeError while another is awaited.
        """
        if self._psdu is not None:
            raise RuntimeError("radio is sending")
        if not 5 <= len(psdu) <= spinel.MOST_PSDU:
            raise ValueError("radio: PSDU of %d octets" % len(psdu))
        self._psdu = bytes(psdu)
        self._scheduler.wake(self._task)

    def wake(self):
        """Read soon: something has come. Allocates nothing, so a UART's interrupt may call it."""
        self._scheduler.wake(self._task)

    def poll(self, now_s, now_ms):
        """Read, go on and write; the scheduler calls it."""
        count = 0
        try:
            count = self._read()
            self._go_on(now_ms)
            self._write()
        except OSError as fault:
            self._begin_anew("radio: its port fails (%s)" % fault, now_ms, _RESET_MS)
        if count == _MOST_READ:
            return 0
        is_idle = self._awaited == _NOTHING and not self._output
        return _IDLE_POLL_MS if is_idle else _BUSY_POLL_MS

    def _read(self):
        if not self._port.any():
            return 0
        count = self._port.readinto(self._input) or 0
        self._decoder.feed(self._input, count)
        return count

    def _write(self):
        if self._output:
            written = self._port.write(self._output) or 0
            self._output = self._output[written:]

    # What goes to the RCP: one transaction at a time.

    def _go_on(self, now_ms):
        if self._awaited != _NOTHING:
            if ticks_diff(now_ms, self._due_ms) >= 0:
                self._miss(now_ms)
        elif self._output:
            return
        elif self._step == _TO_RESET:
            if ticks_diff(now_ms, self._due_ms) >= 0:
                self._ask(now_ms, _RESET, spinel.RESET, bytes((spinel.RESET_STACK,)))
        elif self._step == _TO_CHECK:
            key = spinel.PROTOCOL_VERSION
            self._ask(now_ms, key, spinel.PROP_VALUE_GET, spinel.packed(key))
        elif spinel.PHY_CHAN in self._values:
            self._set_or_transmit(now_ms)

    def _set_or_transmit(self, now_ms):
        for key in _SETTINGS:
            if key in self._stale:
                self._stale.discard(key)
                value = spinel.with_value(key, self._values[key])
                self._ask(now_ms, key, spinel.PROP_VALUE_SET, value)
                return
        self.finding = None
        if self._psdu is not None:
            value = spinel.to_transmit(self._psdu, self._values[spinel.PHY_CHAN])
            self._ask(now_ms, spinel.STREAM_RAW, spinel.PROP_VALUE_SET, value)

    def _ask(self, now_ms, awaited, command, value):
        self._awaited = awaited
        tid = 0
        wait_ms = _RESET_MS
        if awaited != _RESET:
            tid = self._tid = self._tid % _MOST_TID + 1
            wait_ms = _ANSWER_MS
        self._due_ms = ticks_add(now_ms, wait_ms)
        self._output = encode(spinel.frame(tid, command, value))

    def _miss(self, now_ms):
        """Go on without an answer that did not come."""
        self.timeouts += 1
        self._missed += 1
        awaited = self._awaited
        self._awaited = _NOTHING
        if awaited == _RESET:
            finding = "radio: no RCP answers; check its wires, its baud rate and its firmware"
            self._begin_anew(finding, now_ms, 0)
        elif self._missed >= _MOST_MISSED:
            self._begin_anew("radio: the RCP has fallen silent", now_ms, 0)
        elif awaited == spinel.STREAM_RAW:
            self._conclude(NO_ACK, False)
        elif awaited in _SETTINGS:
            self._stale.add(awaited)

    def _begin_anew(self, finding, now_ms, pause_ms):
        self.finding = finding
        self._output = b""
        self._due_ms = ticks_add(now_ms, pause_ms)
        self._forget(_TO_RESET)

    def _forget(self, step):
        """Take it that the RCP knows nothing: what was being sent may be lost."""
        self._step = step
        self._missed = 0
        self._awaited = _NOTHING
        self._stale.update(_SETTINGS)
        if self._psdu is not None:
            self._conclude(NO_ACK, False)

    def _conclude(self, outcome, pending):
        self._psdu = None
        self.ack_pending = pending
        self.on_sent(outcome)

    # What comes from the RCP.

    def _take(self, octets):
        try:
            tid, command, at = spinel.opened(octets)
            if command == spinel.PROP_VALUE_IS:
                key, at = spinel.unpacked(octets, at)
                self._take_value(tid, key, octets[at:])
        except spinel.SpinelError:
            self.malformed += 1

    def _take_value(self, tid, key, octets):
        if key == spinel.STREAM_RAW:
            self.on_frame(*spinel.received(octets))
            return
        if key == spinel.LAST_STATUS:
            status, pending = spinel.status_of(octets)
            if spinel.RESET_FIRST <= status <= spinel.RESET_LAST:
                self._note_reset()
            elif tid == self._tid and self._awaited >= 0:
                self._note_status(status, pending)
        elif tid == self._tid and key == self._awaited:
            self._note_value(key, octets)

    def _note_reset(self):
        if self._awaited != _RESET:
            self.resets += 1
        self._forget(_TO_CHECK)

    def _note_status(self, status, pending):
        awaited = self._awaited
        self._awaited = _NOTHING
        self._missed = 0
        if awaited == spinel.STREAM_RAW:
            # What an RCP has another word for was not sent.
            self._conclude(_OUTCOMES.get(status, CHANNEL_BUSY), pending)
        elif status != spinel.OK:
            self._refuse("radio: the RCP answers 0x%02x with status %d" % (awaited, status))

    def _note_value(self, key, octets):
        self._awaited = _NOTHING
        self._missed = 0
        value = spinel.value_of(key, octets)
        if key != spinel.PROTOCOL_VERSION:
            return
        if value and value[0] == _MAJOR_VERSION:
            self._step = _LIVE
        else:
            self._refuse("radio: the RCP speaks Spinel %s instead of 4" % (value,))

    def _refuse(self, finding):
        self._begin_anew(finding, self._scheduler.clock.ticks_ms(), _RESET_MS)

    def _change(self, key, value):
        if self._values.get(key) != value:
            self._values[key] = value
            self._stale.add(key)
            self._scheduler.wake(self._task)

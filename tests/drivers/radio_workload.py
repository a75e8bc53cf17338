"""Radio drivers on any runtime: what they write, and make of what they read, is printed."""

from binascii import hexlify

from protometer.drivers.radio import hdlc, spinel
from protometer.drivers.radio.mrf24j40 import Mrf24j40Radio
from protometer.drivers.radio.spinel_radio import SpinelRadio
from protometer.kernel.clock import VirtualClock
from protometer.kernel.scheduler import Scheduler

EXTENDED = bytes(range(0xE0, 0xE8))
DATA = bytes((0x61, 0x88, 0x7E, 0x62, 0x1A, 2, 0, 1, 0, 0x7D, 0x11, 0x13, 0xF8, 0, 0))
VALUES = (
    (spinel.PROTOCOL_VERSION, (4, 300)),
    (spinel.NCP_VERSION, "RCP"),
    (spinel.PHY_TX_POWER, -5),
    (spinel.MAC_15_4_PANID, 0xFFFE),
    (spinel.MAC_15_4_LADDR, EXTENDED),
    (spinel.MAC_SRC_MATCH_SHORT_ADDRESSES, [b"\x01\x00", b"\x02\x80"]),
    (spinel.MAC_SRC_MATCH_EXTENDED_ADDRESSES, [EXTENDED, bytes(8)]),
)
BAD = (
    b"",
    b"\x80",
    b"\x80\x06\xff\xff\xff",
    b"\x80\x06\x71\xff",
    b"\x81\x06\x02\xff",
    b"\x80\x06",
)


class Wire:
    """A bus and a byte port that answer with what `answers` holds, and print what is written."""

    def __init__(self):
        self.answers = b""

    def write(self, octets):
        print(hexlify(bytes(octets)).decode())
        return len(octets)

    def any(self):
        return len(self.answers)

    def readinto(self, buffer):
        count = min(len(buffer), len(self.answers))
        buffer[:count] = self.answers[:count]
        self.answers = self.answers[count:]
        return count

    def select(self, level):
        pass


def codec():
    for key, value in VALUES:
        octets = spinel.with_value(key, value)
        print(hexlify(octets).decode(), spinel.value_of(key, octets[len(spinel.packed(key)) :]))
    frames = []
    decoder = hdlc.HdlcDecoder(frames.append, 160)
    stream = hdlc.encode(spinel.frame(3, spinel.PROP_VALUE_SET, spinel.to_transmit(DATA, 20)))
    print(hexlify(stream).decode())
    for octet in bytes(stream) + bytes(stream[:9]) + bytes(stream) + bytes(300) + b"\x7e":
        decoder.feed(bytes((octet,)), 1)
    print(len(frames), frames[0] == frames[-1], decoder.discarded)
    for octets in BAD:
        try:
            _, _, at = spinel.opened(octets)
            key, at = spinel.unpacked(octets, at)
            print(key, spinel.received(octets[at:]))
        except spinel.SpinelError as fault:
            print(fault)


class Rcp(Wire):
    """A Wire with the least of an RCP behind it; a frame that is sent has another come in."""

    def __init__(self):
        super().__init__()
        self._decoder = hdlc.HdlcDecoder(self._answer, 400)

    def write(self, octets):
        self._decoder.feed(octets, len(octets))
        return super().write(octets)

    def _answer(self, octets):
        tid, command, at = spinel.opened(octets)
        if command == spinel.RESET:
            self._tell(0, b"\x00\x72")
        elif command == spinel.PROP_VALUE_GET:
            self._tell(tid, b"\x01\x04\x03")
        elif octets[at] == spinel.STREAM_RAW:
            self._tell(tid, b"\x00\x00\x01\x00")
            phy = b"\x0a\x00\x14\xc8" + bytes(8) + b"\x01\x00\x00"
            self._tell(0, b"\x71\x05\x00\x02\x00\x07\x12\x34\xc4\x80\x00\x00" + phy)
        else:
            self._tell(tid, octets[at:])

    def _tell(self, tid, value):
        self.answers += hdlc.encode(spinel.frame(tid, spinel.PROP_VALUE_IS, value))


def rcp():
    wire, clock = Rcp(), VirtualClock(0, lambda: 0)
    scheduler = Scheduler(clock)
    radio = SpinelRadio(wire, scheduler)
    radio.on_sent = lambda status: print("sent", status, radio.ack_pending)
    radio.on_frame = lambda psdu, rssi_dbm, lqi: print(hexlify(psdu).decode(), rssi_dbm, lqi)
    radio.configure(0, 20, 0x1A62, 1, EXTENDED)
    radio.set_pending(EXTENDED, True)
    for ms in range(200):
        if ms == 100:
            print(radio.finding)
            radio.send(DATA)
        scheduler.run_due()
        clock.advance(1)
    print(radio.finding, radio.resets, radio.timeouts, radio.malformed)


def chip():
    wire, clock = Wire(), VirtualClock(0, lambda: 0)
    scheduler = Scheduler(clock)
    radio = Mrf24j40Radio(wire, wire.select, scheduler, lambda us: None)
    radio.on_sent = lambda status: print("sent", status, radio.ack_pending)
    radio.on_frame = lambda psdu, rssi_dbm, lqi: print(hexlify(psdu).decode(), rssi_dbm, lqi)
    radio.configure(0, 26, 0x1A62, 0, EXTENDED)
    # CCAEDTH and SLPCON1 as written; then no interrupt.
    wire.answers = b"\x60\x21\x00"
    scheduler.run_due()
    radio.send(DATA)
    # INTSTAT: both; a frame of five octets with LQI and RSSI; TXSTAT; TXNCON with FPSTAT.
    wire.answers = b"\x09\x05\x02\x00\x07\x12\x34\xc8\x80\x00\x10"
    clock.advance(6)
    scheduler.run_due()
    print(radio.finding)


codec()
rcp()
chip()

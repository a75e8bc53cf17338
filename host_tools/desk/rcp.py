"""A radio co-processor (RCP) of the ether, from the device's side: Spinel in and out, as octets.

After draft-rquattle-spinel-unified and the OpenThread RCP: what a Zigbee host asks of one, and
an error for anything else. No socket and no clock, so that any transport can carry it.
"""

import struct
from collections.abc import Callable
from typing import Any

from host_tools.desk import phy
from host_tools.desk.ether import Ether
from host_tools.desk.station import EtherError
from host_tools.node import link
from protometer.drivers.radio import spinel
from protometer.drivers.radio.hdlc import HdlcDecoder, encode

VERSION = "PROTOMETER-RCP/1.0; DESK; Jan 20 2012 10:00:00"
_MOST_FRAME = 1300  # what an OpenThread RCP takes
_NOISE_DBM = -128  # "not known"

# Properties as after a reset, by what may be done to them.
_READ_ONLY = {
    spinel.PROTOCOL_VERSION: (4, 3),
    spinel.NCP_VERSION: VERSION,
    spinel.INTERFACE_TYPE: (3,),
    spinel.RCP_API_VERSION: (10,),
    spinel.RCP_MIN_HOST_API_VERSION: (4,),
    spinel.PHY_RSSI: -99,
    spinel.PHY_RX_SENSITIVITY: -100,
}
_SETTABLE = {
    spinel.PHY_ENABLED: False,
    spinel.PHY_CHAN: 11,
    spinel.PHY_CCA_THRESHOLD: -75,
    spinel.PHY_TX_POWER: 0,
    spinel.MAC_15_4_LADDR: bytes(8),
    spinel.MAC_15_4_SADDR: 0xFFFF,
    spinel.MAC_15_4_PANID: 0xFFFF,
    spinel.MAC_RAW_STREAM_ENABLED: False,
    spinel.MAC_PROMISCUOUS_MODE: 0,
    spinel.MAC_RX_ON_WHEN_IDLE: True,
    spinel.MAC_SRC_MATCH_ENABLED: False,
    spinel.MAC_SRC_MATCH_SHORT_ADDRESSES: [],
    spinel.MAC_SRC_MATCH_EXTENDED_ADDRESSES: [],
}
# The receiver is on when all of these are.
_SWITCHES = (spinel.PHY_ENABLED, spinel.MAC_RAW_STREAM_ENABLED, spinel.MAC_RX_ON_WHEN_IDLE)
_LIMITS = {
    spinel.PHY_CHAN: lambda channel: channel in phy.CHANNELS,
    spinel.MAC_PROMISCUOUS_MODE: lambda mode: mode <= _ALL_FRAMES,
}
_ALL_FRAMES = 2
_STATUSES = {
    link.STATUS_SENT: spinel.OK,
    link.STATUS_NO_ACK: spinel.NO_ACK,
    link.STATUS_CHANNEL_BUSY: spinel.CCA_FAILURE,
}


class _Refused(Exception):
    """A command can't be done; the argument is the value of LAST_STATUS that says why."""


class Rcp:
    """One station of an ether and its host; write(octets) carries what it says.

    now_us: the ether's time. Hand in octets with receive(), the ether's items with deliver().
    """

    def __init__(
        self, ether: Ether, index: int, write: Callable[[bytes], None], now_us: Callable[[], int]
    ) -> None:
        self._ether = ether
        self._index = index
        self._write = write
        self._now_us = now_us
        self._decoder = HdlcDecoder(self._take, _MOST_FRAME)
        self._commands = {
            spinel.RESET: self._on_reset,
            spinel.PROP_VALUE_GET: self._on_get,
            spinel.PROP_VALUE_SET: self._on_set,
        }
        self._begin()

    def receive(self, octets: bytes) -> None:
        """Take what the host wrote, in pieces of any length."""
        self._decoder.feed(octets, len(octets))

    def deliver(self, at_us: int, kind: int, payload: bytes) -> None:
        """Take a FRAME or SENT item of the ether."""
        if kind == link.SENT:
            self._note_sent(payload[0])
        elif self._values[spinel.PHY_ENABLED]:
            psdu, rssi_dbm, lqi = link.received_frame(payload)
            channel = self._values[spinel.PHY_CHAN]
            self._tell(0, _stream_raw(psdu, rssi_dbm, lqi, channel, at_us))

    def reset(self, status: int = spinel.RESET_SOFTWARE) -> None:
        """Begin anew, as after a fault or at the host's wish, and say why."""
        self._begin()
        self._tell_status(0, status)

    def close(self) -> None:
        """Leave the air: the host is gone."""
        self._begin()

    def _begin(self) -> None:
        self._values: dict[int, Any] = {**_READ_ONLY, **_SETTABLE}
        self._sending_tid = 0
        self._psdu = b""
        self._retries = 0
        self._ether.stations[self._index].set_receiver(self._now_us(), False)
        self._apply()

    def _apply(self) -> None:
        """Have the station on the ether be as the properties say."""
        values = self._values
        station = self._ether.stations[self._index]
        at_us = self._now_us()
        if values[spinel.PHY_ENABLED]:
            payload = link.encode_configure(
                0,
                values[spinel.PHY_CHAN],
                values[spinel.MAC_15_4_PANID],
                values[spinel.MAC_15_4_SADDR],
                values[spinel.MAC_15_4_LADDR],
            )
            self._ether.configure(self._index, at_us, payload)
        station.promiscuous = values[spinel.MAC_PROMISCUOUS_MODE] == _ALL_FRAMES
        station.pending = None
        if values[spinel.MAC_SRC_MATCH_ENABLED]:
            station.pending = {
                *values[spinel.MAC_SRC_MATCH_SHORT_ADDRESSES],
                *values[spinel.MAC_SRC_MATCH_EXTENDED_ADDRESSES],
            }

    def _tell(self, tid: int, value: bytes) -> None:
        self._write(bytes(encode(spinel.frame(tid, spinel.PROP_VALUE_IS, value))))

    def _tell_status(self, tid: int, status: int, rest: bytes = b"") -> None:
        self._tell(tid, spinel.packed(spinel.LAST_STATUS) + spinel.packed(status) + rest)

    def _take(self, octets: bytes) -> None:
        try:
            tid, command, at = spinel.opened(octets)
        except spinel.SpinelError:
            return
        try:
            if command not in self._commands:
                raise _Refused(spinel.INVALID_COMMAND)
            self._commands[command](tid, octets[at:])
        except _Refused as refusal:
            self._tell_status(tid, refusal.args[0])
        except spinel.SpinelError:
            self._tell_status(tid, spinel.PARSE_ERROR)

    def _on_reset(self, tid: int, octets: bytes) -> None:
        self.reset()

    def _on_get(self, tid: int, octets: bytes) -> None:
        key, _ = spinel.unpacked(octets, 0)
        if key not in self._values:
            raise _Refused(spinel.PROP_NOT_FOUND)
        self._tell(tid, spinel.with_value(key, self._values[key]))

    def _on_set(self, tid: int, octets: bytes) -> None:
        key, at = spinel.unpacked(octets, 0)
        if key == spinel.STREAM_RAW:
            self._transmit(tid, octets[at:])
            return
        if key not in _SETTABLE:
            raise _Refused(spinel.PROP_NOT_FOUND)
        value = spinel.value_of(key, octets[at:])
        if key in _LIMITS and not _LIMITS[key](value):
            raise _Refused(spinel.INVALID_ARGUMENT)
        self._values[key] = value
        self._apply()
        # Only these switch the receiver: what else is set leaves it as an acknowledgement did.
        if key in _SWITCHES:
            is_on = all(self._values[switch] for switch in _SWITCHES)
            self._ether.stations[self._index].set_receiver(self._now_us(), is_on)
        self._tell(tid, spinel.with_value(key, value))

    def _transmit(self, tid: int, octets: bytes) -> None:
        psdu, channel, retries = _to_transmit(octets)
        if not self._values[spinel.PHY_ENABLED] or self._sending_tid or not tid:
            raise _Refused(spinel.INVALID_STATE)
        if channel != self._values[spinel.PHY_CHAN]:
            raise _Refused(spinel.INVALID_ARGUMENT)
        self._psdu = psdu
        self._retries = retries
        self._start()
        self._sending_tid = tid

    def _start(self) -> None:
        try:
            self._ether.transmit(self._index, self._now_us(), self._psdu)
        except EtherError as error:
            raise _Refused(spinel.INVALID_STATE) from error

    def _note_sent(self, outcome: int) -> None:
        tid = self._sending_tid
        if not tid:
            return  # a reset came in between
        if outcome == link.STATUS_NO_ACK and self._retries:
            self._retries -= 1
            self._start()
            return
        self._sending_tid = 0
        pending = bool(outcome & link.ACK_PENDING)
        # Frame pending; and that security changed nothing of the header.
        self._tell_status(tid, _STATUSES[outcome & ~link.ACK_PENDING], bytes((pending, False)))


def _to_transmit(octets: bytes) -> tuple[bytes, int, int]:
    """Return (PSDU with its FCS, channel, retries) of a STREAM_RAW from the host."""
    if len(octets) < 2:
        raise spinel.SpinelError("length cut")
    end = 2 + int.from_bytes(octets[:2], "little")
    psdu, rest = octets[2:end], octets[end:]
    if end > len(octets) or not rest:
        raise spinel.SpinelError("PSDU or its channel cut")
    if not link.MIN_PSDU_BYTES <= len(psdu) <= link.MAX_PSDU_BYTES:
        raise _Refused(spinel.INVALID_ARGUMENT)
    # An OpenThread RCP that is told nothing tries again three times.
    retries = rest[2] if len(rest) > 2 else 3
    return psdu[:-2] + phy.fcs(psdu[:-2]), rest[0], retries


def _stream_raw(psdu: bytes, rssi_dbm: int, lqi: int, channel: int, at_us: int) -> bytes:
    """Return STREAM_RAW with a received frame and what the chip tells of it."""
    of_phy = struct.pack("<BBQ", channel, lqi, at_us)
    of_vendor = spinel.packed(spinel.OK)
    return b"".join(
        (
            spinel.packed(spinel.STREAM_RAW),
            _counted(psdu),
            struct.pack("<bbH", rssi_dbm, _NOISE_DBM, 0),
            _counted(of_phy),
            _counted(of_vendor),
        )
    )


def _counted(data: bytes) -> bytes:
    return struct.pack("<H", len(data)) + data

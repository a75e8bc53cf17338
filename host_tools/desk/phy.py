"""IEEE 802.15.4's radios as the desk models them: timings, frame check, addressing fields.

At 2.4 GHz (O-QPSK, 250 kbit/s) a symbol lasts 16 us and carries four bits; in the Sub GHz Bands
(channel pages 28 to 31, GFSK, 100 kbit/s) it lasts 10 us and carries one. Times are microseconds.
"""

from binascii import crc_hqx
from dataclasses import dataclass

SYMBOL_US = 16
TURNAROUND_US = 12 * SYMBOL_US  # aTurnaroundTime: between receiving and sending
CCA_US = 8 * SYMBOL_US
UNIT_BACKOFF_US = 20 * SYMBOL_US  # aUnitBackoffPeriod
ACK_WAIT_US = 54 * SYMBOL_US  # macAckWaitDuration on this band
MIN_BACKOFF_EXPONENT = 3  # macMinBE
MAX_BACKOFF_EXPONENT = 5  # macMaxBE
MAX_CCA_ATTEMPTS = 5  # macMaxCSMABackoffs retries after the first attempt
CHANNELS = range(11, 27)
SUB_GHZ_PAGES = {
    28: range(27),
    29: (*range(27, 35), 62),
    30: range(35, 62),
    31: range(27),
}

BROADCAST = b"\xff\xff"
BEACON, DATA, ACK, COMMAND = range(4)
ACK_REQUEST = 0x20  # in the first byte of a PSDU
FRAME_PENDING = 0x10  # in the same byte
DATA_REQUEST = 0x04  # command frame identifier: what do you hold for me?

_BYTE_US = 2 * SYMBOL_US
_PHY_HEADER_BYTES = 6  # preamble 4, start of frame 1, length 1
_SUB_GHZ_HEADER_BYTES = 12  # preamble 8, start of frame 2, length 2
_FCS_BYTES = 2
_SAME_PAN = 0x40
_NEWEST_VERSION = 2
_SECURED = 0x08
_NONE, _RESERVED, _SHORT, _EXTENDED = range(4)
_ADDRESS_BYTES = {_SHORT: 2, _EXTENDED: 8}
# crc_hqx is the same polynomial with the bits of every byte the other way round.
_MIRROR = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


@dataclass(frozen=True)
class Band:
    """How long things last in a band, in us."""

    turnaround_us: int
    cca_us: int
    unit_backoff_us: int
    ack_wait_us: int  # from the end of a frame to the end of its acknowledgement
    byte_us: int
    header_bytes: int

    def air_time_us(self, psdu: bytes) -> int:
        """Return how long psdu, with the PHY's own header, occupies the air."""
        return (self.header_bytes + len(psdu)) * self.byte_us


BAND_2_4_GHZ = Band(
    TURNAROUND_US, CCA_US, UNIT_BACKOFF_US, ACK_WAIT_US, _BYTE_US, _PHY_HEADER_BYTES
)
# A chip listens for 160 us before it talks (EN 300 220), and takes 192 us to turn round.
# A Silicon Labs chip waits 1,200 us for an acknowledgement to begin; then come seven bytes of it.
SUB_GHZ = Band(192, 160, 352, 1_200 + 7 * 80, 80, _SUB_GHZ_HEADER_BYTES)


def band_of(page: int, channel: int) -> Band:
    """Return the band of a channel. Raises ValueError where a page has no such channel."""
    if page == 0 and channel in CHANNELS:
        return BAND_2_4_GHZ
    if channel in SUB_GHZ_PAGES.get(page, ()):
        return SUB_GHZ
    raise ValueError(f"channel page {page} has no channel {channel}")


def air_time_us(psdu: bytes) -> int:
    """Return how long psdu, with the PHY's own header, occupies the air at 2.4 GHz."""
    return BAND_2_4_GHZ.air_time_us(psdu)


def fcs(frame: bytes) -> bytes:
    """Return the two FCS bytes (CRC-16 of ITU-T, least significant first) of frame."""
    return crc_hqx(frame.translate(_MIRROR), 0).to_bytes(2, "big").translate(_MIRROR)


def fcs_is_good(psdu: bytes) -> bool:
    """Tell whether psdu ends in its own FCS."""
    return crc_hqx(psdu.translate(_MIRROR), 0) == 0


def acknowledgement(sequence: int, pending: bool = False) -> bytes:
    """Return the PSDU that acknowledges the frame numbered sequence.

    pending: tell that data is held for its sender.
    """
    frame = bytes((ACK | (FRAME_PENDING if pending else 0), 0, sequence))
    return frame + fcs(frame)


class Header:
    """What a chip reads of a MAC header; addresses are bytes as sent.

    command: the identifier of a command frame that nothing seals, else None.
    Raises ValueError for a bad FCS, a cut frame or a reserved value. Of the 2015 edition's frames
    those are read whose addresses stand as in the 2006 edition's: beacons and their requests.
    """

    __slots__ = (
        "ack_request",
        "command",
        "destination",
        "destination_pan",
        "sequence",
        "source",
        "source_pan",
        "type",
    )

    def __init__(self, psdu: bytes) -> None:
        if not fcs_is_good(psdu):
            raise ValueError("bad FCS")
        control, modes = psdu[0], psdu[1]
        self.type = control & 7
        self.ack_request = bool(control & ACK_REQUEST)
        self.sequence = psdu[2]
        destination_mode, source_mode = modes >> 2 & 3, modes >> 6
        if (
            self.type > COMMAND
            or modes >> 4 & 3 > _NEWEST_VERSION
            or _RESERVED in (destination_mode, source_mode)
        ):
            raise ValueError("reserved value in the frame control field")
        end = 3
        self.destination = self.destination_pan = self.source = self.source_pan = b""
        if destination_mode != _NONE:
            self.destination_pan = psdu[3:5]
            end = 5 + _ADDRESS_BYTES[destination_mode]
            self.destination = psdu[5:end]
        if source_mode != _NONE:
            if control & _SAME_PAN and self.destination_pan:
                self.source_pan = self.destination_pan
            else:
                self.source_pan = psdu[end : end + 2]
                end += 2
            self.source = psdu[end : end + _ADDRESS_BYTES[source_mode]]
            end += _ADDRESS_BYTES[source_mode]
        if end + _FCS_BYTES > len(psdu):
            raise ValueError("MAC header cut")
        is_plain = modes >> 4 & 3 < _NEWEST_VERSION
        is_command = self.type == COMMAND and is_plain and not control & _SECURED
        self.command = psdu[end] if is_command and end + _FCS_BYTES < len(psdu) else None

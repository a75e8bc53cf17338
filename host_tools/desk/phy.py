"""IEEE 802.15.4 at 2.4 GHz (O-QPSK, 250 kbit/s): timings, frame check, addressing fields.

Times are microseconds; a symbol lasts 16 us and carries four bits.
"""

from binascii import crc_hqx

SYMBOL_US = 16
TURNAROUND_US = 12 * SYMBOL_US  # aTurnaroundTime: between receiving and sending
CCA_US = 8 * SYMBOL_US
UNIT_BACKOFF_US = 20 * SYMBOL_US  # aUnitBackoffPeriod
ACK_WAIT_US = 54 * SYMBOL_US  # macAckWaitDuration on this band
MIN_BACKOFF_EXPONENT = 3  # macMinBE
MAX_BACKOFF_EXPONENT = 5  # macMaxBE
MAX_CCA_ATTEMPTS = 5  # macMaxCSMABackoffs retries after the first attempt
CHANNELS = range(11, 27)

BROADCAST = b"\xff\xff"
BEACON, DATA, ACK, COMMAND = range(4)
ACK_REQUEST = 0x20  # in the first byte of a PSDU
FRAME_PENDING = 0x10  # in the same byte
DATA_REQUEST = 0x04  # command frame identifier: what do you hold for me?

_BYTE_US = 2 * SYMBOL_US
_PHY_HEADER_BYTES = 6  # preamble 4, start of frame 1, length 1
_FCS_BYTES = 2
_SAME_PAN = 0x40
_SECURED = 0x08
_NONE, _RESERVED, _SHORT, _EXTENDED = range(4)
_ADDRESS_BYTES = {_SHORT: 2, _EXTENDED: 8}
# crc_hqx is the same polynomial with the bits of every byte the other way round.
_MIRROR = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def air_time_us(psdu: bytes) -> int:
    """Return how long psdu, with the PHY's own header, occupies the air."""
    return (_PHY_HEADER_BYTES + len(psdu)) * _BYTE_US


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
    Raises ValueError for a bad FCS, a cut frame or a value reserved in the 2006 edition.
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
            or modes >> 4 & 3 > 1
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
        is_command = self.type == COMMAND and not control & _SECURED
        self.command = psdu[end] if is_command and end + _FCS_BYTES < len(psdu) else None

"""What Wireshark reads of a simulation: a pcapng of the air and the file of Zigbee keys."""

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from pcapng import FileWriter, blocks

LINKTYPE_IEEE802_15_4_WITHFCS = 195
UNIX_EPOCH_US = 946_684_800_000_000  # 2000-01-01T00:00:00Z since 1970


class Capture:
    """A pcapng file of IEEE 802.15.4 PSDUs, stamped with simulated time alone.

    Byte order and contents depend on nothing of the host. Close it, or use it in a `with`. In
    place of a path it takes an open file, as that of a pipe; `live` hands on each frame at once.
    """

    def __init__(self, path: Path | BinaryIO, live: bool = False) -> None:
        self._section = blocks.SectionHeader(endianness="<", options={})
        self._section.new_member(
            blocks.InterfaceDescription, link_type=LINKTYPE_IEEE802_15_4_WITHFCS, snaplen=0
        )
        self._file = path.open("wb") if isinstance(path, Path) else path
        self._live = live
        self._writer = FileWriter(self._file, self._section)
        if live:
            self._file.flush()

    def write(self, at_us: int, psdu: bytes) -> None:
        """Add one PSDU, FCS included, that began at at_us since 2000-01-01T00:00:00Z."""
        high, low = divmod(at_us + UNIX_EPOCH_US, 1 << 32)
        packet = self._section.new_member(
            blocks.EnhancedPacket, timestamp_high=high, timestamp_low=low, packet_data=psdu
        )
        self._writer.write_block(packet)
        if self._live:
            self._file.flush()

    def close(self) -> None:
        """End the file; closing twice does no harm."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def write_zigbee_keys(path: Path, keys: Mapping[str, bytes]) -> None:
    """Write keys (label -> 16 bytes) as lines of Wireshark's `zigbee_pc_keys`.

    Raises ValueError for a key of another length or a label that would break its line.
    """
    lines = []
    for label, key in keys.items():
        if len(key) != 16:
            raise ValueError(f"Zigbee key {label!r} of {len(key)} bytes instead of 16")
        if not label.isprintable() or set(label) & set('"\\'):
            raise ValueError(f"label {label!r} can't stand in a quoted field")
        lines.append(f'"{key.hex().upper()}","Normal","{label}"\n')
    path.write_text("".join(lines), encoding="utf-8", newline="\n")

"""One node's radio chip on the desk: its addresses, its filter, its transmission in hand."""

from host_tools.desk import phy
from host_tools.node import link

Place = tuple[int, int]  # channel page and channel


class EtherError(Exception):
    """A node asked of its radio what no radio does."""


class Transmission:
    """One PSDU on the air from start_us to end_us (not included)."""

    __slots__ = ("channel", "collided", "end_us", "psdu", "sender", "start_us")

    def __init__(self, sender: "Station", psdu: bytes, channel: Place, start_us: int) -> None:
        self.sender = sender
        self.psdu = psdu
        self.channel = channel
        self.start_us = start_us
        self.end_us = start_us + phy.band_of(*channel).air_time_us(psdu)
        self.collided = False


class Station:
    """A radio chip; the ether alone changes it."""

    __slots__ = (
        "ack_end_us",
        "attempts",
        "awaiting",
        "band",
        "channel",
        "coordinator",
        "extended_address",
        "index",
        "name",
        "pan_id",
        "pending",
        "promiscuous",
        "psdu",
        "receiver_on",
        "short_address",
        "tuned_us",
    )

    def __init__(self, index: int, name: str) -> None:
        self.index = index
        self.name = name
        self.channel: Place | None = None
        self.band = phy.BAND_2_4_GHZ
        self.tuned_us = 0
        self.pan_id = self.short_address = phy.BROADCAST
        self.extended_address = bytes(8)
        self.psdu: bytes | None = None  # being sent, until its outcome is known
        self.attempts = 0  # CCAs that found the channel busy
        self.awaiting: Transmission | None = None  # its acknowledgement is due
        self.ack_end_us = 0  # end of the acknowledgement it last owed
        self.receiver_on = True  # when idle
        self.coordinator = False
        self.promiscuous = False  # hand up all that is heard, acknowledge nothing
        # Addresses that data is held for; None: any of them.
        self.pending: set[bytes] | None = set()

    def configure(self, at_us: int, payload: bytes) -> None:
        """Take a CONFIGURE item. Raises EtherError for a channel that there is not."""
        page, channel, pan_id, short_address, self.extended_address = link.decode_configure(
            payload
        )
        try:
            self.band = phy.band_of(page, channel)
        except ValueError as fault:
            raise EtherError(str(fault)) from None
        self.pan_id = pan_id.to_bytes(2, "little")
        self.short_address = short_address.to_bytes(2, "little")
        if (page, channel) != self.channel:
            self.channel = page, channel
            self.tuned_us = at_us

    def set_receiver(self, at_us: int, on: bool) -> None:
        """Switch the idle receiver; what began before it was on is missed."""
        if on and not self.receiver_on:
            self.tuned_us = at_us
        self.receiver_on = on

    def set_pending(self, address: bytes, pending: bool) -> None:
        """Hold data for an address (2 or 8 bytes as sent), or no more."""
        if self.pending is None:
            self.pending = set()
        (self.pending.add if pending else self.pending.discard)(address)

    def holds_for(self, header: phy.Header) -> bool:
        """Tell whether the acknowledgement of a frame says that data waits for its sender."""
        if header.command != phy.DATA_REQUEST:
            return False
        return self.pending is None or header.source in self.pending

    def accepts(self, header: phy.Header) -> bool:
        """Apply the filter of IEEE 802.15.4-2006, 7.5.6.2, to a frame other than an ack."""
        if not header.destination:
            return self._accepts_from(header)
        if header.destination_pan not in (self.pan_id, phy.BROADCAST):
            return False
        return header.destination in (self.short_address, self.extended_address, phy.BROADCAST)

    def _accepts_from(self, header: phy.Header) -> bool:
        """Beacons come from our PAN (any, while we have none); the rest to a coordinator."""
        if header.type == phy.BEACON:
            return self.pan_id in (header.source_pan, phy.BROADCAST)
        takes = self.coordinator or self.short_address == b"\x00\x00"
        return takes and header.source_pan == self.pan_id

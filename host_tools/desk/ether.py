"""The air between the desk's nodes, as a discrete-event model in integer microseconds.

It stands for the radio chips too: CSMA-CA, address filter, automatic acknowledgement, and
the word in it that data is held for a sleeper.
Retries are the firmware's. The same seed and the same calls give the same events.
"""

import heapq
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from random import Random
from typing import Any

from host_tools.desk import phy
from host_tools.desk.station import EtherError, Place, Station, Transmission
from host_tools.node import link

NEVER_US = 1 << 62  # later than any time a link can carry
_DUPLICATE_US = (1_000, 5_000)  # how much later a second copy comes

Deliver = Callable[[int, int, int, bytes], None]  # station index, at_us, kind, payload
Tap = Callable[[int, bytes], None]  # start_us, psdu


@dataclass
class Statistics:
    """Counts since the start; `losses` is by receiver, of frames it would have taken."""

    transmissions: int = 0  # frames on the air, acknowledgements apart
    acks: int = 0
    bytes: int = 0  # PSDU bytes on the air, acknowledgements included
    collisions: int = 0  # transmissions spoilt
    channel_busy: int = 0
    no_ack: int = 0
    duplicates: int = 0
    losses: dict[str, int] = field(default_factory=dict)


class Ether:
    """Stations and the one medium they share.

    `loss` and `duplicate` are probabilities by receiver and frame, `delay_ms` the most that
    a delivery comes late; they may be changed while running. `tap` sees every transmission.
    """

    def __init__(
        self,
        seed: int = 0,
        *,
        loss: float = 0.0,
        delay_ms: int = 0,
        duplicate: float = 0.0,
        tap: Tap | None = None,
    ) -> None:
        self.loss = loss
        self.delay_ms = delay_ms
        self.duplicate = duplicate
        self.statistics = Statistics()
        self.stations: list[Station] = []
        self.deliver: Deliver = lambda index, at_us, kind, payload: None
        self.next_us = NEVER_US  # when `step` has something to do
        self._tap = tap
        self._random = Random(seed)
        self._events: list[tuple[int, int, Callable[[int, Any], None], Any]] = []
        self._event_count = 0
        self._air: list[Transmission] = []
        self._quiet_us: dict[Place, int] = {}  # end of the last transmission on a channel

    def add_station(self, name: str) -> int:
        """Return the index of a new station; the order of adding breaks ties."""
        self.stations.append(Station(len(self.stations), name))
        self.statistics.losses.setdefault(name, 0)
        return len(self.stations) - 1

    def configure(self, index: int, at_us: int, payload: bytes) -> None:
        """Take a CONFIGURE item of a node. Raises EtherError for an unknown channel."""
        self.stations[index].configure(at_us, payload)

    def set_receiver(self, index: int, at_us: int, bits: int) -> None:
        """Take the RECEIVER bits of a node."""
        station = self.stations[index]
        station.coordinator = bool(bits & link.RECEIVER_COORDINATOR)
        station.set_receiver(at_us, bool(bits & link.RECEIVER_ON))

    def switch_off(self, index: int) -> None:
        """Have a station be deaf and dumb for good, as without power."""
        station = self.stations[index]
        station.psdu = None
        station.receiver_on = False

    def set_pending(self, index: int, payload: bytes) -> None:
        """Take a PENDING item of a node."""
        self.stations[index].set_pending(bytes(payload[1:]), bool(payload[0]))

    def transmit(self, index: int, at_us: int, psdu: bytes) -> None:
        """Start the channel access for psdu at at_us; SENT comes later.

        Raises EtherError for a second frame at a time, or one before CONFIGURE.
        """
        station = self.stations[index]
        if station.channel is None:
            raise EtherError("transmitted before it configured its radio")
        if station.psdu is not None:
            raise EtherError("transmitted again before the outcome of the last frame")
        station.psdu = psdu
        station.attempts = 0
        self._back_off(at_us, station)

    def step(self) -> None:
        """Let the earliest event happen."""
        at_us, _, action, subject = heapq.heappop(self._events)
        action(at_us, subject)
        self.next_us = self._events[0][0] if self._events else NEVER_US

    def _at(self, at_us: int, action: Callable[[int, Any], None], subject: Any) -> None:
        self._event_count += 1
        heapq.heappush(self._events, (at_us, self._event_count, action, subject))
        self.next_us = self._events[0][0]

    # Channel access: wait, listen, turn round, send.

    def _back_off(self, at_us: int, station: Station) -> None:
        exponent = min(phy.MIN_BACKOFF_EXPONENT + station.attempts, phy.MAX_BACKOFF_EXPONENT)
        wait_us = self._random.randrange(1 << exponent) * station.band.unit_backoff_us
        self._at(at_us + wait_us + station.band.cca_us, self._assess, station)

    def _assess(self, at_us: int, station: Station) -> None:
        """End one CCA: anything heard during it makes the channel busy."""
        if station.psdu is None:
            return
        if not self._heard(at_us - station.band.cca_us, station):
            self._at(at_us + station.band.turnaround_us, self._send, station)
            return
        station.attempts += 1
        if station.attempts < phy.MAX_CCA_ATTEMPTS:
            self._back_off(at_us, station)
        else:
            self.statistics.channel_busy += 1
            self._finish(at_us, station, link.STATUS_CHANNEL_BUSY)

    def _heard(self, since_us: int, station: Station) -> bool:
        # A chip that owes an acknowledgement sends it first.
        if max(self._quiet_us.get(station.channel, 0), station.ack_end_us) > since_us:
            return True
        return any(sent.channel == station.channel for sent in self._air)

    def _send(self, at_us: int, station: Station) -> None:
        if station.psdu is None:
            return
        sent = Transmission(station, station.psdu, station.channel, at_us)
        self.statistics.transmissions += 1
        self._begin(sent)
        self._at(sent.end_us, self._end_frame, sent)

    def _finish(self, at_us: int, station: Station, status: int) -> None:
        station.psdu = station.awaiting = None
        self.deliver(station.index, at_us, link.SENT, bytes((status,)))

    # The air.

    def _begin(self, sent: Transmission) -> None:
        for other in self._air:
            if other.channel == sent.channel:
                self.statistics.collisions += (not other.collided) + (not sent.collided)
                other.collided = sent.collided = True
        self._air.append(sent)
        self.statistics.bytes += len(sent.psdu)
        if self._tap:
            self._tap(sent.start_us, sent.psdu)

    def _leave_air(self, sent: Transmission) -> None:
        self._air.remove(sent)
        self._quiet_us[sent.channel] = sent.end_us

    def _hears(self, station: Station, sent: Transmission) -> bool:
        """Tell who listened throughout; one that sent meanwhile made it a collision."""
        return (
            station is not sent.sender
            and station.channel == sent.channel
            and station.tuned_us <= sent.start_us
        )

    def _is_lost(self, station: Station) -> bool:
        lost = self.loss > 0 and self._random.random() < self.loss
        self.statistics.losses[station.name] += lost
        return lost

    def _end_frame(self, at_us: int, sent: Transmission) -> None:
        self._leave_air(sent)
        if not sent.collided:
            self._offer(at_us, sent)
        if sent.psdu[0] & phy.ACK_REQUEST:
            sent.sender.awaiting = sent
            self._at(at_us + phy.band_of(*sent.channel).ack_wait_us, self._give_up, sent)
        else:
            self._finish(at_us, sent.sender, link.STATUS_SENT)

    def _offer(self, at_us: int, sent: Transmission) -> None:
        """Deliver a frame that nothing spoilt to whom it is for."""
        try:
            header = phy.Header(sent.psdu)
        except ValueError:
            return
        for station in self.stations:
            if not station.receiver_on or not self._hears(station, sent):
                continue
            if station.promiscuous:
                self._receive(at_us, station, sent)
                continue
            if not station.accepts(header):
                continue
            if self._is_lost(station):
                continue
            self._receive(at_us, station, sent)
            if header.ack_request and header.destination != phy.BROADCAST:
                self._owe_ack(at_us, station, sent, station.holds_for(header))

    def _receive(self, at_us: int, station: Station, sent: Transmission) -> None:
        payload = link_quality(sent.sender.index, station.index) + sent.psdu
        if self.delay_ms:
            at_us += self._random.randint(0, self.delay_ms * 1000)
        self.deliver(station.index, at_us, link.FRAME, payload)
        if self.duplicate > 0 and self._random.random() < self.duplicate:
            self.statistics.duplicates += 1
            again_us = at_us + self._random.randint(*_DUPLICATE_US)
            self.deliver(station.index, again_us, link.FRAME, payload)

    # Acknowledgements: sent by the chip, without CSMA-CA.

    def _owe_ack(self, at_us: int, station: Station, sent: Transmission, pending: bool) -> None:
        psdu = phy.acknowledgement(sent.psdu[2], pending)
        ack = Transmission(station, psdu, sent.channel, at_us + station.band.turnaround_us)
        station.ack_end_us = ack.end_us
        self._at(ack.start_us, self._begin_ack, ack)

    def _begin_ack(self, _: int, ack: Transmission) -> None:
        self.statistics.acks += 1
        self._begin(ack)
        self._at(ack.end_us, self._end_ack, ack)

    def _end_ack(self, at_us: int, ack: Transmission) -> None:
        self._leave_air(ack)
        if ack.collided:
            return
        for station in self.stations:
            if station.promiscuous and station.receiver_on and self._hears(station, ack):
                self._receive(at_us, station, ack)
            awaited = station.awaiting
            if awaited is None or awaited.psdu[2] != ack.psdu[2]:
                continue
            if self._hears(station, ack) and not self._is_lost(station):
                self._take_ack(at_us, station, ack)

    def _take_ack(self, at_us: int, station: Station, ack: Transmission) -> None:
        status = link.STATUS_SENT
        if ack.psdu[0] & phy.FRAME_PENDING:
            status |= link.ACK_PENDING
            # What was asked for comes at once.
            station.set_receiver(at_us, True)
        self._finish(at_us, station, status)

    def _give_up(self, at_us: int, sent: Transmission) -> None:
        if sent.sender.awaiting is sent:
            self.statistics.no_ack += 1
            self._finish(at_us, sent.sender, link.STATUS_NO_ACK)


@cache
def link_quality(sender: int, receiver: int) -> bytes:
    """Return RSSI (dBm, i8) and LQI of the path between two stations, the same both ways."""
    rssi_dbm = -45 - 7 * (sender + receiver) % 36
    return struct.pack("<bB", rssi_dbm, 255 + 3 * (rssi_dbm + 45))

"""What a router is to end devices: it speaks for them, and keeps what is for those that sleep.

    Data Request                -> what waits for a device that sleeps
    End Device Timeout Request  -> how long a child may be silent

How devices become children is an Admission's, in a board's memory while some come.

IEEE 802.15.4-2006, 7.5.6.3; Zigbee 05-3474-22, 3.6.10.
"""

from micropython import const

from ..kernel.unload import unload
from . import aps_commands, mac_commands, nwk_commands
from .devices import CHILD, END_DEVICE, SLEEPS
from .frame_error import FrameError
from .ieee802154 import BROADCAST
from .indirect import IndirectQueue
from .nwk_frame import ALL

_MOST_CHILDREN = const(8)
_IDLE_MS = const(1_000)
# How long a child that says nothing of it may be silent (nwkEndDeviceTimeoutDefault): 256 minutes.
_SILENT_S = const(15_360)
# A child that a frame did not reach so often in a row, or that sleeps and did not ask for so long
# though something waited, has another parent by now, or is off.
_MOST_MISSES = const(3)
_ASKS_WITHIN_S = const(15)
_PERMITS_FOR_EVER = const(0xFF)
# How long there is an Admission after somebody has asked.
_ADMITS_S = const(60)


class Parent:
    """Lets devices in, and keeps what is for those that sleep.

    network; mac; nwk; tell(extended, short, status) tells the trust centre who came or went, with
    a status of Update Device. permit() opens the network. `on_full(extended)` may be set, and
    hears of who is turned away because there are as many children as there may be. `now_ms` is
    the time of the last poll().
    """

    def __init__(self, network, mac, nwk, tell):
        self._network = network
        self._mac = mac
        self._nwk = nwk
        self.tell = tell
        self.on_full = None
        self._queue = IndirectQueue(mac.set_pending)
        self._admission = None
        # When a child was heard last, how long it may be silent, how often it was missed since.
        self._heard_s = {}
        self._silence_s = {}
        self._misses = {}
        self.now_ms = self._now_s = self._clock_s = self._asked_s = 0
        self._permits_until_s = 0
        mac.commands[mac_commands.BEACON_REQUEST] = self._asked_for_beacon
        mac.commands[mac_commands.ASSOCIATION_REQUEST] = self._asked_to_associate
        mac.commands[mac_commands.DATA_REQUEST] = self._asked_for_data
        nwk.commands[nwk_commands.REJOIN_REQUEST] = self._asked_to_rejoin
        nwk.commands[nwk_commands.TIMEOUT_REQUEST] = self._asked_for_timeout
        nwk.in_clear.add(nwk_commands.REJOIN_REQUEST)
        nwk.hold = self._hold

    def permit(self, duration_s):
        """Let devices in for so long from now: 255, as long as it runs; 0, no more."""
        self._permits_until_s = self._now_s + duration_s
        if duration_s >= _PERMITS_FOR_EVER:
            self._permits_until_s = None

    def permits(self):
        """Tell whether devices are let in."""
        return self._permits_until_s is None or self._now_s < self._permits_until_s

    def poll(self, now_s, now_ms):
        """Do what is due; return how many ms to the next."""
        self.now_ms = now_ms
        if now_s != self._clock_s:
            # Counted, as the clock may be set.
            self._clock_s = now_s
            self._now_s += 1
            for address in self._queue.expire(now_ms):
                self._miss(address)
            self._forget_the_silent()
        admission = self._admission
        if admission is None:
            return _IDLE_MS
        if self._now_s - self._asked_s > _ADMITS_S and admission.is_empty():
            self._admission = None
            unload("han.admission", "han.mac_commands")
        return max(admission.poll(now_ms), 1)

    def give(self, extended, octets):
        """Hand an APS frame to a new device, which has no network key yet."""
        if self._admission is None:
            raise FrameError("parent: nobody new")
        self._admission.give(extended, octets)

    def send_away(self, extended):
        """Have a device leave the network; one that is new has no key to leave it with."""
        is_new = self._admission is not None and self._admission.drop(extended)
        short_address = self._network.devices.short_of(extended)
        if short_address is not None and not is_new:
            # As a child still: it is in reach, or will ask.
            header = self._nwk.command_header(short_address, True)
            command = nwk_commands.leave(nwk_commands.LEAVE_IS_REQUEST)
            self._nwk.send_along(short_address, header, command)
        self._lose(extended)

    # Devices that want in.

    def _admit(self):
        """Return what lets them in."""
        self._asked_s = self._now_s
        if self._admission is None:
            from .admission import Admission

            self._admission = Admission(self._network, self._mac, self._nwk, self)
        return self._admission

    def _asked_for_beacon(self, frame):
        self._admit().asked_for_beacon(frame)

    def _asked_to_associate(self, frame):
        self._admit().asked_to_associate(frame)

    def _asked_to_rejoin(self, neighbour, frame, payload, lqi):
        self._admit().asked_to_rejoin(frame, payload)

    def take_in(self, extended, short_address, capability):
        """Have a device of the network for a child, unless it is a router."""
        devices = self._network.devices
        self._network.learn(short_address, extended)
        if not capability & mac_commands.IS_ROUTER:
            sleeps = not capability & mac_commands.LISTENS
            devices.flag(extended, CHILD | END_DEVICE)
            devices.flag(extended, SLEEPS, sleeps)
            self._network.is_changed = True
        self._heard_s[extended] = self._now_s

    def is_full(self):
        """Tell whether there are as many children as there may be."""
        return len(self._network.devices.having(CHILD)) >= _MOST_CHILDREN

    def turn_away(self, extended):
        """Note that there was no room; where that is only just now, it will come again."""
        if self.on_full and self.is_full():
            self.on_full(extended)

    # Children.

    def heard(self, neighbour, source):
        """Note who was heard under the network key, and over whom."""
        devices = self._network.devices
        extended = devices.extended_of(neighbour)
        if self._admission and neighbour == source:
            self._admission.heard(extended, neighbour)
        self._hear(extended)
        if neighbour != source and devices.is_child(source):
            # What a child says, it says to its parent first: this one has another.
            self._lose(devices.extended_of(source))

    def announced(self, short_address, extended, capability):
        """Hear who a device of the network is."""
        if self._admission:
            self._admission.settle(short_address, extended, capability)

    def _hear(self, extended):
        if extended in self._heard_s:
            self._heard_s[extended] = self._now_s
            self._misses.pop(extended, None)

    def _lose(self, extended):
        devices = self._network.devices
        if devices.is_(extended, CHILD):
            devices.flag(extended, CHILD | END_DEVICE | SLEEPS, False)
            self._network.is_changed = True
        self._heard_s.pop(extended, None)
        self._misses.pop(extended, None)
        self._silence_s.pop(extended, None)

    def missed(self, short_address):
        """Hear that a frame did not reach a neighbour: a child that is missed often has moved."""
        extended = self._network.devices.extended_of(short_address)
        if self._network.devices.is_(extended, CHILD):
            self._misses[extended] = self._misses.get(extended, 0) + 1
            if self._misses[extended] >= _MOST_MISSES:
                self._lose(extended)

    def _miss(self, address):
        """Give up a sleeping child that did not ask while something waited for it."""
        for extended, short_address in self._network.devices.having(CHILD | SLEEPS):
            silence_s = self._now_s - self._heard_s.get(extended, 0)
            if _key(short_address) == address and silence_s >= _ASKS_WITHIN_S:
                self._lose(extended)

    def _forget_the_silent(self):
        for extended, short_address in self._network.devices.having(CHILD):
            heard_s = self._heard_s.setdefault(extended, self._now_s)
            silence_s = self._silence_s.get(extended, _SILENT_S)
            if self._now_s - heard_s > silence_s:
                self._lose(extended)
                self.tell(extended, short_address, aps_commands.DEVICE_LEFT)

    def _asked_for_timeout(self, neighbour, frame, payload, lqi):
        silence_s = nwk_commands.decode_timeout_request(payload)
        extended = self._network.devices.extended_of(frame.source)
        if self._admission and neighbour == frame.source:
            # Only our child asks us. That it is here may have been announced in vain.
            self._admission.settle(frame.source, extended)
        status = nwk_commands.INCORRECT_VALUE
        if silence_s is not None and self._network.devices.is_child(frame.source):
            self._silence_s[extended] = silence_s
            status = nwk_commands.SUCCESS
        self._nwk.answer(frame, nwk_commands.timeout_response(status))

    # What waits for those that sleep.

    def hold(self, address, frame):
        """Keep a frame for whoever asks from an address; False where there is no room."""
        return self._queue.hold(address, frame, self.now_ms)

    def release(self, short_address):
        """Forget what waits for a device that begins anew."""
        while self._queue.take(_key(short_address)):
            pass

    def _hold(self, hop, header, payload):
        """Keep a NWK frame for a child that sleeps; False for anybody else."""
        if hop == BROADCAST:
            if header[2] | header[3] << 8 == ALL:
                for _, short_address in self._network.devices.having(CHILD | SLEEPS):
                    self._hold(short_address, header, payload)
            return False
        sleeps = self._admission and self._admission.sleeps(hop)
        if not sleeps and not self._network.devices.is_child(hop, SLEEPS):
            return False
        if not self.hold(_key(hop), (hop, header, payload)):
            self._nwk.dropped += 1
        return True

    def _asked_for_data(self, frame):
        network = self._network
        if not network.is_joined or frame.destination_pan != network.pan_id:
            return
        source = frame.source
        if isinstance(source, int):
            self._give_data(source)
        elif source is not None:
            held = self._queue.take(source)
            if held:
                self._admit().give_response(*held)

    def _give_data(self, source):
        devices = self._network.devices
        held = self._queue.take(_key(source))
        if devices.is_child(source):
            self._hear(devices.extended_of(source))
        elif held is None and not (self._admission and self._admission.knows(source)):
            # It takes us for its parent, and we have forgotten it: it is told to rejoin, now if it
            # listens, when it asks again if it sleeps.
            options = nwk_commands.LEAVE_IS_REQUEST | nwk_commands.LEAVE_REJOINS
            header = self._nwk.command_header(source, True)
            held = source, header, nwk_commands.leave(options)
            self.hold(_key(source), held)
        if held:
            self._nwk.transmit_now(*held)


def _key(short_address):
    return bytes((short_address & 0xFF, short_address >> 8))

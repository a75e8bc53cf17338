"""What a router is to the devices that come through it, and to end devices, which it speaks for.

    Beacon Request      -> a beacon: which network, and whether it lets devices in
    Association Request -> an address, fetched by Data Request; then the trust centre is told
    Rejoin Request      -> the same for a device that has been here
    Data Request        -> what waits for a device that sleeps

A device that came is *new* until it is heard under the network key and announces itself; the
trust centre is told again, and so sends the key again, should it not be heard. Until then nothing
is kept: anybody can ask for an address, or to rejoin in another's name.

IEEE 802.15.4-2006, 7.5.3 and 7.5.6.3; Zigbee 05-3474-22, 3.6.1.4, 3.6.1.6 and 3.6.10.
"""

from os import urandom

from micropython import const

from ..kernel.ticks import ticks_add, ticks_diff
from . import aps_commands, mac_commands, nwk_commands
from .devices import CHILD, END_DEVICE, SLEEPS
from .frame_error import FrameError, at_least
from .ieee802154 import BROADCAST
from .indirect import IndirectQueue
from .network import COORDINATOR, NOBODY
from .nwk_frame import ALL, FIRST_BROADCAST

_MOST_CHILDREN = const(8)
_MOST_NEW = const(4)
# The first word to the trust centre leaves a device the time to take its address.
_FIRST_MS = const(100)
_AGAIN_MS = const(2_500)
_TRIES = const(4)
_IDLE_MS = const(1_000)
# How long a child that says nothing of it may be silent (nwkEndDeviceTimeoutDefault): 256 minutes.
_SILENT_S = const(15_360)
# A child that a frame did not reach so often in a row, or that sleeps and did not ask for so long
# though something waited, has another parent by now, or is off.
_MOST_MISSES = const(3)
_ASKS_WITHIN_S = const(15)
_PERMITS_FOR_EVER = const(0xFF)

_SHORT = const(0)
_STATUS = const(1)
_TRIES_LEFT = const(2)
_DUE_MS = const(3)
_CAPABILITY = const(4)
# In place of its status: that it was heard under the network key.
_HEARD = const(-1)


class Parent:
    """Lets devices in, and keeps what is for those that sleep.

    network; mac; nwk; tell(extended, short, status) tells the trust centre who came or went, with
    a status of Update Device. permit() opens the network. `on_full(extended)` may be set, and
    hears of who is turned away because there are as many children as there may be.
    """

    def __init__(self, network, mac, nwk, tell):
        self._network = network
        self._mac = mac
        self._nwk = nwk
        self._tell = tell
        self.on_full = None
        self.queue = IndirectQueue(mac.set_pending)
        # EUI-64: [short address, status, tries left, when the next is due, capability].
        self._new = {}
        # When a child was heard last, how long it may be silent, how often it was missed since.
        self._heard_s = {}
        self._silence_s = {}
        self._misses = {}
        self._now_ms = self._now_s = self._clock_s = 0
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
        self._now_ms = now_ms
        if now_s != self._clock_s:
            # Counted, as the clock may be set.
            self._clock_s = now_s
            self._now_s += 1
            for address in self.queue.expire(now_ms):
                self._miss(address)
            self._forget_the_silent()
        wait_ms = _IDLE_MS
        for extended in list(self._new):
            left_ms = ticks_diff(self._new[extended][_DUE_MS], now_ms)
            wait_ms = min(wait_ms, self._remind(extended) if left_ms <= 0 else left_ms)
        return max(wait_ms, 1)

    def give(self, extended, octets):
        """Hand an APS frame to a new device, which has no network key yet."""
        new = self._new.get(extended)
        if new is None:
            raise FrameError("parent: nobody new")
        self._nwk.send_clear(new[_SHORT], octets)

    def send_away(self, extended):
        """Have a device leave the network; one that is new has no key to leave it with."""
        is_new = self._new.pop(extended, None) is not None
        short_address = self._network.devices.short_of(extended)
        if short_address is not None and not is_new:
            # As a child still: it is in reach, or will ask.
            header = self._nwk.command_header(short_address, True)
            command = nwk_commands.leave(nwk_commands.LEAVE_IS_REQUEST)
            self._nwk.send_along(short_address, header, command)
        self._lose(extended)

    # Devices that want in.

    def _asked_for_beacon(self, frame):
        network = self._network
        enhanced = self._mac.enhanced
        if not network.is_joined:
            return
        if enhanced and not enhanced.is_asked(frame, network, self.permits()):
            return
        told = mac_commands.beacon(
            network.is_coordinator, self.permits(), self._has_room(), network.extended_pan_id
        )
        self._mac.send_beacon(told)

    def _asked_to_associate(self, frame):
        network = self._network
        extended = frame.source
        is_ours = frame.destination_pan == network.pan_id
        is_for_us = frame.destination in (network.short_address, network.extended_address)
        if not (network.is_joined and is_ours and is_for_us) or isinstance(extended, int):
            return
        if extended is None:
            return
        at_least(2, frame.payload)
        status, short_address = mac_commands.ASSOCIATED, NOBODY
        if not self.permits():
            status = mac_commands.ACCESS_DENIED
        elif not self._has_room() and extended not in self._new:
            status = mac_commands.AT_CAPACITY
            self._turn_away(extended)
        else:
            # Known by its address already, it keeps it.
            short_address = network.devices.short_of(extended)
            if short_address in (None, COORDINATOR):
                short_address = self._free_address()
        response = mac_commands.association_response(short_address, status)
        self.queue.hold(extended, (extended, response, frame.payload[1]), self._now_ms)

    def _asked_to_rejoin(self, neighbour, frame, payload, lqi):
        network = self._network
        (capability,) = nwk_commands.decode(nwk_commands.REJOIN_REQUEST, payload)
        extended = frame.source_extended
        if not network.is_joined or extended is None:
            return
        if not self._has_room() and not network.devices.is_(extended, CHILD):
            # Anybody can say so in clear.
            if frame.secured:
                self._turn_away(extended)
            return
        short_address = frame.source
        if network.devices.extended_of(short_address) not in (None, extended):
            short_address = self._free_address()
        if frame.secured:
            self._take_in(extended, short_address, capability)
            self._tell(extended, short_address, aps_commands.SECURED_REJOIN)
        else:
            # Anybody can say this: it counts once the device is heard under the network key.
            status = aps_commands.UNSECURED_REJOIN
            self._await_key(extended, short_address, status, capability)
        response = nwk_commands.rejoin_response(short_address, nwk_commands.SUCCESS)
        self._nwk.answer(frame, response)

    def _take_in(self, extended, short_address, capability):
        devices = self._network.devices
        self._network.learn(short_address, extended)
        if not capability & mac_commands.IS_ROUTER:
            sleeps = not capability & mac_commands.LISTENS
            devices.flag(extended, CHILD | END_DEVICE)
            devices.flag(extended, SLEEPS, sleeps)
            self._network.is_changed = True
        self._heard_s[extended] = self._now_s

    def _await_key(self, extended, short_address, status, capability):
        if extended in self._new or len(self._new) < _MOST_NEW:
            due_ms = ticks_add(self._now_ms, _FIRST_MS)
            self._new[extended] = [short_address, status, _TRIES, due_ms, capability]

    def _remind(self, extended):
        """Tell the trust centre of a new device once more; one that never came is forgotten."""
        new = self._new[extended]
        if not new[_TRIES_LEFT]:
            del self._new[extended]
            return _IDLE_MS
        new[_TRIES_LEFT] -= 1
        new[_DUE_MS] = ticks_add(self._now_ms, _AGAIN_MS)
        if new[_STATUS] != _HEARD:
            self._tell(extended, new[_SHORT], new[_STATUS])
        return _AGAIN_MS

    def is_full(self):
        """Tell whether there are as many children as there may be."""
        return len(self._network.devices.having(CHILD)) >= _MOST_CHILDREN

    def _has_room(self):
        return len(self._new) < _MOST_NEW and not self.is_full()

    def _turn_away(self, extended):
        # Where there are only too many new ones just now, it will come again.
        if self.on_full and self.is_full():
            self.on_full(extended)

    def _free_address(self):
        address = COORDINATOR
        while not COORDINATOR < address < FIRST_BROADCAST or self._is_taken(address):
            octets = urandom(2)
            address = octets[0] | octets[1] << 8
        return address

    def _is_taken(self, address):
        network = self._network
        is_new = self._new_at(address) is not None
        return is_new or address == network.short_address or network.devices.knows(address)

    # Children.

    def heard(self, neighbour, source):
        """Note who was heard under the network key, and over whom."""
        devices = self._network.devices
        extended = devices.extended_of(neighbour)
        new = self._new.get(extended)
        if new and neighbour == source == new[_SHORT]:
            # It has the network key: it need not be told again, and says now what it is.
            new[_STATUS] = _HEARD
        self._hear(extended)
        if neighbour != source and devices.is_child(source):
            # What a child says, it says to its parent first: this one has another.
            self._lose(devices.extended_of(source))

    def announced(self, short_address, extended, capability):
        """Hear who a device of the network is: one that came over us, if that is how it spoke."""
        new = self._new.get(extended)
        if new and new[_STATUS] == _HEARD and new[_SHORT] == short_address:
            del self._new[extended]
            self._take_in(extended, short_address, capability)

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
                self._tell(extended, short_address, aps_commands.DEVICE_LEFT)

    def _asked_for_timeout(self, neighbour, frame, payload, lqi):
        silence_s = nwk_commands.decode_timeout_request(payload)
        extended = self._network.devices.extended_of(frame.source)
        status = nwk_commands.INCORRECT_VALUE
        if silence_s is not None and self._network.devices.is_child(frame.source):
            self._silence_s[extended] = silence_s
            status = nwk_commands.SUCCESS
        self._nwk.answer(frame, nwk_commands.timeout_response(status))

    # What waits for those that sleep.

    def _hold(self, hop, header, payload):
        """Keep a NWK frame for a child that sleeps; False for anybody else."""
        if hop == BROADCAST:
            if header[2] | header[3] << 8 == ALL:
                for _, short_address in self._network.devices.having(CHILD | SLEEPS):
                    self._hold(short_address, header, payload)
            return False
        new = self._new_at(hop)
        sleeps = not new[_CAPABILITY] & mac_commands.LISTENS if new else False
        if not sleeps and not self._network.devices.is_child(hop, SLEEPS):
            return False
        if not self.queue.hold(_key(hop), (hop, header, payload), self._now_ms):
            self._nwk.dropped += 1
        return True

    def _new_at(self, short_address):
        """Return what is known of a new device by its address, or None."""
        for new in self._new.values():
            if new[_SHORT] == short_address:
                return new
        return None

    def _asked_for_data(self, frame):
        network = self._network
        if not network.is_joined or frame.destination_pan != network.pan_id:
            return
        source = frame.source
        if isinstance(source, int):
            self._give_data(source)
        elif source is not None:
            held = self.queue.take(source)
            if held:
                self._give_response(*held)

    def _give_response(self, extended, response, capability):
        own = self._network.extended_address
        self._mac.send_command(self._network.pan_id, extended, own, response)
        if response[-1] == mac_commands.ASSOCIATED:
            short_address = response[1] | response[2] << 8
            self._await_key(extended, short_address, aps_commands.UNSECURED_JOIN, capability)

    def _give_data(self, source):
        devices = self._network.devices
        held = self.queue.take(_key(source))
        if devices.is_child(source):
            self._hear(devices.extended_of(source))
        elif self._new_at(source) is None and held is None:
            # It takes us for its parent, and we have forgotten it: it is told to rejoin, and asks
            # for that next time.
            options = nwk_commands.LEAVE_IS_REQUEST | nwk_commands.LEAVE_REJOINS
            header = self._nwk.command_header(source, True)
            self.queue.hold(
                _key(source), (source, header, nwk_commands.leave(options)), self._now_ms
            )
        if held:
            self._nwk.transmit_now(*held)


def _key(short_address):
    return bytes((short_address & 0xFF, short_address >> 8))

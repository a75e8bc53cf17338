"""How a device gets onto a network: find one that lets it in, associate, be given the keys.

    scanning -> associating -> awaiting the network key -> asking for a link key -> verifying it
    -> on the network
    its parent, or all others, lost: seeking -> rejoining -> on it, or awaiting the network key

Zigbee 05-3474, 3.6.1.4 and 4.6.3; IEEE 802.15.4-2006, 7.5.2 and 7.5.3. In the default policy the
link key is agreed by key establishment afterwards, and nothing is asked for here.

Who rejoins asks under the network key it has, and each other time without one: the network may
have changed its key, and then the trust centre sends the new one under the link key.
"""

from micropython import const

from ..kernel.ticks import ticks_add, ticks_diff
from . import aps_commands, mac_commands, nwk_commands
from .aps_frame import KEY_LOAD, KEY_TRANSPORT, LINK_KEY
from .frame_error import FrameError
from .ieee802154 import BROADCAST
from .network import COORDINATOR
from .nwk_frame import ALL_LISTENING
from .scanning import Scan

_SCANNING = const(0)
_ASSOCIATING = const(1)
_AWAITING_KEY = const(2)
_ASKING_FOR_LINK_KEY = const(3)
_VERIFYING_LINK_KEY = const(4)
_SEEKING = const(5)
_REJOINING = const(6)

# How long a device waits for responses.
_RESPONSE_MS = const(500)
_NETWORK_KEY_MS = const(10_000)
_LINK_KEY_MS = const(5_000)
_TRIES = const(3)
# After a vain search the next one waits, twice as long each time.
_FIRST_PAUSE_MS = const(2_000)
_LONGEST_PAUSE_MS = const(120_000)
# Of so many searches for a lost network the last looks on all channels, the others on its own.
_SEARCHES = const(3)
_RARE_MS = const(3_600_000)
_ONE_HOP = const(1)


class Joining:
    """The state of one device's way onto its network.

    network; mac; nwk; commands: the Aps's; confirmation(partner) gives the proof of a link key;
    send(command, secured) sends an APS command to the trust centre; announce(everybody) is Zdo's;
    begin_anew() forgets the frame counters of another network; on_arrived() hears when the device
    is on one, with a link key that was verified where it asks for one.
    """

    def __init__(
        self, network, mac, nwk, commands, confirmation, send, announce, begin_anew, on_arrived
    ):
        self._network = network
        self._mac = mac
        self._nwk = nwk
        self._commands = commands
        self._confirmation = confirmation
        self._send = send
        self._announce = announce
        self._begin_anew = begin_anew
        self._on_arrived = on_arrived
        self.state = _SCANNING
        self._now_ms = self._due_ms = 0
        self._pause_ms = _FIRST_PAUSE_MS
        self._tries = 0
        self._scan = Scan(mac)
        self._searches = 0
        mac.commands[mac_commands.ASSOCIATION_RESPONSE] = self._associated
        nwk.commands[nwk_commands.REJOIN_RESPONSE] = self._rejoined
        commands[aps_commands.CONFIRM_KEY] = self._confirmed
        self._overdue = {
            _SCANNING: self._scan_on,
            _SEEKING: self._scan_on,
            _REJOINING: self._ask_for_rejoin_response,
            _ASSOCIATING: self._ask_for_response,
            _AWAITING_KEY: self._rest,
            _ASKING_FOR_LINK_KEY: self._ask_for_link_key,
            _VERIFYING_LINK_KEY: self._verify_link_key,
        }

    def start(self, now_ms):
        """Look for a network that lets the device in."""
        self._now_ms = now_ms
        self._scan_after(0)

    def end(self):
        """Take no more of what comes: the device is there."""
        del self._mac.commands[mac_commands.ASSOCIATION_RESPONSE]
        del self._nwk.commands[nwk_commands.REJOIN_RESPONSE]
        del self._commands[aps_commands.CONFIRM_KEY]

    def poll(self, now_ms):
        """Do what is due; return how many ms to the next thing."""
        self._now_ms = now_ms
        if ticks_diff(self._due_ms, now_ms) <= 0:
            self._overdue[self.state]()
        return max(ticks_diff(self._due_ms, now_ms), 1)

    def is_known_to_parent(self):
        """Tell whether the parent keeps frames for us by our short address."""
        return self.state > _ASSOCIATING and self.state != _SEEKING

    def seek(self, now_ms):
        """Look for the network that was lost, and rejoin it."""
        self._now_ms = now_ms
        self._seek_after(0)

    def leave(self, now_ms):
        """Look for any network, after a pause."""
        self._now_ms = now_ms
        self._searches = 0
        self._rest()

    def transported(self, transported, sealed_with):
        """Take a TransportedKey that is for us, as Orders do; FrameError for one not asked for."""
        network = self._network
        if transported.kind == aps_commands.NETWORK_KEY:
            self._take_network_key(transported, sealed_with)
        elif self.state == _ASKING_FOR_LINK_KEY and sealed_with == KEY_LOAD:
            network.keep_link_key(transported.key, False)
            self._tries = _TRIES
            self._enter(_VERIFYING_LINK_KEY, 0)
        else:
            raise FrameError("Transport Key unasked")

    def _confirmed(self, payload, sealed_with, sender):
        """Take a Confirm Key: the link key is good if it came sealed with it."""
        status, _, extended = aps_commands.decode(aps_commands.CONFIRM_KEY, payload)
        network = self._network
        is_ours = extended == network.extended_address and sealed_with == LINK_KEY
        if self.state != _VERIFYING_LINK_KEY or not is_ours:
            raise FrameError("Confirm Key unasked")
        if status == aps_commands.SUCCESS:
            network.keep_link_key(network.link_key_of(network.trust_centre), True)
            self._on_arrived()

    def _enter(self, state, wait_ms):
        self.state = state
        self._due_ms = ticks_add(self._now_ms, wait_ms)

    # Scanning.

    def _scan_after(self, wait_ms):
        self._network.forget()
        self._searches = 0
        self._scan.start(self._network.channels, self._lets_in)
        self._enter(_SCANNING, wait_ms)

    def _seek_after(self, wait_ms):
        network = self._network
        self._searches += 1
        # Below 1 GHz the network may have gone to another channel.
        everywhere = network.page or not self._searches % _SEARCHES
        lost = network.extended_pan_id
        channels = network.channels if everywhere else ((network.page, network.channel),)
        self._scan.start(channels, lambda beacon: beacon.extended_pan_id == lost, lost)
        self._enter(_SEEKING, wait_ms)

    def _rest(self):
        """Search again, after a pause: for the network that was lost, else for any."""
        network = self._network
        if self._searches >= _SEARCHES and network.page and network.is_sleepy:
            # Each search looks on all channels there, which its battery has to pay for.
            self._seek_after(_RARE_MS)
        elif self._searches:
            self._seek_after(self._pause_ms)
        else:
            self._scan_after(self._pause_ms)
        self._pause_ms = min(2 * self._pause_ms, _LONGEST_PAUSE_MS)

    def _scan_on(self):
        wait_ms = self._scan.step()
        if wait_ms is not None:
            self._enter(self.state, wait_ms)
        elif not self._scan.best:
            if self._searches:
                self._mac.tune()
            self._rest()
        elif self.state == _SEEKING:
            self._rejoin()
        else:
            self._associate()

    def _lets_in(self, beacon):
        is_router = self._network.is_router
        has_room = beacon.has_router_capacity if is_router else beacon.has_end_device_capacity
        return beacon.permits_joining and has_room

    # Associating.

    def _associate(self):
        network = self._network
        self._take_place(*self._scan.best)
        request = mac_commands.association_request(network.capability)
        own = network.extended_address
        self._mac.send_command(network.pan_id, network.parent, own, request, BROADCAST)
        self._enter(_ASSOCIATING, _RESPONSE_MS)

    def _take_place(self, _, place, frame, beacon):
        network = self._network
        network.page, network.channel = place
        network.pan_id, network.parent = frame.source_pan, frame.source
        network.extended_pan_id = beacon.extended_pan_id
        self._mac.tune()
        self._tries = _TRIES

    def _ask_for_response(self):
        if not self._tries:
            self._rest()
            return
        self._tries -= 1
        self._mac.ask_parent()
        self._enter(self.state, _RESPONSE_MS)

    def _associated(self, frame):
        network = self._network
        if self.state != _ASSOCIATING or frame.destination != network.extended_address:
            return
        short_address, status = mac_commands.decode_association_response(frame.payload)
        if status != mac_commands.ASSOCIATED:
            self._rest()
            return
        self._begin_anew()
        self._await_key(short_address)

    def _await_key(self, short_address):
        self._network.short_address = short_address
        self._mac.tune()
        self._enter(_AWAITING_KEY, _NETWORK_KEY_MS)

    # Rejoining.

    def _is_sealed(self):
        """Tell whether this search asks under the network key."""
        return bool(self._searches % 2)

    def _rejoin(self):
        network = self._network
        self._take_place(*self._scan.best)
        if not self._is_sealed():
            self._nwk.in_clear.add(nwk_commands.REJOIN_RESPONSE)
        parent = network.parent
        request = nwk_commands.rejoin_request(network.capability)
        self._nwk.send_command(parent, parent, request, _ONE_HOP, None, self._is_sealed())
        self._enter(_REJOINING, _RESPONSE_MS)

    def _ask_for_rejoin_response(self):
        if not self._tries:
            self._nwk.in_clear.discard(nwk_commands.REJOIN_RESPONSE)
        self._ask_for_response()

    def _rejoined(self, neighbour, frame, payload, lqi):
        network = self._network
        short_address, status = nwk_commands.decode(nwk_commands.REJOIN_RESPONSE, payload)
        is_asked = self.state == _REJOINING and neighbour == network.parent
        if not is_asked or frame.secured != self._is_sealed():
            raise FrameError("Rejoin Response unasked")
        self._nwk.in_clear.discard(nwk_commands.REJOIN_RESPONSE)
        if status != nwk_commands.SUCCESS:
            self._rest()
        elif frame.secured:
            network.short_address = short_address
            self._mac.tune()
            self._enter_network()
        else:
            self._await_key(short_address)

    def _enter_network(self):
        self._network.is_joined = True
        self._announce(ALL_LISTENING)
        self._on_arrived()

    # Keys.

    def _take_network_key(self, transported, sealed_with):
        network = self._network
        is_known = transported.source == network.trust_centre
        is_good = sealed_with == KEY_TRANSPORT and (is_known or not self._searches)
        if self.state != _AWAITING_KEY or not is_good:
            raise FrameError("Transport Key unasked")
        network.keep_key(transported.sequence, transported.key)
        network.use_key(transported.sequence)
        network.trust_centre = transported.source
        network.learn(COORDINATOR, transported.source)
        network.is_joined = True
        self._pause_ms = _FIRST_PAUSE_MS
        self._announce(ALL_LISTENING)
        self._tries = _TRIES
        if network.is_interop and not network.has_confirmed_key:
            self._enter(_ASKING_FOR_LINK_KEY, 0)
        else:
            self._on_arrived()

    def _ask_for_link_key(self):
        self._try(aps_commands.request_key(), True)

    def _verify_link_key(self):
        network = self._network
        proof = self._confirmation(network.trust_centre)
        self._try(aps_commands.verify_key(network.extended_address, proof), False)

    def _try(self, command, secured):
        """Send a command once more; a trust centre that never answers is left."""
        if not self._tries:
            self._rest()
            return
        self._tries -= 1
        self._send(command, secured)
        self._enter(self.state, _LINK_KEY_MS)

"""What remote parties ask of a hub, done on its air; and what it hears there, told to them.

The Device Log is the trust centre's list of whom it admits, joining is opened over all routers,
the Sub GHz settings are those by which the hub leaves a channel (GBCS CCS01-06, DBCH01-05).
"""

from micropython import const

from ..gbcs.envelope import EnvelopeError, parse
from ..han import channel_pages

# What a router takes as so long; it is told again before that ends.
_MOST_PERMIT_S = const(254)
_AGAIN_S = const(200)
# A device's status: it may be on the HAN, it says something, by Smart Energy.
_ADMITTED = const(0x80)
_HEARD = const(0x48)
_ONE_HOP = const(1)
_EASE = const(8)
# Of the Sub GHz settings: changes a week, and hundredths of a percent of frames that may fail.
_CHANGES_A_WEEK = const(2)
_FAILURES = const(9)
_HUNDREDTHS = const(100)
# Devices turned away that are told of, until there is room again: each costs a write.
_MOST_TURNED_AWAY = const(8)


class HubOnAir:
    """Hooks a HubFunction into its hub's stack, which formed its network; step() once a second."""

    def __init__(self, function, stack):
        self._function = function
        self._network = stack.network
        self._membership = stack.membership
        self._permitted_s = None
        # Events of the channel, until step(): they may come amid a transaction.
        self._told = []
        # Who was turned away since there was room last, and how many of them have been noted.
        self._turned_away = []
        self._noted_away = 0
        # When each device was last noted, in seconds that the stack counts.
        self._noted = {}
        log = function.device_log
        log.on_added = self._admit
        log.on_removed = self._remove
        function.on_settings = self._take_settings
        function.on_scan = self._scan
        if self._membership.sub_ghz:
            self._membership.sub_ghz.on_event = self._told.append
            self._membership.parent.on_full = self._turn_away
        self._take_settings()

    def step(self, now_s):
        """Keep joining open while it is to be, and note who has been heard."""
        if self._function.is_busy():
            return
        data = self._function.data
        network = self._network
        if network.page:
            data.sub_ghz_channel = channel_pages.mask(network.page, (network.channel,))
        data.hub_extended_pan = bytes(reversed(network.extended_pan_id))
        self._permit(data.hub_joining_until_s - now_s, now_s)
        while self._told:
            self._function.note_channel(self._told.pop(0))
        sub_ghz = self._membership.sub_ghz
        if sub_ghz is None:
            return
        self._note_turned_away()
        for source in sub_ghz.links:
            lqi, heard = sub_ghz.links[source]
            if self._noted.get(source) != heard:
                self._noted[source] = heard
                self._note(source, lqi, now_s)

    def refused(self, eui64, octets):
        """Hear that there was no room for a Message to a device: is its time on the air why?"""
        sub_ghz = self._membership.sub_ghz
        address = self._network.address_of(_as_sent(eui64))
        if sub_ghz is None or address is None or not sub_ghz.may_not_talk(address):
            return
        try:
            message = parse(octets)
        except EnvelopeError:
            return
        self._function.note_discarded(message)

    def _turn_away(self, extended):
        away = self._turned_away
        if self._network.page and extended not in away and len(away) < _MOST_TURNED_AWAY:
            away.append(extended)

    def _note_turned_away(self):
        while self._noted_away < len(self._turned_away):
            self._noted_away += 1
            self._function.note_no_capacity(_as_sent(self._turned_away[self._noted_away - 1]))
        if self._turned_away and not self._membership.parent.is_full():
            self._turned_away.clear()
            self._noted_away = 0

    def _permit(self, left_s, now_s):
        if left_s <= 0:
            self._permitted_s = None
        elif self._permitted_s is None or now_s - self._permitted_s >= _AGAIN_S:
            self._permitted_s = now_s
            self._membership.permit(min(left_s, _MOST_PERMIT_S))

    def _admit(self, identifier, link_key):
        self._membership.trust_centre.admit(_as_sent(identifier), link_key)

    def _remove(self, identifier):
        self._membership.trust_centre.remove(_as_sent(identifier))

    def _scan(self):
        sub_ghz = self._membership.sub_ghz
        if sub_ghz:
            sub_ghz.agility.leave_channel()

    def _take_settings(self):
        data = self._function.data
        sub_ghz = self._membership.sub_ghz
        settings = data.sub_ghz_settings
        if sub_ghz is None or not any(settings):
            return
        sub_ghz.agility.changes_a_week = settings[_CHANGES_A_WEEK]
        sub_ghz.agility.worst_percent = settings[_FAILURES] // _HUNDREDTHS
        permitted = [place for mask in data.sub_ghz_masks for place in channel_pages.places(mask)]
        here = [place for place in self._network.channels if not place[0]]
        self._network.channels = here + permitted

    def _note(self, source, lqi, now_s):
        data = self._function.data
        extended = self._network.devices.extended_of(source)
        place = self._function.device_log.place_of(_as_sent(extended or b""))
        if place < 0:
            return
        levels = data.hub_device_lqi
        most, average, least = 3 * place, 3 * place + 1, 3 * place + 2
        if not data.hub_device_heard_s[place]:
            levels[most] = levels[average] = levels[least] = lqi
        levels[most] = max(levels[most], lqi)
        levels[least] = min(levels[least], lqi)
        levels[average] += (lqi - levels[average]) // _EASE
        data.hub_device_heard_s[place] = now_s
        data.hub_device_status[place] = _ADMITTED | _HEARD
        data.hub_device_hops[place] = _ONE_HOP


def _as_sent(identifier):
    """Return an identifier as frames have it, of one that is printed, and the other way round."""
    return bytes(reversed(identifier))

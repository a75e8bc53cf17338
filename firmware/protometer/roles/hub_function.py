"""The Communications Hub Function: what remote parties address at a hub (CHF; GBCS CCS, DBCH).

Without radio: a hub on the air composes it, and hooks its trust centre and its channels in.
"""

from micropython import const

from ..gbcs import asn1, axdr
from .hub_device_log import HubDeviceLog
from .remote_function import RemoteFunction

_SETTINGS_CHANGED = const(0x8F2A)
_MESSAGE_DISCARDED = const(0x8F2C)
_NO_CAPACITY = const(0x8F2D)
_FIRMWARE_TRANSFERRED = const(0x8F8A)


class HubFunction(RemoteFunction):
    """A hub's state and logs, on a memory each; clock: a clock of the kernel.

    on_joining(seconds), on_settings() and on_scan() may be set: the HAN is to be open for so long,
    the Sub GHz settings have changed, channels are to be scanned.
    """

    def __init__(self, memory, logs, clock):
        super().__init__("H", memory, logs, clock)
        self.device_log = HubDeviceLog(self.data, self.events)
        self.on_joining = self.on_settings = self.on_scan = None

    def open_joining(self, now_s):
        """Let devices join for as long as the Join Timeout says; none where it is 0."""
        data = self.data
        data.hub_joining_until_s = now_s + data.hub_join_timeout_s
        if self.on_joining:
            self.on_joining(data.hub_join_timeout_s)

    def set_sub_ghz(self, masks, settings):
        """Set which channels may be used, and what makes the hub leave one."""
        for index in range(len(masks)):
            self.data.sub_ghz_masks[index] = masks[index]
        for index in range(len(settings)):
            self.data.sub_ghz_settings[index] = settings[index]
        self.events.post(_SETTINGS_CHANGED, self.now_s())
        if self.on_settings:
            self.on_settings()

    def note_discarded(self, message):
        """Note a Message that its device won't have, for it is to say nothing at Sub GHz."""
        named = message.originator + message.target + bytes((message.kind,))
        named += message.counter.to_bytes(8, "big")
        self.note_channel(_MESSAGE_DISCARDED)
        self.tell(_MESSAGE_DISCARDED, [axdr.encode("o", named)])

    def note_no_capacity(self, identifier):
        """Note a device that may not join at Sub GHz, for there is no room for one more."""
        self.note_channel(_NO_CAPACITY)
        self.tell(_NO_CAPACITY, [axdr.encode("o", identifier)])

    def note_transfer(self, identifier, version, outcome):
        """Note that an image went to a device, or why not (GBCS CCS08).

        version: as images have it, 4 octets; outcome: 0 done, 1 the image was discarded, 2 it is
        for other hardware, 3 the transfer failed.
        """
        contents = [asn1.octet_string(identifier), asn1.octet_string(version)]
        self.note(_FIRMWARE_TRANSFERRED, contents + [asn1.integer(outcome)])

    def note_channel(self, code):
        """Note an event of the channel, or of the time on the air, in the Sub GHz Channel Log."""
        now_s = self.now_s()
        self.events.post(code, now_s, self.data.sub_ghz_channel)
        log = self.logbook.named("Sub GHz Channel Log")
        try:
            log.append(now_s, code, self.data.sub_ghz_channel)
        except OSError:
            self._transaction.tell_logs(False, now_s)
        self.commit()

    def scan(self):
        """Have the Sub GHz channels scanned."""
        if self.on_scan:
            self.on_scan()

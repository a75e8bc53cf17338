"""The Communications Hub Function: what remote parties address at a hub (CHF; GBCS CCS, DBCH).

Without radio: a hub on the air composes it, and hooks its trust centre and its channels in.
"""

from .hub_device_log import HubDeviceLog
from .remote_function import RemoteFunction


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
        if self.on_settings:
            self.on_settings()

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

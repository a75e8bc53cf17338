"""The Communications Hub Function: what remote parties address at a hub (CHF; GBCS CCS, DBCH).

Without radio: a hub on the air composes it, and hooks its trust centre and its channels in.
"""

from ..model import events
from ..model.dictionary import Data
from .hub_device_log import HubDeviceLog
from .transaction import Transaction

_NO_ENERGY = 1


class HubFunction:
    """A hub's state and logs, on a memory each; clock: a clock of the kernel.

    on_joining(seconds), on_settings() and on_scan() may be set: the HAN is to be open for so long,
    the Sub GHz settings have changed, channels are to be scanned. `outbox` hands on durable
    events.
    """

    def __init__(self, memory, logs, clock):
        self.data = Data("H")
        self._clock = clock
        self._transaction = Transaction(self.data, memory, logs, _NO_ENERGY, _NO_ENERGY)
        self.events = self._transaction.events
        self.outbox = self._transaction.outbox
        self.logbook = self._transaction.logbook
        self.durable = self._transaction.durable
        self._transaction.restore(clock.utc_s())
        self.device_log = HubDeviceLog(self.data, self.events)
        self.on_joining = self.on_settings = self.on_scan = None

    def now_s(self):
        """Return the time."""
        return self._clock.utc_s()

    def commit(self):
        """Make the state durable now."""
        self._transaction.commit(self.now_s())

    def take_up(self, now_s):
        """Go by what has been loaded into the items and logs from outside, and keep it."""
        self._transaction.commit(now_s)

    def transact(self, work, message_code, now_s):
        """Run work() as one transaction, as Meter.transact() does; return its outcome."""
        transaction = self._transaction
        if transaction.is_pending() and not transaction.commit(now_s):
            return False
        try:
            done = work()
            if done:
                self.events.post(events.COMMAND_DONE, now_s, message_code)
                done = transaction.commit(now_s, or_nothing=True)
        except Exception:
            transaction.revert()
            raise
        if not done:
            transaction.revert()
            self.events.post(events.COMMAND_NOT_DONE, now_s, message_code)
            transaction.commit(now_s)
        return done

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

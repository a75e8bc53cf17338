"""What takes part in messages of remote parties and is no meter: hub, gas proxy, PPMID, HCALCS.

A state with its logs, the transaction round a message, and a Device Log where the function has
one of a meter's form. Commands of meters are not its; others refuse them.
"""

from ..model import events
from ..model.command import BadFormat
from ..model.dictionary import Data
from .clock_keeper import ClockKeeper
from .device_log import DeviceLog
from .firmware import Firmware
from .transaction import Transaction

_NO_ENERGY = 1


class RemoteFunction:
    """letters: of the dictionary; memory: keeps the state, logs: the logs; clock: of the kernel.

    `outbox` hands on durable events.
    """

    # Commands that it carries out by itself: (part, method, names of the arguments).
    _COMMANDS = {
        "Add Device Security Credentials": ("devices", "add", ("identifier", "type", "kind")),
        "Remove Device Security Credentials": ("devices", "remove", ("identifier",)),
        "Activate Firmware": ("firmware", "activate", ("hash",)),
    }

    def __init__(self, letters, memory, logs, clock):
        self.data = Data(letters)
        self._clock = clock
        self._transaction = Transaction(self.data, memory, logs, _NO_ENERGY, _NO_ENERGY)
        self.events = self._transaction.events
        self.outbox = self._transaction.outbox
        self.logbook = self._transaction.logbook
        self.durable = self._transaction.durable
        self.event_settings = self._transaction.event_settings
        self._transaction.restore(clock.utc_s())
        self.clock = ClockKeeper(self.data, self.events, clock)
        self.devices = DeviceLog(self.data, self.events)
        self.firmware = Firmware(self.data, self.events)

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

    def note_command(self, done, message_code, now_s):
        """Make durable what a message did outside transact(), as Meter.note_command() does."""
        code = events.COMMAND_DONE if done else events.COMMAND_NOT_DONE
        self.events.post(code, now_s, message_code)
        if not self._transaction.commit(now_s, or_nothing=True):
            self._transaction.revert()
            raise OSError("the memory can't keep it")

    def perform(self, name, arguments, originator, now_s):
        """Carry out a Command inside transact(), as Meter.perform() does; CommandRefused."""
        part, method, names = self._COMMANDS.get(name, ("", "", ()))
        if not part or any(one not in names for one in arguments):
            raise BadFormat("%s: no such Command of this device" % name)
        values = [arguments[one] for one in names if one in arguments]
        carrier = getattr(self, part)
        check = getattr(carrier, "check_" + method, None)
        if check:
            values = check(*values)
        getattr(carrier, method)(now_s, *values)

    def execute(self, name, arguments, originator, now_s):
        """Carry out a Command and make it durable."""
        self.perform(name, arguments, originator, now_s)
        self._transaction.commit(now_s)

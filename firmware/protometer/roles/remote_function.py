"""What takes part in messages of remote parties and is no meter: hub, gas proxy, PPMID, HCALCS.

A state with its logs, the transaction round a message, and a Device Log where the function has
one of a meter's form. Commands of meters are not its; others refuse them.
"""

from ..gbcs import asn1
from ..kernel.slices import finish
from ..model.command import BadFormat
from ..model.dictionary import Data
from .clock_keeper import ClockKeeper
from .device_log import DeviceLog
from .firmware import Firmware
from .transaction import Transaction

_NO_ENERGY = 1
_FIRMWARE_ACTIVATED = 0x8F8B


class RemoteFunction:
    """letters: of the dictionary; memory: keeps the state, logs: the logs; clock: of the kernel.

    `outbox` hands on durable events. on_alert(code, at_s, contents) may be set, and hears of what
    an event's number can't tell, as RemoteAlerts takes it.
    """

    # Commands that it carries out by itself: (part, method, names of the arguments).
    _COMMANDS = {
        "Add Device Security Credentials": ("devices", "add", ("identifier", "type", "kind")),
        "Remove Device Security Credentials": ("devices", "remove", ("identifier",)),
        "Activate Firmware": ("firmware", "activate", ("hash",)),
    }

    def __init__(self, letters, memory, logs, clock):
        data = Data(letters)
        transaction = Transaction(data, memory, logs, _NO_ENERGY, _NO_ENERGY)
        transaction.restore(clock.utc_s())
        self.begin(data, transaction, clock)

    def begin(self, data, transaction, clock):
        """Begin with a Data that was restored, and its Transaction."""
        self.data = data
        self._clock = clock
        self._transaction = transaction
        self.events = self._transaction.events
        self.outbox = self._transaction.outbox
        self.logbook = self._transaction.logbook
        self.durable = self._transaction.durable
        self.event_settings = self._transaction.event_settings
        self.clock = ClockKeeper(self.data, self.events, clock)
        self.devices = DeviceLog(self.data, self.events)
        self.firmware = Firmware(self.data, self.events)
        # Of a device that may be told to activate firmware at a later date.
        self._future = None
        if hasattr(self.data, "pending_commands"):
            from .future_activation import FutureActivation

            self._future = FutureActivation(self)
        self.on_alert = None

    def now_s(self):
        """Return the time."""
        return self._clock.utc_s()

    def commit(self):
        """Make the state durable now; return whether it is."""
        return self._transaction.commit(self.now_s())

    def take_up(self, now_s):
        """Go by what has been loaded into the items and logs from outside, and keep it."""
        self._transaction.commit(now_s)

    def commit_in_slices(self):
        """Make, sliced, the state durable now."""
        return self._transaction.commit_in_slices(self.now_s())

    def is_busy(self):
        """Tell whether a message is being carried out, whose next slice is still to come."""
        return self._transaction.is_busy()

    def complete(self):
        """Bring a message that is being carried out to its end, before the state is changed."""
        self._transaction.complete()

    def transact(self, work, message_code, now_s):
        """Run, sliced, work() as one transaction, as Meter.transact() does; return its outcome."""
        return self._transaction.carry_out(work, self._undone, now_s, message_code)

    def step(self, now_s):
        """Do what has fallen due; call it once a second."""
        if self._future and self._future.is_due(now_s):
            self.complete()
            self._future.run(now_s)
            self._transaction.commit(now_s)

    def take_fulfilled(self):
        """Return (reference, event's code, its time) of a Command that waited for its date and has
        been carried out, or could not be; None where there is no more.
        """
        return self._future.take_fulfilled() if self._future else None

    def note(self, code, contents):
        """Post an event, make it durable, and tell its contents."""
        self.events.post(code, self.now_s())
        self.commit()
        self.tell(code, contents)

    def tell(self, code, contents):
        """Tell the contents of an event that is durable."""
        if self.on_alert:
            self.on_alert(code, self.now_s(), contents)

    def note_firmware(self, version, success):
        """Note that an image was activated, or failed to be (GBCS CS09); version: 4 octets."""
        failure = asn1.integer(int(not success))
        self.note(_FIRMWARE_ACTIVATED, [asn1.octet_string(version), failure])

    def perform(self, name, arguments, originator, now_s, reference=b""):
        """Carry out, sliced, a Command inside transact(), as Meter.perform(); CommandRefused.

        reference: of an activation of firmware for a later date, what take_fulfilled() gives back.
        """
        arguments = dict(arguments)
        at_s = None
        if self._future and name == "Activate Firmware":
            at_s = arguments.pop("at_s", None)
        part, method, names = self._COMMANDS.get(name, ("", "", ()))
        if not part or any(one not in names for one in arguments):
            raise BadFormat("%s: no such Command of this device" % name)
        values = [arguments[one] for one in names if one in arguments]
        carrier = getattr(self, part)
        check = getattr(carrier, "check_" + method, None)
        if check:
            values = check(*values)
        if at_s is not None and at_s > now_s:
            yield from self._future.keep(at_s, values, reference)
        else:
            getattr(carrier, method)(now_s, *values)
        yield

    def _undone(self, now_s):
        """Go, sliced, by the data that was before what is undone."""
        if self._future:
            self._future.begin()
        yield

    def execute(self, name, arguments, originator, now_s):
        """Carry out a Command and make it durable."""
        self.complete()
        finish(self.perform(name, arguments, originator, now_s))
        self._transaction.commit(now_s)

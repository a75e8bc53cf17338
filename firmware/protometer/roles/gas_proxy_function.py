"""The Gas Proxy Function: what remote parties address of a gas meter that sleeps (GPF; GBCS).

Without radio: the hub's GasProxy fills its mirror, and asks for the rest; see roles/gas_proxy.py.
"""

from ..han.mirror import Mirror
from ..model.calendar import DAY_S
from .gas_records import GasRecords
from .gas_told import GasTold
from .remote_function import RemoteFunction

# Metering, Prepayment, Price; Basic.
CLUSTERS = (0x0702, 0x0705, 0x0700, 0x0000)


class GasProxyFunction(RemoteFunction):
    """Mirror and records of a gas meter, on a memory each; clock: a clock of the kernel."""

    def __init__(self, memory, logs, clock):
        super().__init__("F", memory, logs, clock)
        self.mirror = Mirror("G", CLUSTERS)
        self.records = GasRecords(self.data, self.logbook)
        self.records.begin(self.mirror)
        self.told = GasTold(self.data, self.logbook, self.mirror, self.complete)

    def keep(self, now_s):
        """Log what has come; call it when all is known of the meter. A log that fails is told."""
        self.complete()
        try:
            self.records.keep(now_s)
            self._transaction.tell_logs(True, now_s)
        except OSError:
            self._transaction.tell_logs(False, now_s)
        self._transaction.commit(now_s)

    def questions(self, now_s):
        """Return what the meter is to be asked for beside attributes, as GasTold has it."""
        return self.told.questions(now_s // DAY_S)

    def keep_told(self, identifier, now_s):
        """Make durable what the meter has told; identifier: its EUI-64, None if not known."""
        told = self.told
        self.complete()
        if identifier and identifier != self.data.gsme_identifier:
            self.data.gsme_identifier = identifier
            told.changed = True
        if told.failed:
            self._transaction.tell_logs(False, now_s)
        if told.changed or told.failed:
            self._transaction.commit(now_s)
        told.changed = told.failed = False

"""The Gas Proxy Function: what remote parties address of a gas meter that sleeps (GPF; GBCS).

Without radio: the hub's GasProxy fills its mirror, and asks for the rest; see roles/gas_proxy.py.
"""

from ..han.mirror import Mirror
from ..kernel.unload import unload
from ..model.calendar import DAY_S
from .gas_records import GasRecords
from .remote_function import RemoteFunction

# Metering, Prepayment, Price; Basic.
CLUSTERS = (0x0702, 0x0705, 0x0700, 0x0000)


# In memory during a contact alone.
_FOR_CONTACT = (
    "roles.gas_told",
    "roles.gas_told_calendar",
    "roles.gbz_calendar",
    "roles.cluster_calendar",
    "roles.billing_periods",
    "prepayment.gas_non_disablement",
    "tariff.gas_limits",
    "model.switching_table",
)


class GasProxyFunction(RemoteFunction):
    """Mirror and records of a gas meter, on a memory each; clock: a clock of the kernel.

    `refused` counts what the meter told that was out of bounds.
    """

    def __init__(self, memory, logs, clock):
        super().__init__("F", memory, logs, clock)
        self.mirror = Mirror("G", CLUSTERS)
        self.records = GasRecords(self.data, self.logbook)
        self.records.begin(self.mirror)
        self.refused = 0
        self._told = None
        self._told_on = {}

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
        """Return what the meter is to be asked for beside attributes, as GasTold has it.

        keep_told() is to follow when all of it was asked, or the meter is silent.
        """
        from .gas_told import GasTold

        told = GasTold(self.data, self.logbook, self.mirror, self.complete, self._told_on)
        self._told = told
        return told.questions(now_s // DAY_S)

    def keep_told(self, identifier, now_s):
        """Make durable what the meter has told; identifier: its EUI-64, None if not known."""
        told, self._told = self._told, None
        self.complete()
        self.refused += told.refused
        if identifier and identifier != self.data.gsme_identifier:
            self.data.gsme_identifier = identifier
            told.changed = True
        if told.failed:
            self._transaction.tell_logs(False, now_s)
        if told.changed or told.failed:
            self._transaction.commit(now_s)
        unload(*_FOR_CONTACT)

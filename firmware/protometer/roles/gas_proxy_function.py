"""The Gas Proxy Function: what remote parties address of a gas meter that sleeps (GPF; GBCS).

Without radio: the hub's GasProxy fills its mirror; see roles/gas_proxy.py.
"""

from ..han.mirror import Mirror
from .gas_records import GasRecords
from .remote_function import RemoteFunction

# Price, Metering, Prepayment.
CLUSTERS = (0x0702, 0x0705, 0x0700)


class GasProxyFunction(RemoteFunction):
    """Mirror and records of a gas meter, on a memory each; clock: a clock of the kernel."""

    def __init__(self, memory, logs, clock):
        super().__init__("F", memory, logs, clock)
        self.mirror = Mirror("G", CLUSTERS)
        self.records = GasRecords(self.data, self.logbook)
        self.records.begin(self.mirror)

    def keep(self, now_s):
        """Log what has come; call it when all is known of the meter. A log that fails is told."""
        self.complete()
        try:
            self.records.keep(now_s)
            self._transaction.tell_logs(True, now_s)
        except OSError:
            self._transaction.tell_logs(False, now_s)
        self._transaction.commit(now_s)

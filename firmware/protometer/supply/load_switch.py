"""Supply State and what forbids closing the Load Switch or valve (SMETS2 5.5.6, 5.6.3.7-12).

Enabled: closed. Disabled: open, and only credit or a Command releases it. Armed: open, and a
person may close it. Each reason for being open is kept apart in Supply Inhibits, so that one
that clears never closes over another (ESME-LL-09).
"""

from ..model import events
from ..model.command import SUPPLIER, CommandRefused
from ..model.enumerations import (
    ARMED,
    DISABLED,
    ENABLED,
    INHIBIT_COMMAND,
    INHIBIT_CREDIT,
    INHIBIT_LOAD_LIMIT,
    INHIBIT_LOCK,
    LOCKED,
)


class SupplyError(CommandRefused):
    """A supply Command is refused; the message says why."""


class Supply:
    """Decides the Supply State; the role moves the switch to match it.

    credit_allows(): whether credit, or the Non-Disablement Calendar, allows Supply.
    """

    def __init__(self, data, outbox, credit_allows):
        self._data = data
        self._outbox = outbox
        self._credit_allows = credit_allows

    def closed(self):
        """Tell whether the switch is to be closed."""
        return self._data.supply_state == ENABLED

    def follow_credit(self, out_of_credit, suspended, by_emergency_credit, now_s):
        """Disable when credit has run out, Arm when it is back.

        suspended: disablement is suspended by the Non-Disablement Calendar; a Supply Disabled
        already stays so (GSME-PAY-24). by_emergency_credit: credit is back because Emergency
        Credit was just activated.
        """
        data = self._data
        inhibited = data.supply_inhibits & INHIBIT_CREDIT
        if not suspended:
            data.disablement_suspended = 0
        if out_of_credit and not inhibited:
            if suspended:
                self._tell_suspended(now_s)
                return
            data.supply_inhibits |= INHIBIT_CREDIT
            data.supply_state = DISABLED
            self._outbox.post(events.BELOW_DISABLEMENT_THRESHOLD, now_s)
        elif inhibited and not out_of_credit:
            data.supply_inhibits &= ~INHIBIT_CREDIT
            if not data.supply_inhibits & ~INHIBIT_LOAD_LIMIT and data.supply_state == DISABLED:
                armed = events.SUPPLY_ARMED
                if by_emergency_credit:
                    armed = events.ARMED_BY_EMERGENCY_CREDIT
                self._arm(armed, now_s)

    def disable(self, now_s):
        """Disable Supply (SMETS2 5.6.3.11): open until a Command releases it."""
        data = self._data
        data.supply_inhibits = data.supply_inhibits & ~INHIBIT_LOAD_LIMIT | INHIBIT_COMMAND
        data.supply_state = DISABLED

    def arm(self, now_s):
        """Arm Supply (SMETS2 5.6.3.7): from Disabled, Locked too, if credit allows.

        Armed or Enabled already is success without change; out of credit is SupplyError.
        """
        if self._data.supply_state != DISABLED:
            return
        if not self._credit_allows():
            raise SupplyError("Arm Supply: out of credit")
        self._data.supply_inhibits = 0
        self._arm(events.SUPPLY_ARMED, now_s)

    def enable(self, now_s, by):
        """Enable Supply (SMETS2 5.6.3.12); the Supplier may from Disabled, others when Armed."""
        data = self._data
        if data.supply_state == ENABLED:
            return
        if data.supply_state == DISABLED and by != SUPPLIER:
            raise SupplyError("Enable Supply: Supply is not Armed")
        if not self._credit_allows():
            raise SupplyError("Enable Supply: out of credit")
        data.supply_inhibits = 0
        data.supply_state = ENABLED

    def trip(self, now_s):
        """Disable and Arm at once, as the Load Limit Power Threshold was passed (ESME-LL-03)."""
        data = self._data
        if data.supply_state == ENABLED:
            data.supply_inhibits |= INHIBIT_LOAD_LIMIT
            self._arm(events.LOAD_LIMIT_DISABLED, now_s)

    def tripped(self):
        """Tell whether load limiting alone keeps an Armed Supply from being Enabled."""
        data = self._data
        return data.supply_state == ARMED and data.supply_inhibits == INHIBIT_LOAD_LIMIT

    def restore(self, now_s):
        """Enable after the Load Limit Restoration Period, never over another reason."""
        data = self._data
        if self.tripped() and self._credit_allows():
            data.supply_inhibits = 0
            data.supply_state = ENABLED
            self._outbox.post(events.LOAD_LIMIT_ENABLED, now_s)

    def tampered(self, now_s):
        """Lock, where the Supply Tamper State asks for it (SMETS2 5.4, 4.3; ESME-GEN-10)."""
        data = self._data
        if data.supply_tamper_state != LOCKED:
            return
        self.lock()
        self._outbox.post(events.SUPPLY_LOCKED, now_s)

    def lock(self):
        """Disable so that nothing but a Command of the Supplier releases it (GSME-GEN-13)."""
        data = self._data
        data.supply_inhibits = data.supply_inhibits & ~INHIBIT_LOAD_LIMIT | INHIBIT_LOCK
        data.supply_state = DISABLED

    def _arm(self, event, now_s):
        self._data.supply_state = ARMED
        self._outbox.post(event, now_s)

    def _tell_suspended(self, now_s):
        if not self._data.disablement_suspended:
            self._data.disablement_suspended = 1
            self._outbox.post(events.DISABLEMENT_SUSPENDED, now_s)

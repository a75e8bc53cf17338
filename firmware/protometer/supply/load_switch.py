"""Supply State and what forbids closing the Load Switch (SMETS2 5.5.6, 5.6.3.7, 5.6.3.11-12).

Enabled: closed. Disabled: open, and only credit or a Command releases it. Armed: open, and a
person may close it. Each reason for being open is kept apart in Supply Inhibits, so that one
that clears never closes over another (ESME-LL-09).
"""

from micropython import const

from ..model import events
from ..model.command import CommandRefused
from ..model.enumerations import ARMED, DISABLED, ENABLED

# Reasons, the bits of Supply Inhibits.
CREDIT = const(0x01)
COMMAND = const(0x02)


class SupplyError(CommandRefused):
    """A supply Command is refused; the message says why."""


class Supply:
    """Decides the Supply State; the role moves the switch to match it."""

    def __init__(self, data, outbox):
        self._data = data
        self._outbox = outbox

    def follow_credit(self, out_of_credit, by_emergency_credit, now_s):
        """Disable when credit has run out, Arm when it is back.

        by_emergency_credit: credit is back because Emergency Credit was just activated.
        """
        data = self._data
        inhibited = data.supply_inhibits & CREDIT
        if out_of_credit and not inhibited:
            data.supply_inhibits |= CREDIT
            data.supply_state = DISABLED
            self._outbox.post(events.BELOW_DISABLEMENT_THRESHOLD, now_s)
        elif inhibited and not out_of_credit:
            data.supply_inhibits &= ~CREDIT
            if not data.supply_inhibits and data.supply_state == DISABLED:
                data.supply_state = ARMED
                armed = events.SUPPLY_ARMED
                if by_emergency_credit:
                    armed = events.ARMED_BY_EMERGENCY_CREDIT
                self._outbox.post(armed, now_s)

    def disable(self):
        """Disable Supply (SMETS2 5.6.3.11): open until a Command releases it."""
        self._data.supply_inhibits |= COMMAND
        self._data.supply_state = DISABLED

    def arm(self, in_credit, now_s):
        """Arm Supply (SMETS2 5.6.3.7): from Disabled, and only in credit; else SupplyError."""
        if self._data.supply_state != DISABLED:
            return
        if not in_credit:
            raise SupplyError("Arm Supply: out of credit")
        self._data.supply_inhibits = 0
        self._data.supply_state = ARMED
        self._outbox.post(events.SUPPLY_ARMED, now_s)

    def enable(self, in_credit, by_supplier):
        """Enable Supply (SMETS2 5.6.3.12); the Supplier may from Disabled, others when Armed."""
        state = self._data.supply_state
        if state == ENABLED:
            return
        if state == DISABLED and not by_supplier:
            raise SupplyError("Enable Supply: Supply is not Armed")
        if not in_credit:
            raise SupplyError("Enable Supply: out of credit")
        self._data.supply_inhibits = 0
        self._data.supply_state = ENABLED

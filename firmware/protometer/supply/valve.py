"""The valve of a gas meter (SMETS2 4.4.6, 4.5.2.6, 4.5.3.7, 4.5.3.10).

Supply State as in load_switch.py, but gas is never let in from afar: a person at the meter
Enables an Armed Supply, and that opens the valve for a test. Supply is Enabled once no more flows
than Uncontrolled Gas Flow Rate allows; else it is Disabled and Armed again (GSME-MON-05).

    Armed -- Enable --> Armed, testing -- Stabilisation, Measurement Period --> Enabled or Armed

A test that anything interrupts, a power cut too, ends with the valve shut; where the clock is set
it begins anew.
"""

from micropython import const

from ..model import events
from ..model.enumerations import ARMED, ENABLED, LOCKED
from .load_switch import Supply, SupplyError

_DS_PER_S = const(10)
_S_PER_HOUR = const(3_600)
_ML_PER_M3 = const(1_000_000)
# Steps further apart than this, or back, mean that the clock was set.
_LONGEST_STEP_S = const(10)


class GasSupply(Supply):
    """Decides the Supply State; the role moves the valve to match closed(); see Supply."""

    def __init__(self, data, outbox, credit_allows):
        super().__init__(data, outbox, credit_allows)
        self._testing = False
        # The last step, when the measurement begins and ends, and what came in it.
        self._stepped_s = 0
        self._from_s = 0
        self._until_s = 0
        self._flowed_ml = 0

    def closed(self):
        """Tell whether the supply is to be on: a valve that is open, as a switch is closed."""
        return self._testing or super().closed()

    def testing(self):
        """Tell whether the valve is open for the test of uncontrolled flow."""
        return self._testing

    def enable(self, now_s):
        """Enable Supply (SMETS2 4.5.2.6): a person opens the valve, and the test begins."""
        data = self._data
        if data.supply_state == ENABLED or self._testing:
            return
        if data.supply_state != ARMED:
            raise SupplyError("Enable Supply: Supply is not Armed")
        if not self._credit_allows():
            raise SupplyError("Enable Supply: out of credit")
        self._begin_test(now_s)

    def step(self, volume_ml, now_s):
        """Take the volume since the last step; return whether a test ended with this one."""
        if not self._testing:
            return False
        if not 0 <= now_s - self._stepped_s <= _LONGEST_STEP_S:
            self._begin_test(now_s)
            return False
        self._stepped_s = now_s
        if now_s > self._from_s:
            self._flowed_ml += volume_ml
        if now_s < self._until_s:
            return False
        self._end_test(now_s)
        return True

    def test_valve(self, now_s):
        """Test Valve (SMETS2 4.5.2): shut it and Arm; SupplyError unless Supply is Enabled."""
        if self._data.supply_state != ENABLED:
            raise SupplyError("Test Valve: Supply is not Enabled")
        self._data.supply_state = ARMED
        self._outbox.post(events.VALVE_TESTED, now_s)

    def depleted(self, now_s):
        """Take that the power supply is about to be lost (SMETS2 4.4.6.2; GSME-MON-02).

        There is just the power to shut the valve, where Supply Depletion State asks for it.
        """
        self._outbox.post(events.POWER_SUPPLY_LOST, now_s)
        if self._data.supply_depletion_state == LOCKED:
            self.lock()

    def follow_credit(self, out_of_credit, suspended, by_emergency_credit, now_s):
        """Disable when credit has run out, Arm when it is back; see Supply."""
        super().follow_credit(out_of_credit, suspended, by_emergency_credit, now_s)
        if self._data.supply_state != ARMED:
            self._testing = False

    def disable(self, now_s):
        """Disable Supply (SMETS2 4.5.3.10): shut until Arm Supply."""
        super().disable(now_s)
        self._testing = False

    def lock(self):
        """Disable so that nothing but Arm Supply of the Supplier releases it."""
        super().lock()
        self._testing = False

    def _begin_test(self, now_s):
        data = self._data
        self._testing = True
        self._stepped_s = now_s
        self._from_s = now_s - -data.stabilisation_period_ds // _DS_PER_S
        self._until_s = self._from_s + data.measurement_period_s
        self._flowed_ml = 0

    def _end_test(self, now_s):
        data = self._data
        self._testing = False
        # The rate is in m3 an hour over its divisor: in litres as shipped.
        most_ml = data.uncontrolled_gas_flow * _ML_PER_M3 * (self._until_s - self._from_s)
        if self._flowed_ml * _S_PER_HOUR * data.uncontrolled_gas_flow_divisor > most_ml:
            self._outbox.post(events.UNCONTROLLED_GAS_FLOW, now_s)
        else:
            data.supply_inhibits = 0
            data.supply_state = ENABLED

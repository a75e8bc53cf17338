"""A gas meter beside the model: a valve tested as it opens, and what is due in Credit Mode."""

from protometer.model.command import USER_INTERFACE
from tests.prepayment.pair import Pair
from tests.prepayment.reference_model import ARMED, ENABLED, Refused
from tests.roles.gsme_stand import Stand, gas_tariff
from tests.roles.meter_stand import NEW_YEAR_S

UNCONTROLLED_FLOW, VALVE_TESTED = 0x81BF, 0x8184
# From Enable Supply on: the Stabilisation and Measurement Periods, in steps of ten seconds.
TEST_STEPS = 7
# Disablement is suspended from 06:00 to 18:00.
DAYTIME = {
    "seasons": [[0xFFFF, 1, 1, 0]],
    "weeks": [[0] * 7],
    "days": [[[0, 0], [360, 1], [1080, 0]]],
    "special_days": [],
}


class GasPair(Pair):
    """See Pair; a litre is 10 Wh, and a Wh costs a millipence."""

    CALENDAR = DAYTIME
    CAP_UNIT_MP = 1
    CONFIGURATION = (("Supply Tamper State", 1),)
    STEPS = (
        *(step for step in Pair.STEPS if step[0] != "surge"),
        ("enable", 10),
        ("adjust_due", 2),
        ("reset_due", 1),
        ("test_valve", 1),
    )

    def __init__(self, rng, role):
        self._steps_of_test = None
        super().__init__(rng, role)
        self.model.S = ARMED
        self.enable(USER_INTERFACE)

    def _stand(self):
        return Stand(NEW_YEAR_S + 3600)

    def _set_tariff(self):
        self.stand.round_factors()
        self.stand.execute("Set Tariff", tariff=gas_tariff(1000, self.standing_mp))

    def flows(self):
        return self._steps_of_test is not None or super().flows()

    def _give(self, wh, second_wh):
        self.stand.front_end.give(100 * wh)

    def _flowed(self, wh):
        if self._steps_of_test is not None:
            self._steps_of_test += 1
            if self._steps_of_test == TEST_STEPS:
                self._end_test()
        super()._flowed(wh)
        if self.model.S != ARMED:
            self._steps_of_test = None

    def _end_test(self):
        # The verdict comes before credit is evaluated.
        self._steps_of_test = None
        if self._leak_wh:
            self.model.events.append(UNCONTROLLED_FLOW)
        else:
            self.model.H.clear()
            self.model.S = ENABLED

    def left_mp(self):
        return super().left_mp() - self.stand.data.credit_mode_balance_mp

    def compare(self, outcome):
        super().compare(outcome)
        assert self.stand.data.credit_mode_balance_mp == self.model.due

    def enable(self, by=None):
        """A person opens the valve; the test that follows is passed or not."""
        model = self.model
        by = by or self.rng.choice((USER_INTERFACE, USER_INTERFACE, self.by()))
        tested = model.S == ARMED

        def effect():
            if model.S != ENABLED and (model.S != ARMED or not model.allowed):
                raise Refused
            if tested:
                self._steps_of_test = 0

        if not self.command("Enable Supply", by, effect if by == USER_INTERFACE else None):
            return
        self._leak_wh = self.rng.choice((0, 0, 0, 400))
        for _ in range(TEST_STEPS if tested else 0):
            self.pass_time(10, self._leak_wh)

    def test_valve(self):
        model, by = self.model, self.by()

        def effect():
            if model.S != ENABLED:
                raise Refused
            model.S = ARMED
            model.events.append(VALVE_TESTED)

        self.command("Test Valve", by, effect if by == USER_INTERFACE else None)

    def adjust_due(self):
        x = self.rng.choice((-1, 1)) * self.rng.choice((1, 500, 5_000, self.model.due or 7))

        def adjust():
            if self.model.due < x:
                raise Refused
            self.model.due -= x
            self.money_in_mp += x

        effect, by = self.for_supplier(adjust)
        self.command("Adjust Credit Mode Meter Balance", by, effect, change_mp=x)

    def reset_due(self):
        def reset():
            self.money_in_mp += self.model.due
            self.model.due = 0

        effect, by = self.for_supplier(reset)
        self.command("Reset Credit Mode Meter Balance", by, effect)

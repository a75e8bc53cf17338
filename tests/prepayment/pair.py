"""The meter beside the prepayment reference model: one stream of events, given to both.

After every step all balances, the Supply State and the events are the model's, and money is
conserved: opening + credits - charges - debts = closing, to the millipence.
"""

import pytest

from protometer.model import command as commands
from protometer.model.command import CommandRefused
from tests.prepayment.reference_model import ARMED, DISABLED, ENABLED, Model, Refused
from tests.roles.esme_stand import Stand, flat_tariff
from tests.roles.meter_stand import DAY_S, NEW_YEAR_S, UNIT_MP

# As DLMS counts Supply State.
STATES = {DISABLED: 0, ENABLED: 1, ARMED: 2}
INHIBITS = {"credit": 1, "command": 2, "lock": 4, "load": 8}
NO_AUTHORITY, TAMPER, LOCKED, EXCEEDED = 0x8F30, 0x8F3F, 0x81BE, 0x8F01
RESTORATION_S = 600
# Interrupted and restored, of a single phase and of three.
POWER_EVENTS = (*range(0x8F35, 0x8F3D), *range(0x8F57, 0x8F5B))
SUPPLIER, USER, PPMID = commands.SUPPLIER, commands.USER_INTERFACE, commands.PPMID
# Disablement is suspended from 06:00 to 18:00, where there is a calendar.
EVERY_DAY = ([0xFFFF, 1, 1], [0xFFFF, 12, 31], 0x7F, 0)
DAYTIME = {
    "rules": [[360, *EVERY_DAY, 1], [1080, *EVERY_DAY, 2]],
    "special_days": [],
}


class Pair:
    """An electricity meter and the model, given the same and compared."""

    CALENDAR = DAYTIME
    # What a unit of the Debt Recovery Rate Cap is.
    CAP_UNIT_MP = UNIT_MP
    CONFIGURATION = (
        ("Load Limit Power Threshold", 1_000),
        ("Load Limit Period", 0),
        ("Load Limit Restoration Period", RESTORATION_S),
        ("Load Limit Supply State", 1),
        ("Supply Tamper State", 1),
    )

    # A step of a stream, and how often it comes.
    STEPS = (
        ("use", 12),
        ("wait", 6),
        ("rest", 1),
        ("top_up", 6),
        ("activate", 3),
        ("adjust", 3),
        ("adjust_debt", 3),
        ("reset", 1),
        ("set_mode", 2),
        ("disable", 1),
        ("arm", 2),
        ("enable", 6),
        ("surge", 2),
        ("tamper", 1),
        ("cut", 1),
    )

    def __init__(self, rng, role):
        self.rng = rng
        self.role = role
        self.standing_mp = rng.choice((0, 700, 20_000))
        self.stand = self._stand()
        limit, threshold = rng.choice((0, 5_000, 50_000)), rng.choice((0, 10_000, 60_000))
        disablement, low = rng.choice((-5_000, 0, 0, 3_000)), rng.choice((0, 20_000, 70_000))
        self.model = Model(limit, threshold, disablement, low, gas=role == "G")
        self.tripped_for_s = None
        self.rates = [(rng.choice((0, 900)), rng.choice((3600, DAY_S))) for _ in range(2)]
        self.daytime = rng.random() < 0.4
        self.model.percentage, cap = rng.choice((0, 1_000, 10_000)), rng.choice((0, 1, 3))
        self.model.cap = cap * UNIT_MP
        self._configure(limit, threshold, disablement, low, cap)
        self.stand.events()
        self.money_in_mp = self.money_out_mp = 0

    def _stand(self):
        return Stand(NEW_YEAR_S + 3600, role=self.role)

    def _set_tariff(self):
        self.stand.execute("Set Tariff", tariff=flat_tariff(1000, self.standing_mp))
        if "T" in self.role:
            self.stand.execute("Set Secondary Tariff", tariff=flat_tariff(2000))

    def _configure(self, limit, threshold, disablement, low, cap):
        stand = self.stand
        self._set_tariff()
        for item, value in (
            ("Emergency Credit Limit", limit),
            ("Emergency Credit Threshold", threshold),
            ("Disablement Threshold", disablement),
            ("Low Credit Threshold", low),
            ("Debt Recovery Rate 1", self.rates[0][0]),
            ("Debt Recovery Rate 1 Period", self.rates[0][1]),
            ("Debt Recovery Rate 2", self.rates[1][0]),
            ("Debt Recovery Rate 2 Period", self.rates[1][1]),
            ("Debt Recovery per Payment", self.model.percentage),
            ("Debt Recovery Rate Cap", cap * UNIT_MP // self.CAP_UNIT_MP),
            *self.CONFIGURATION,
        ):
            stand.write(item, value)
        if self.daytime:
            stand.execute("Set Non-Disablement Calendar", calendar=self.CALENDAR)

    def pass_time(self, seconds, wh):
        """Let time pass; the household uses wh, on both elements if there are two."""
        stand, model = self.stand, self.model
        if not self.flows():
            wh = 0
        before_s = stand.now_s
        # Energy on the second element costs twice as much, see _configure.
        second_wh = wh // 3 if "T" in self.role else 0
        stand.now_s += seconds
        stand.clock.set_utc(stand.now_s)
        self._give(wh - second_wh, second_wh)
        self.stand.meter.step(stand.now_s)
        if self.tripped_for_s is not None:
            # More than a minute between two seconds is a clock that was set.
            self.tripped_for_s += seconds if seconds <= 60 else 1
        self._run_timer()
        for part_wh, price in ((wh - second_wh, 1), (second_wh, 2)):
            model.charge("energy", price * part_wh)
            self.money_out_mp += price * part_wh
        self._flowed(wh)
        self._charge_hours(before_s)
        model.evaluate()
        self.compare([])

    def flows(self):
        """Tell whether energy comes through."""
        return self.model.S == ENABLED

    def _give(self, wh, second_wh):
        self.stand.front_end.give(1000 * wh, 1000 * second_wh)

    def _flowed(self, wh):
        if wh:
            self.model.evaluate()

    def _run_timer(self):
        if self.tripped_for_s is not None and self.tripped_for_s >= RESTORATION_S:
            self.model.timer_ends()

    def _charge_hours(self, before_s):
        model, now_s = self.model, self.stand.now_s
        model.nd = self.daytime and 6 <= now_s % DAY_S // 3600 < 18
        for hour in range(before_s // 3600 + 1, now_s // 3600 + 1):
            if hour % 24 == 0:
                model.charge("standing", self.standing_mp)
                self.money_out_mp += self.standing_mp
            debts = model.D1 or model.D2
            for name, (rate_mp, period_s) in zip(("D1", "D2"), self.rates, strict=True):
                if hour % 24 == 0 or period_s == 3600:
                    before = getattr(model, name)
                    model.charge(name, rate_mp)
                    self.money_out_mp += before - getattr(model, name)
            if debts:
                model.evaluate()

    def command(self, name, by, effect, **arguments):
        """Send a Command; effect() is what the model makes of it, None where it may not."""
        stand, model = self.stand, self.model
        # A Command comes after its second's step.
        self.stand.meter.step(stand.now_s)
        self._run_timer()
        before = stand.state()
        try:
            if effect is None:
                raise Refused
            effect()
            accepted = True
        except Refused:
            accepted = False
        if accepted:
            stand.execute(name, by, **arguments)
            model.evaluate(by_activation=name == "Activate Emergency Credit")
            outcome = 0x8161 if by == USER else 0x8154
        else:
            with pytest.raises(CommandRefused):
                stand.execute(name, by, **arguments)
            assert stand.state() == before
            outcome = 0x8162 if by == USER else 0x8155
            if effect is None:
                outcome = NO_AUTHORITY
        self.compare([outcome])
        return accepted

    def compare(self, outcome):
        data, model = self.stand.data, self.model
        if "load" not in model.H:
            self.tripped_for_s = None
        held = (
            data.meter_balance_mp,
            data.accumulated_debt_mp,
            data.emergency_credit_used_mp,
            data.emergency_credit_balance_mp,
            bool(data.emergency_credit_activated),
            data.time_debt_1_mp,
            data.time_debt_2_mp,
            data.payment_debt_mp,
            data.supply_state,
            data.supply_inhibits,
        )
        wanted = (model.M, model.A, model.U, model.E, model.act, model.D1, model.D2, model.P)
        inhibits = sum(INHIBITS[reason] for reason in model.H)
        assert held == (*wanted, STATES[model.S], inhibits)
        assert self.stand.switch.position == self.flows()
        assert data.credit_status == self.status()
        assert sorted(self.stand.events()) == sorted(model.events + outcome)
        model.events.clear()
        if model.prepayment and model.S != DISABLED and not model.nd:
            assert model.C > model.TD
        assert min(model.U, model.A, model.D1, model.D2, model.P) >= 0
        assert self.conserved()

    def status(self):
        """Credit Status as Smart Energy counts its bits: see the model's words."""
        model = self.model
        if not model.prepayment:
            return 0x01
        low, out = model.low_threshold > model.C, model.C <= model.TD
        in_use = model.act and model.M <= model.TD and model.E > 0
        bits = (
            (not low and not out, 0x01),
            (low, 0x02),
            (model.Lc > 0, 0x04),
            (model.offered, 0x08),
            (model.act, 0x10),
            (in_use, 0x20),
            (out, 0x40),
        )
        return sum(bit for is_set, bit in bits if is_set)

    def conserved(self):
        """What came in is what was charged and what is left, to the millipence."""
        return self.left_mp() == self.money_in_mp - self.money_out_mp

    def left_mp(self):
        data = self.stand.data
        return data.meter_balance_mp - data.accumulated_debt_mp - data.emergency_credit_used_mp

    # The steps of a sequence; each may come at any time.

    def use(self):
        model = self.model
        wh = self.rng.choice((0, 1, 300, 4_000, 9_000, abs(model.M), abs(model.C - model.TD)))
        self.pass_time(self.rng.randrange(1, 50), wh)

    def wait(self):
        seconds = self.rng.choice((700, 3600, 7200, 6 * 3600, DAY_S, DAY_S, 3 * DAY_S))
        self.pass_time(seconds, self.rng.choice((0, 2_000)))

    def rest(self):
        for _ in range(self.rng.choice((5, 11))):
            self.pass_time(60, 0)

    def top_up(self):
        by, model = self.by(), self.model
        amount = self.rng.choice((500, 5_000, 20_000, 60_000, model.U + model.A or 3))
        v = self.rng.choice((-(-amount // 1000) * 1000,) * 6 + (0,))
        now_s, owed = self.stand.now_s, self.model.P
        if self.rng.random() < 0.2:
            clear = self.stand.meter.account.debt_to_clear_mp(now_s)
            assert clear == model.debt_to_clear(now_s)

        def effect():
            model.top_up(v, now_s, by != SUPPLIER)
            self.money_in_mp += v
            self.money_out_mp += owed - model.P

        self.command("Add Credit", by, effect, value_mp=v)

    def activate(self):
        self.command("Activate Emergency Credit", self.by(), self.model.activate)

    def adjust(self):
        x = self.rng.choice((-1, 1)) * self.rng.choice((1, 500, 5_000, 60_000))

        def adjust():
            self.model.adjust(x)
            self.money_in_mp += x

        effect, by = self.for_supplier(adjust)
        self.command("Adjust Meter Balance", by, effect, change_mp=x)

    def adjust_debt(self):
        changes = {name: self.rng.choice((-700, 900, 20_000)) for name in ("D1", "D2", "P")}
        effect, by = self.for_supplier(lambda: self.model.adjust_debt(changes))
        names = {"D1": "time_debt_1_mp", "D2": "time_debt_2_mp", "P": "payment_debt_mp"}
        arguments = {names[name]: x for name, x in changes.items()}
        self.command("Adjust Debt", by, effect, **arguments)

    def reset(self):
        model = self.model

        def reset():
            self.money_in_mp += model.U + model.A - model.M
            model.reset()

        effect, by = self.for_supplier(reset)
        self.command("Reset Meter Balance", by, effect)

    def set_mode(self):
        mode = self.rng.choice((0, 1, 1, 1))
        sdd, sde = self.rng.random() < 0.5, self.rng.random() < 0.5
        effect, by = self.for_supplier(lambda: self.model.set_mode(mode == 1, sdd, sde))
        arguments = {"mode": mode, "suspend_debt_disabled": sdd, "suspend_debt_emergency": sde}
        self.command("Set Payment Mode", by, effect, **arguments)

    def disable(self):
        effect, by = self.for_supplier(self.model.disable)
        self.command("Disable Supply", by, effect)

    def arm(self):
        effect, by = self.for_supplier(self.model.arm)
        self.command("Arm Supply", by, effect)

    def enable(self):
        by = self.by()
        self.command("Enable Supply", by, lambda: self.model.enable(by == SUPPLIER))

    def surge(self):
        """Power above the Load Limit Power Threshold for one second."""
        stand, model = self.stand, self.model
        counts = model.S == ENABLED
        stand.front_end.power_w = 5_000
        if counts:
            model.trip()
            self.tripped_for_s = 0
        before_s = stand.now_s
        stand.step(1)
        if not counts and self.tripped_for_s is not None:
            self.tripped_for_s += 1
            self._run_timer()
        stand.front_end.power_w = 0
        self._charge_hours(before_s)
        model.evaluate()
        self.compare([EXCEEDED] * counts)
        self.pass_time(1, 0)

    def tamper(self):
        self.model.lock()
        self.stand.meter.tampered(TAMPER, self.stand.now_s)
        self.stand.meter.step(self.stand.now_s)
        self.model.evaluate()
        self.compare([TAMPER, LOCKED])

    def cut(self):
        self.stand.meter.commit()
        before_s = self.stand.now_s
        self.stand.power_on(2)
        if self.tripped_for_s is not None:
            # The restoration period begins anew, with the first second.
            self.tripped_for_s = -1
        self._charge_hours(before_s)
        self.model.evaluate()
        codes = [code for code in self.stand.events() if code not in POWER_EVENTS]
        assert sorted(codes) == sorted(self.model.events)
        self.model.events.clear()
        self.compare([])
        self.pass_time(1, 0)

    def by(self):
        return self.rng.choice((SUPPLIER, USER, PPMID))

    def for_supplier(self, effect):
        by = self.rng.choice((SUPPLIER, SUPPLIER, SUPPLIER, USER, PPMID))
        return (effect if by == SUPPLIER else None), by

"""The meter against the prepayment reference model, command by command on random sequences.

The model below is the specification in arithmetic on whole millipence: what is charged, in which
order a top-up is used, when the Supply is Disabled and Armed. It knows nothing of the firmware.
"""

import random

import pytest

from protometer.model import command as commands
from protometer.model.command import CommandRefused
from tests.roles.esme_stand import DAY_S, NEW_YEAR_S, Stand, flat_tariff
from tests.samples import PREPAYMENT_SEQUENCES, PREPAYMENT_STEPS

DISABLED, ENABLED, ARMED = "Disabled", "Enabled", "Armed"
# As DLMS counts Supply State.
STATES = {DISABLED: 0, ENABLED: 1, ARMED: 2}
# GBCS table 16.2.
CREDIT_ADDED, LOW, AVAILABLE, ACTIVATED, EXHAUSTED = 0x810E, 0x810D, 0x8119, 0x81AB, 0x81AA
ABOVE_MAXIMUM_CREDIT, NO_AUTHORITY = 0x8F5B, 0x8F30
BELOW, ARMED_EVENT, ARMED_BY_EMERGENCY = 0x8F0F, 0x8F32, 0x8168


class Refused(Exception):
    """The model refuses a Command."""


class Model:
    """Balance M, used Emergency Credit U, debt A, and the reasons H for being Disabled."""

    def __init__(self, limit, threshold, disablement, low):
        self.M = self.U = self.A = 0
        self.Lc, self.TE, self.TD, self.low_threshold = limit, threshold, disablement, low
        self.L = limit
        self.act = self.SDE = False
        self.S, self.H = ENABLED, set()
        self.prepayment = False
        self.max_credit = self.max_balance = 2**31 - 1
        self.was_low = self.was_offered = False
        self.events = []

    @property
    def E(self):  # noqa: N802
        return (self.L if self.act else self.Lc) - self.U

    @property
    def C(self):  # noqa: N802
        return self.M + self.E if self.act else self.M

    @property
    def offered(self):
        return not self.act and not self.U and self.Lc > 0 and self.M < self.TE

    @property
    def allowed(self):
        return not self.prepayment or self.C > self.TD

    def charge(self, kind, x):
        if not self.prepayment or not (self.act and self.E > 0):
            self.M -= x
            return
        m = min(x, max(0, self.M - self.TD))
        self.M -= m
        x -= m
        if x and kind != "energy" and self.SDE:
            self.A += x
        elif x:
            e = min(x, self.E)
            self.U += e
            self.M -= x - e
            if self.E == 0:
                self.events.append(EXHAUSTED)

    def evaluate(self, by_activation=False):
        if not self.prepayment:
            self.was_low = self.was_offered = False
        else:
            low, offered = self.low_threshold > self.C, self.offered
            self.events += [LOW] * (low and not self.was_low)
            self.events += [AVAILABLE] * (offered and not self.was_offered)
            self.was_low, self.was_offered = low, offered
        if not self.allowed and "credit" not in self.H:
            self.H.add("credit")
            self.S = DISABLED
            self.events.append(BELOW)
        elif self.allowed and "credit" in self.H:
            self.H.remove("credit")
            if not self.H:
                self.S = ARMED
                self.events.append(ARMED_BY_EMERGENCY if by_activation else ARMED_EVENT)

    def _act_rule(self):
        if self.act and self.U == 0 and self.M >= self.TE:
            self.act = False

    def activate(self):
        if self.act:
            return
        if not self.prepayment or not self.offered:
            raise Refused
        self.act, self.L = True, self.Lc
        self.events.append(ACTIVATED)

    def top_up(self, v, locally=True):
        a = min(v, self.A)
        u = min(v - a, self.U)
        if not self.prepayment:
            raise Refused
        if not 0 < v <= self.max_credit:
            self.events += [ABOVE_MAXIMUM_CREDIT] * (v > 0)
            raise Refused
        if self.M + v - a - u > self.max_balance:
            raise Refused
        self.A -= a
        self.U -= u
        self.M += v - a - u
        self.events += [CREDIT_ADDED] * locally
        self._act_rule()

    def adjust(self, x):
        self.M += x
        self._act_rule()

    def reset(self):
        self.M = self.A = self.U = 0
        self.act = False

    def set_mode(self, prepayment, sde):
        self.prepayment, self.SDE = prepayment, sde

    def disable(self):
        self.H.add("command")
        self.S = DISABLED

    def arm(self):
        if self.S != DISABLED:
            return
        if not self.allowed:
            raise Refused
        self.H.clear()
        self.S = ARMED
        self.events.append(ARMED_EVENT)

    def enable(self, by_supplier):
        if self.S == ENABLED:
            return
        if not self.allowed or (self.S == DISABLED and not by_supplier):
            raise Refused
        self.H.clear()
        self.S = ENABLED


class Pair:
    """The meter and the model, given the same and compared."""

    def __init__(self, rng):
        self.rng = rng
        self.standing_mp = rng.choice((0, 700, 20_000))
        self.stand = Stand(NEW_YEAR_S + 3600)
        limit, threshold = rng.choice((0, 5_000, 50_000)), rng.choice((0, 10_000, 60_000))
        disablement, low = rng.choice((-5_000, 0, 0, 3_000)), rng.choice((0, 20_000, 70_000))
        self.model = Model(limit, threshold, disablement, low)
        self.stand.execute("Set Tariff", tariff=flat_tariff(1000, self.standing_mp))
        for item, value in (
            ("Emergency Credit Limit", limit),
            ("Emergency Credit Threshold", threshold),
            ("Disablement Threshold", disablement),
            ("Low Credit Threshold", low),
        ):
            self.stand.write(item, value)
        self.stand.events()
        self.money_in_mp = self.money_out_mp = 0

    def pass_time(self, wh, days):
        stand, model = self.stand, self.model
        day_s = stand.now_s - stand.now_s % DAY_S
        seconds = days * DAY_S - (stand.now_s - day_s) if days else self.rng.randrange(1, 50)
        if stand.now_s + seconds >= day_s + DAY_S and not days:
            seconds = 1
        stand.step(seconds, wh * 1000)
        model.charge("energy", wh)
        for _ in range(days):
            model.charge("standing", self.standing_mp)
        self.money_out_mp += wh + days * self.standing_mp
        model.evaluate()
        self.compare([])

    def command(self, name, by, effect, money_in_mp=0, **arguments):
        """Send a Command; effect() is what the model makes of it, None where it may not."""
        if money_in_mp is None:
            money_in_mp = 0
        stand, model = self.stand, self.model
        before = stand.state()
        try:
            if effect is None:
                raise Refused
            effect()
            accepted = True
        except Refused:
            accepted = False
        by_user = by == commands.USER_INTERFACE
        if accepted:
            stand.execute(name, by, **arguments)
            self.money_in_mp += money_in_mp
            model.evaluate(by_activation=name == "Activate Emergency Credit")
            outcome = 0x8161 if by_user else 0x8154
        else:
            with pytest.raises(CommandRefused):
                stand.execute(name, by, **arguments)
            assert stand.state() == before
            outcome = 0x8162 if by_user else 0x8155
            if effect is None:
                outcome = NO_AUTHORITY
        self.compare([outcome])

    def compare(self, outcome):
        data, model = self.stand.data, self.model
        assert data.meter_balance_mp == model.M
        assert data.accumulated_debt_mp == model.A
        assert data.emergency_credit_used_mp == model.U
        assert data.emergency_credit_balance_mp == model.E
        assert bool(data.emergency_credit_activated) == model.act
        assert data.supply_state == STATES[model.S]
        assert bool(data.supply_inhibits & 1) == ("credit" in model.H)
        assert bool(data.supply_inhibits & 2) == ("command" in model.H)
        assert self.stand.switch.position == (model.S == ENABLED)
        assert data.credit_status == self.status()
        assert sorted(self.stand.events()) == sorted(model.events + outcome)
        model.events.clear()
        if model.prepayment and model.S != DISABLED:
            assert model.C > model.TD
        assert min(model.U, model.A) >= 0

    def status(self):
        """Credit Status as Smart Energy counts its bits: see the model's words."""
        model = self.model
        if not model.prepayment:
            return 0x01
        low, out = model.low_threshold > model.C, not model.allowed
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
        data = self.stand.data
        left = data.meter_balance_mp - data.accumulated_debt_mp - data.emergency_credit_used_mp
        return left == self.money_in_mp - self.money_out_mp

    def random_step(self):
        rng, model = self.rng, self.model
        by = rng.choice((commands.SUPPLIER, commands.USER_INTERFACE, commands.PPMID))
        supplier = by == commands.SUPPLIER
        amount = rng.choice((1, 500, 5_000, 20_000, 60_000, model.U + model.A or 3))

        def for_supplier(effect):
            return effect if supplier else None

        choice = rng.randrange(16)
        if choice < 5:
            wh = rng.choice((0, 1, 300, 4_000, 9_000, abs(model.M), abs(model.C - model.TD)))
            self.pass_time(wh, 0)
        elif choice < 7:
            self.pass_time(rng.choice((0, 2_000)), rng.choice((1, 1, 3)))
        elif choice < 9:
            v = rng.choice((-(-amount // 1000) * 1000,) * 3 + (0,))
            self.command("Add Credit", by, lambda: model.top_up(v, not supplier), v, value_mp=v)
        elif choice == 9:
            self.command("Activate Emergency Credit", by, model.activate)
        elif choice == 10:
            x = rng.choice((-1, 1)) * amount
            effect = for_supplier(lambda: model.adjust(x))
            self.command("Adjust Meter Balance", by, effect, x, change_mp=x)
        elif choice == 11 and rng.random() < 0.4:
            given = model.U + model.A - model.M
            self.command("Reset Meter Balance", by, for_supplier(model.reset), given)
        elif choice == 12:
            mode, sde = rng.choice((0, 1, 1, 1)), rng.random() < 0.5
            effect = for_supplier(lambda: model.set_mode(mode == 1, sde))
            self.command(
                "Set Payment Mode",
                by,
                effect,
                mode=mode,
                suspend_debt_disabled=False,
                suspend_debt_emergency=sde,
            )
        elif choice == 13:
            self.command("Disable Supply", by, for_supplier(model.disable))
        elif choice == 14:
            self.command("Arm Supply", by, for_supplier(model.arm))
        else:
            self.command("Enable Supply", by, lambda: model.enable(supplier))


@pytest.mark.parametrize("seed", range(PREPAYMENT_SEQUENCES))
def test_random_sequences(seed):
    rng = random.Random(seed)
    pair = Pair(rng)
    if rng.random() < 0.8:
        sde = rng.random() < 0.5
        pair.command(
            "Set Payment Mode",
            commands.SUPPLIER,
            lambda: pair.model.set_mode(True, sde),
            mode=1,
            suspend_debt_disabled=False,
            suspend_debt_emergency=sde,
        )
    for number in range(PREPAYMENT_STEPS):
        pair.random_step()
        assert pair.conserved(), number
        if rng.random() < 0.1:
            pair.stand.esme.commit()
            pair.stand.power_on(2)
            assert pair.stand.events() == [0x8F57, 0x8F35]
            pair.compare([])

"""The prepayment reference model of the requirements' Annex E, in whole millipence.

What is charged, in which order a top-up is used, when the Supply is Disabled, Armed and Enabled.
It knows nothing of the firmware. `events` takes the GBCS codes of what happens.
"""

DISABLED, ENABLED, ARMED = "Disabled", "Enabled", "Armed"
WEEK_S = 604_800
# GBCS table 16.2.
LOW, AVAILABLE, ACTIVATED, EXHAUSTED = 0x810D, 0x8119, 0x81AB, 0x81AA
CREDIT_ADDED, ABOVE_CREDIT, ABOVE_BALANCE = 0x810E, 0x8F5B, 0x8F47
RECOVERED = {"D1": 0x81A7, "D2": 0x81A8, "P": 0x81A9}
BELOW, SUSPENDED = 0x8F0F, 0x8F83
ARMED_EVENT, ARMED_BY_EMERGENCY = 0x8F32, 0x8168
TRIPPED, RESTORED = 0x8F33, 0x8F34


class Refused(Exception):
    """The model refuses a Command."""


class Model:
    """M balance, U used Emergency Credit, A, D1, D2, P debts, S Supply State, H its inhibits."""

    def __init__(self, limit=0, threshold=0, disablement=0, low=0, gas=False):
        self.M = self.U = self.A = self.D1 = self.D2 = self.P = 0
        self.Lc, self.TE, self.TD, self.low_threshold = limit, threshold, disablement, low
        self.L = limit
        self.act = self.SDE = self.SDD = self.nd = False
        self.percentage = self.cap = 0
        self.recoveries = []
        self.S, self.H = ENABLED, set()
        self.prepayment = False
        self.gas = gas
        # What a gas customer owes in Credit Mode is a store of its own.
        self.due = 0
        self.max_credit = self.max_balance = 2**31 - 1
        self.was_low = self.was_offered = self.was_suspended = False
        self.events = []

    @property
    def E(self):  # noqa: N802
        return (self.L if self.act or self.U else self.Lc) - self.U

    @property
    def C(self):  # noqa: N802
        return self.M + self.E if self.act else self.M

    @property
    def offered(self):
        return not self.act and not self.U and self.Lc > 0 and self.M < self.TE

    @property
    def allowed(self):
        return not self.prepayment or self.C > self.TD or self.nd

    def charge(self, kind, x):
        """kind: energy, standing, D1 or D2."""
        if not self.prepayment:
            if kind in ("D1", "D2"):
                return
            if self.gas:
                self.due += x
            else:
                self.M -= x
            return
        if kind in ("D1", "D2"):
            if self.SDD and "credit" in self.H:
                return
            x = min(x, getattr(self, kind))
            setattr(self, kind, getattr(self, kind) - x)
            if x and not getattr(self, kind):
                self.events.append(RECOVERED[kind])
        if not (self.act and self.E > 0):
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
        out = self.prepayment and self.C <= self.TD
        if not self.nd:
            self.was_suspended = False
        if out and "credit" not in self.H:
            if self.nd:
                self.events += [SUSPENDED] * (not self.was_suspended)
                self.was_suspended = True
                return
            self.H.add("credit")
            self.S = DISABLED
            self.events.append(BELOW)
        elif not out and "credit" in self.H:
            self.H.remove("credit")
            if not self.H - {"load"} and self.S == DISABLED:
                self.S = ARMED
                self.events.append(ARMED_BY_EMERGENCY if by_activation else ARMED_EVENT)

    def _act_rule(self):
        if self.prepayment and self.act and self.U == 0 and self.M >= self.TE:
            self.act = False

    def activate(self):
        if self.act and self.prepayment:
            return
        if not self.prepayment or not self.offered:
            raise Refused
        self.act, self.L = True, self.Lc
        self.events.append(ACTIVATED)

    def recovered(self, now_s):
        return sum(r for at_s, r in self.recoveries if now_s - at_s < WEEK_S)

    def recovery_of(self, v, now_s):
        left = self.cap - self.recovered(now_s)
        return max(0, min(v * self.percentage // 10_000, self.P, left))

    def top_up(self, v, now_s, locally=True):
        if not self.prepayment:
            raise Refused
        if not 0 < v <= self.max_credit:
            self.events += [ABOVE_CREDIT] * (v > 0)
            raise Refused
        r = self.recovery_of(v, now_s)
        a = min(v - r, self.A)
        u = min(v - r - a, self.U)
        if self.M + v - r - a - u > self.max_balance:
            self.events.append(ABOVE_BALANCE)
            raise Refused
        self.P -= r
        if r:
            self.recoveries.append((now_s, r))
            self.events += [RECOVERED["P"]] * (self.P == 0)
        self.A -= a
        if not self.act and u == self.U:
            self.L = self.Lc
        self.U -= u
        self.M += v - r - a - u
        self.events += [CREDIT_ADDED] * locally
        self._act_rule()

    def debt_to_clear(self, now_s):
        wanted = self.A + self.U + max(0, self.TD - self.M)
        v = wanted
        while v - self.recovery_of(v, now_s) < wanted:
            v += 1
        return v

    def adjust_debt(self, changes):
        for name, x in changes.items():
            setattr(self, name, max(0, getattr(self, name) + x))

    def adjust(self, x):
        self.M += x
        self._act_rule()

    def reset(self):
        self.M = self.A = self.U = 0
        self.act = False

    def set_mode(self, prepayment, sdd, sde):
        self.prepayment, self.SDD, self.SDE = prepayment, sdd, sde

    def disable(self):
        self.H.discard("load")
        self.H.add("command")
        self.S = DISABLED

    def lock(self):
        self.H.discard("load")
        self.H.add("lock")
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

    def trip(self):
        if self.S == ENABLED:
            self.S = ARMED
            self.H.add("load")
            self.events.append(TRIPPED)

    def timer_ends(self):
        if self.S == ARMED and {"load"} == self.H:
            self.H.clear()
            self.S = ENABLED
            self.events.append(RESTORED)

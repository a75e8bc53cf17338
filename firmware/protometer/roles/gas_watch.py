"""What a display knows of the gas meter: read from the hub's mirror (SMETS2 6.4.2, 7.5.1).

Loaded on networks that were joined: there the hub has a Gas Proxy Function.
"""

from micropython import const

from ..han.aps_frame import MIRROR_ENDPOINT
from ..han.attributes import AttributeClient
from ..han.network import COORDINATOR
from ..model.dictionary import Data

_PRICE = const(0x0700)
_METERING = const(0x0702)
_PREPAYMENT = const(0x0705)
# An answer to each fits into one frame. The first has the time at which the meter was read.
_QUESTIONS = (
    (_METERING, (0x0000, 0x0007, 0x0014, 0x0A00)),
    (_METERING, (0x0C01, 0x0C30, 0x0C40)),
    (_PREPAYMENT, (0x0000, 0x0001, 0x0002, 0x0003, 0x0005)),
    (_PREPAYMENT, (0x0010, 0x0031, 0x051C, 0x0530, 0x0540)),
    (_PRICE, (0x0616,)),
)
# Shown as not known until the meter has told them; Credit Status, never 0, tells of its row.
_UNTOLD = (
    "cost_today_mp",
    "cost_this_week_mp",
    "cost_this_month_mp",
    "energy_today_wh",
    "energy_this_week_wh",
    "energy_this_month_wh",
    "credit_mode_balance_mp",
    "emergency_credit_limit_mp",
    "supply_state",
)
# The mirror is renewed every half-hour; what was not answered is asked for again sooner.
_PERIOD_S = const(600)
_AGAIN_S = const(60)


class GasWatch:
    """Asks by a display's Stack; `data`, the gas meter's, says itself when that was read."""

    def __init__(self, stack):
        self._stack = stack
        self.data = Data("M")
        for name in _UNTOLD:
            setattr(self.data, name, None)
        self._due_s = 0
        self._unanswered = 0
        # What the mirror hides from a new tenant is to go from here too (IHD-INF-14).
        stack.clients[MIRROR_ENDPOINT] = AttributeClient("M", self.data, True)

    def step(self, now_s):
        """Ask if it is time to; return the second of the next question."""
        if now_s >= self._due_s or self._due_s - now_s > _PERIOD_S:
            self._due_s = now_s + _AGAIN_S
            self._unanswered = len(_QUESTIONS)
            for cluster, identifiers in _QUESTIONS:
                self._stack.read(COORDINATOR, cluster, identifiers, MIRROR_ENDPOINT)
        return self._due_s

    def ask_soon(self):
        """Ask again, as after a Command that changed something."""
        self._due_s = 0

    def answered(self, now_s):
        """Hear that the mirror answered a question."""
        self._unanswered -= 1
        if self._unanswered == 0:
            self._due_s = now_s + _PERIOD_S

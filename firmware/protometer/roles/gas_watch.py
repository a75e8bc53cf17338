"""What a display knows of the gas meter: read from the hub's mirror (SMETS2 6.4.2, 7.5.1).

Loaded on networks that were joined: there the hub has a Gas Proxy Function.
"""

from micropython import const

from ..han.aps_frame import MIRROR_ENDPOINT
from ..han.attributes import AttributeClient
from ..han.network import COORDINATOR
from ..model.dictionary import Data

_METERING = const(0x0702)
_PREPAYMENT = const(0x0705)
_QUESTIONS = (
    (_METERING, (0x0000, 0x0014)),
    (_PREPAYMENT, (0x0000, 0x0001, 0x0002, 0x0003, 0x0005)),
    (_PREPAYMENT, (0x0010, 0x0031)),
)
# The mirror is renewed every half-hour; what was not answered is asked for again sooner.
_PERIOD_S = const(600)
_AGAIN_S = const(60)


class GasWatch:
    """Asks by a display's Stack; `data` is the gas meter's, `heard_s` when it was told last."""

    def __init__(self, stack):
        self._stack = stack
        self.data = Data("M")
        self.heard_s = None
        self._due_s = 0
        stack.clients[MIRROR_ENDPOINT] = AttributeClient("M", self.data)

    def step(self, now_s):
        """Ask if it is time to; return the second of the next question."""
        if now_s >= self._due_s or self._due_s - now_s > _PERIOD_S:
            self._due_s = now_s + _AGAIN_S
            for cluster, identifiers in _QUESTIONS:
                self._stack.read(COORDINATOR, cluster, identifiers, MIRROR_ENDPOINT)
        return self._due_s

    def ask_soon(self):
        """Ask for everything again, as after a Command that changed it."""
        self._due_s = 0

    def answered(self, now_s):
        """Hear that the mirror answered."""
        self.heard_s = now_s
        self._due_s = now_s + _PERIOD_S

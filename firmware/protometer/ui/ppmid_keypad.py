"""The two keys of a prepayment interface (PPMID-CMD-02): as a meter's, with two fuels' Commands.

On a page of credit key B begins what is possible there, or has one of several be chosen. What is
sent is told as sent, and what became of it when that is known, be it half an hour later.
"""

from micropython import const

from .ihd_screen import CREDIT, GAS_CREDIT
from .keypad import (
    BROWSING,
    DONE,
    FLOW,
    HOLD_A,
    HOLD_B,
    IDLE,
    KEY_A,
    KEY_B,
    REFUSED,
    TELLING,
    Keypad,
)
from .meter_actions import find

# A state and inputs beside those of Keypad.
CHOOSING = const(5)
CHOICE_WANTED = const(13)
OUTCOME = const(14)

_FLOW = (
    (BROWSING, CHOICE_WANTED, "_begin_choice", CHOOSING),
    (CHOOSING, KEY_A, "_next_offer", CHOOSING),
    (CHOOSING, KEY_B, "_take_offer", BROWSING),
    (CHOOSING, HOLD_A, "_stay", BROWSING),
    (CHOOSING, HOLD_B, "_take_offer", BROWSING),
    (CHOOSING, IDLE, "_rest", BROWSING),
    (BROWSING, OUTCOME, "_tell", TELLING),
    (TELLING, OUTCOME, "_tell", TELLING),
)
_WAITING = "Sent, waiting for the meter"
_GONE = "Not possible any more"
# What the meter says and what the keys do take turns of so long.
TURN_S = const(5)


class _NoPin:
    """Stands for a Privacy PIN: what is shown here is for whoever stands before it."""

    def is_open(self, now_s):
        return True

    def wait_s(self, now_s):
        return 0

    def key(self, now_s):
        """Note nothing."""

    def close(self):
        """End nothing."""


class PpmidKeypad(Keypad):
    """Keypad on the pages of an IhdScreen; fuels: PpmidFuel by the number of its page of credit.

    `offers`: the actions there are to choose from, `choice` the one that is pointed at; `fuel`:
    the PpmidFuel that they are of.
    """

    flow = FLOW + _FLOW
    told_for_s = 20

    def __init__(self, pages, view, fuels, now_s):
        super().__init__(pages, view, _NoPin(), self._send, now_s)
        self._fuels = fuels
        self.fuel = None
        self.offers = ()

    def press(self, key, now_s):
        """Take a key; not one that comes with an outcome, which nobody has read yet."""
        if not self._tells_outcome(now_s):
            super().press(key, now_s)

    def tick(self, now_s):
        """Let time pass, once a second; return whether the picture changed by that."""
        changed = super().tick(now_s)
        return self._tells_outcome(now_s) or changed

    def line(self, now_s):
        """Return what stands at the bottom of a page, by turns with what its meter says; or None.

        What is known of a Command that was sent, or what key B begins.
        """
        fuel = self._fuels.get(self.page)
        if fuel is None or now_s // TURN_S % 2:
            return None
        line = fuel.line(now_s)
        if line:
            return line
        offers = fuel.offers()
        if len(offers) > 1:
            return "B: choose what to do"
        return "B: " + offers[0] if offers else None

    def _tells_outcome(self, now_s):
        """Begin to tell an outcome, if there is one and nothing is being typed or read."""
        if self.state != BROWSING and not (self.state == TELLING and self.told == _WAITING):
            return False
        # Not as a dictionary has them: that is another order on another runtime.
        for page in (CREDIT, GAS_CREDIT):
            fuel = self._fuels.get(page)
            told = fuel and fuel.outcome(now_s)
            if told:
                self.told, self._key_s = told, now_s
                self._take(OUTCOME, now_s)
                return True
        return False

    def _send(self, command, values, now_s):
        self.fuel.send(command, values, now_s)

    def _why_not(self, refusal):
        return "Not sent: " + str(refusal).split(": ")[-1]

    # The steps that are others, or not there, at a meter.

    def _rest(self, now_s):
        self._next_page(now_s)

    def _next_page(self, now_s):
        self.page = self._pages.after(self.page)

    def _choose(self, now_s):
        fuel = self._fuels.get(self.page)
        self.offers = fuel.offers() if fuel else ()
        self.fuel, self.choice = fuel, 0
        if len(self.offers) > 1:
            return CHOICE_WANTED
        return self._take_offer(now_s) if self.offers else None

    def _begin_choice(self, now_s):
        self.entry = None

    def _next_offer(self, now_s):
        self.choice = (self.choice + 1) % len(self.offers)

    def _take_offer(self, now_s):
        name = self.offers[self.choice]
        if name not in self.fuel.offers():
            self.told = _GONE
            return REFUSED
        return self._begin(find(name), now_s)

    def _carry_out(self, now_s):
        given = super()._carry_out(now_s)
        if given == DONE:
            self.told = _WAITING
        return given

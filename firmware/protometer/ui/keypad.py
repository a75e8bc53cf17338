"""Two keys, and what becomes of them (SMETS2 5.6.2, 4.5.2): a meter's; PpmidKeypad adds to them.

Key A steps, key B confirms; a long press of B accepts what was typed or asked, a long press of A
goes back. FLOW is the whole of it. A step may give the flow another input, which is then taken in
the state that FLOW named for the first.
"""

from micropython import const

from ..model.command import CommandRefused
from .digit_entry import DigitEntry
from .meter_actions import find
from .meter_notices import prompted_action

# States.
BROWSING = const(0)
TYPING = const(1)
ASKING = const(2)
TELLING = const(3)
ASLEEP = const(4)

# Inputs: the keys, the time, and what steps find.
KEY_A = const(0)
KEY_B = const(1)
HOLD_A = const(2)
HOLD_B = const(3)
IDLE = const(4)
DIGITS_WANTED = const(5)
ANSWER_WANTED = const(6)
NOTHING_WANTED = const(7)
LEFT = const(8)
UNLOCKED = const(9)
DONE = const(10)
REFUSED = const(11)
DARK = const(12)

# State, input, step, next state. What isn't here does nothing.
FLOW = (
    (BROWSING, KEY_A, "_next_page", BROWSING),
    (BROWSING, KEY_B, "_choose", BROWSING),
    (BROWSING, HOLD_A, "_go_home", BROWSING),
    (BROWSING, HOLD_B, "_choose", BROWSING),
    (BROWSING, DIGITS_WANTED, "_begin_digits", TYPING),
    (BROWSING, ANSWER_WANTED, "_begin_question", ASKING),
    (BROWSING, NOTHING_WANTED, "_carry_out", BROWSING),
    (BROWSING, DONE, "_tell", TELLING),
    (BROWSING, REFUSED, "_tell", TELLING),
    (BROWSING, IDLE, "_rest", BROWSING),
    (BROWSING, DARK, "_stay", ASLEEP),
    (ASLEEP, KEY_A, "_go_home", BROWSING),
    (ASLEEP, KEY_B, "_go_home", BROWSING),
    (ASLEEP, HOLD_A, "_go_home", BROWSING),
    (ASLEEP, HOLD_B, "_go_home", BROWSING),
    (TYPING, KEY_A, "_turn_digit", TYPING),
    (TYPING, KEY_B, "_next_place", TYPING),
    (TYPING, HOLD_A, "_previous_place", TYPING),
    (TYPING, HOLD_B, "_accept_digits", TYPING),
    (TYPING, UNLOCKED, "_go_on", BROWSING),
    (TYPING, DONE, "_tell", TELLING),
    (TYPING, REFUSED, "_tell", TELLING),
    (TYPING, LEFT, "_stay", BROWSING),
    (TYPING, IDLE, "_rest", BROWSING),
    (ASKING, KEY_A, "_next_choice", ASKING),
    (ASKING, HOLD_A, "_stay", BROWSING),
    (ASKING, HOLD_B, "_carry_out", ASKING),
    (ASKING, DONE, "_tell", TELLING),
    (ASKING, REFUSED, "_tell", TELLING),
    (ASKING, LEFT, "_stay", BROWSING),
    (ASKING, IDLE, "_rest", BROWSING),
    (TELLING, KEY_A, "_stay", BROWSING),
    (TELLING, KEY_B, "_stay", BROWSING),
    (TELLING, HOLD_A, "_stay", BROWSING),
    (TELLING, HOLD_B, "_stay", BROWSING),
    (TELLING, IDLE, "_stay", BROWSING),
)

# Without a key the default page comes back, and what was told goes.
_IDLE_S = const(30)
_TOLD_S = const(5)
LINES = const(4)
# With large figures among them.
_LINES_WITH_LARGE = const(3)
_OPEN = "open"


class Keypad:
    """Follows the keys through pages, digits, questions and results.

    pages: MeterPages; view: MeterView; pin: PrivacyPin; execute(name, arguments, now_s): gives
    the meter a SMETS2 Command of the user, raises CommandRefused. sleeps: the display goes dark
    where no key is pressed, as a battery wants it.
    """

    flow = FLOW
    told_for_s = _TOLD_S

    def __init__(self, pages, view, pin, execute, now_s, sleeps=False):
        self._pages = pages
        self._view = view
        self._pin = pin
        self._execute = execute
        self._sleeps = sleeps
        self.state = BROWSING
        self.page = 0
        self.first_line = 0
        self.action = None
        self.entry = None
        self.choice = 0
        self.told = ""
        self._key_s = now_s

    def press(self, key, now_s):
        """Take a key: KEY_A, KEY_B, HOLD_A or HOLD_B."""
        self.tick(now_s)
        self._pin.key(now_s)
        self._key_s = now_s
        self._take(key, now_s)

    def tick(self, now_s):
        """Let time pass, once a second; return whether the picture changed by that."""
        self._view.now_s = now_s
        limit_s = self.told_for_s if self.state == TELLING else _IDLE_S
        if 0 <= now_s - self._key_s < limit_s:
            return False
        if self.state != TELLING:
            self._key_s = now_s
        before = self.state, self.page, self.first_line
        self._take(IDLE, now_s)
        return before != (self.state, self.page, self.first_line)

    def is_open(self, now_s):
        """Tell whether [PIN] items may be shown."""
        return self._pin.is_open(now_s)

    def lines(self):
        """Return the lines of the page; of the default one, if what the page was for has gone."""
        lines = self._pages.lines(self.page, self._view)
        if not lines:
            self._go_home(self._view.now_s)
            lines = self._pages.lines(self.page, self._view)
        return lines

    def page_action(self, now_s, lines):
        """Return the action that key B begins on a page of these lines, or None.

        What is hidden wants the PIN first, what is longer than the panel is scrolled first.
        """
        locked = not self._pin.is_open(now_s)
        name = lines[0].action
        if name == "prompt":
            name = prompted_action(self._view)
        action = find(name) if name else None
        if locked and (action.needs_pin if action else _any_private(lines)):
            return find(_OPEN)
        return action

    def scrolls(self, lines, action):
        """Tell whether key B shows more lines: there are some below, and they aren't hidden."""
        if action and action.name == _OPEN:
            return False
        return self.first_line + _room(lines) < _count(lines, self._view)

    def question(self):
        """Return the question asked, its choice filled in."""
        text = self.action.question
        return text % self.action.choices[self.choice] if self.action.choices else text

    def _take(self, given, now_s):
        while given is not None:
            for state, key, step, after in self.flow:
                if state == self.state and key == given:
                    self.state = after
                    given = getattr(self, step)(now_s)
                    break
            else:
                return

    def _why_not(self, refusal):
        return self.action.refused(refusal)

    # The steps. Each returns what the flow is to take next, or None.

    def _stay(self, now_s):
        pass

    def _rest(self, now_s):
        self._go_home(now_s)
        self._pin.close()
        return DARK if self._sleeps else None

    def _go_home(self, now_s):
        self.page = 0
        self.first_line = 0

    def _next_page(self, now_s):
        self.page = self._pages.after(self.page, self._view)
        self.first_line = 0

    def _choose(self, now_s):
        lines = self.lines()
        action = self.page_action(now_s, lines)
        if self.scrolls(lines, action):
            self.first_line += _room(lines)
            return None
        if action is None:
            self.first_line = 0
            return None
        return self._begin(action, now_s)

    def _begin(self, action, now_s):
        self.action = action
        self.choice = 0
        wait_s = self._pin.wait_s(now_s) if action.name == _OPEN else 0
        if wait_s:
            self.told = "Wait %d s" % wait_s
            return REFUSED
        if action.digits:
            return DIGITS_WANTED
        return ANSWER_WANTED if action.question else NOTHING_WANTED

    def _begin_digits(self, now_s):
        self.entry = DigitEntry(self.action.digits)

    def _begin_question(self, now_s):
        self.entry = None

    def _turn_digit(self, now_s):
        self.entry.turn()

    def _next_place(self, now_s):
        self.entry.forward()

    def _previous_place(self, now_s):
        return None if self.entry.back() else LEFT

    def _next_choice(self, now_s):
        self.choice += 1
        return LEFT if self.choice >= len(self.action.choices) else None

    def _accept_digits(self, now_s):
        if self.entry.is_complete():
            return self._carry_out(now_s)
        return None

    def _carry_out(self, now_s):
        action = self.action
        arguments = {}
        if action.digits:
            arguments[action.argument] = self.entry.digits()
        elif action.choices:
            arguments[action.argument] = action.choices[self.choice]
        try:
            self._execute(action.command, arguments, now_s)
        except CommandRefused as refusal:
            self.told = self._why_not(refusal)
            return REFUSED
        self.told = action.done
        return DONE if action.done else UNLOCKED

    def _go_on(self, now_s):
        """Go on after the PIN: to what it was wanted for, or to what it shows."""
        action = self.page_action(now_s, self.lines())
        return self._begin(action, now_s) if action else None

    def _tell(self, now_s):
        self.entry = None


def _any_private(lines):
    return any(line.is_private for line in lines)


def _room(lines):
    """Return how many lines of a page the panel takes."""
    return _LINES_WITH_LARGE if lines[0].is_large else LINES


def _count(lines, view):
    return sum([line.count(view) for line in lines])

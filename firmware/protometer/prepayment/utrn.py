"""UTRN: the 20 digits that carry one top-up (SMETS2 4.5.2.2, 5.6.2.2; rows GSME-UTRN).

A UTRN is a number of 19 digits and its check digit. The number is a fixed base plus a token of
64 bits, from the top: 7 zeros, 10 bits of the Supplier's counter, 2 of the value's class, 13 of
its value, 32 of an authentication code.
"""

from micropython import const

from ..model import events
from ..model.command import CommandRefused

_DIGITS = const(20)
_BASE = 7394156990786306048
_TOKEN_BITS = const(57)
# Within the token's upper 32 bits.
_COUNTER_AT = const(15)
_CLASS_AT = const(13)
_VALUE_MASK = const(0x1FFF)
# Millipence of a unit of each class: pence, pounds. The other two classes are not defined.
_UNITS_MP = (1_000, 100_000)

# The check digit is Verhoeff's with another start and another last step: a permutation applied
# once more at each place, beginning with the fourth power, and a table of its own at the end.
_FIRST_POWER = const(4)
_POWERS = const(8)
_PERMUTATION = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)
_LAST_STEP = (1, 2, 6, 7, 5, 8, 3, 0, 9, 4)

# The counter that a token carries is cut to this many values.
_COUNTER_VALUES = const(1024)
_HALF = const(512)
_MOST_COUNTER = 0xFFFF_FFFF

# Manual entry is suspended for an hour when so many codes failed within ten minutes.
MOST_FAILURES = const(5)
_FAILURES_WITHIN_S = const(600)
_SUSPENDED_S = const(3600)


class UtrnError(CommandRefused):
    """A UTRN is refused; `reason` is the code of the event that says why, 0 if there is none."""

    def __init__(self, message, reason=0):
        super().__init__("Add Credit: " + message)
        self.reason = reason


class Utrn:
    """What a UTRN says, not yet authenticated.

    counter_bits: the low 10 bits of the Supplier's UTRN counter; value_class: 0 pence, 1 pounds;
    value_mp: in millipence; high, low: the token's two halves of 32 bits, low the authentication
    code.
    """

    def __init__(self, number):
        token = number - _BASE
        if token < 0 or token >> _TOKEN_BITS:
            raise UtrnError("not a UTRN of a GB meter", events.UTRN_NOT_FOR_DEVICE)
        self.high = token >> 32
        self.low = token & 0xFFFF_FFFF
        self.counter_bits = self.high >> _COUNTER_AT
        self.value_class = self.high >> _CLASS_AT & 3
        if self.value_class >= len(_UNITS_MP):
            raise UtrnError("value class %d" % self.value_class, events.UTRN_NOT_FOR_DEVICE)
        self.value_mp = (self.high & _VALUE_MASK) * _UNITS_MP[self.value_class]


def check_digit(digits):
    """Return the check digit, 0 to 9, that belongs behind a text of digits."""
    state = 0
    power = _FIRST_POWER
    for digit in digits:
        value = int(digit)
        for _ in range(power):
            value = _PERMUTATION[value]
        state = _dihedral(state, value)
        power = (power + 1) % _POWERS
    return _LAST_STEP[state]


def decode(text):
    """Return the Utrn of 20 digits, or raise UtrnError."""
    return Utrn(_number(text))


def recover_counter(counter_bits, largest):
    """Return the whole UTRN counter, 32 bits, that ends in counter_bits (GSME-UTRN-05).

    It is the one next to `largest`, the largest counter known; never below zero or above 32 bits.
    """
    place = largest % _COUNTER_VALUES
    counter = largest - place + counter_bits
    if counter_bits < place - _HALF and counter + _COUNTER_VALUES <= _MOST_COUNTER:
        return counter + _COUNTER_VALUES
    if counter_bits > place + _HALF and counter >= _COUNTER_VALUES:
        return counter - _COUNTER_VALUES
    return counter


class UtrnEntry:
    """Checks the UTRNs that arrive at one meter, by keypad or over the HAN.

    authentic(counter, high, low) tells whether a token's authentication code, `low`, belongs to
    its counter and its other half; None: no code is authentic, as no Supplier's key is known.
    """

    def __init__(self, data, outbox, authentic=None):
        self._data = data
        self._outbox = outbox
        self._authentic = authentic

    def accept(self, now_s, text, manual):
        """Return (value_mp, counter) of a UTRN that may be credited; the counter is not used up.

        manual: it was typed in at the meter, so that failures count towards the suspension of
        manual entry. Raises UtrnError; the checks come in the order of GSME-UTRN-08.
        """
        try:
            return self._checked(text, manual, now_s)
        except UtrnError as refusal:
            if refusal.reason:
                self._outbox.post(refusal.reason, now_s)
            # While suspended a failure neither counts nor prolongs.
            if manual and not self.is_suspended(now_s):
                self._count_failure(now_s)
            raise

    def use(self, counter):
        """Remember a counter whose credit was accepted: it is good once (GSME-UTRN-06)."""
        cache = self._data.utrn_counter_cache
        oldest = 0
        for index in range(1, len(cache)):
            if cache[index] < cache[oldest]:
                oldest = index
        cache[oldest] = counter

    def is_suspended(self, now_s):
        """Tell whether manual entry is suspended."""
        return 0 < self._data.utrn_entry_suspended_s - now_s <= _SUSPENDED_S

    def replace_key(self, authentic, floor):
        """Take another Supplier's key: its counters begin at `floor`, lower ones are refused."""
        self._authentic = authentic
        cache = self._data.utrn_counter_cache
        for index in range(len(cache)):
            cache[index] = 0
        self._data.utrn_counter_floor = floor

    def _checked(self, text, manual, now_s):
        number = _number(text)
        if manual and self.is_suspended(now_s):
            raise UtrnError("manual entry is suspended", events.UTRN_LOCKED_OUT)
        utrn = Utrn(number)
        counter = self._fresh_counter(utrn)
        if not self._authentic or not self._authentic(counter, utrn.high, utrn.low):
            raise UtrnError("the code is not authentic", events.UTRN_NOT_AUTHENTIC)
        return utrn.value_mp, counter

    def _fresh_counter(self, utrn):
        cache, floor = self._data.utrn_counter_cache, self._data.utrn_counter_floor
        oldest, largest = _MOST_COUNTER, floor
        for used in cache:
            oldest = min(oldest, used)
            largest = max(largest, used)
        counter = recover_counter(utrn.counter_bits, largest)
        # MicroPython looks for nothing `in` an array.
        if counter <= oldest or counter < floor or counter in list(cache):
            raise UtrnError("the code was used or is too old", events.UTRN_DUPLICATE)
        return counter

    def _count_failure(self, now_s):
        failures_s = self._data.utrn_entry_failures_s
        for index in range(MOST_FAILURES - 1):
            failures_s[index] = failures_s[index + 1]
        failures_s[MOST_FAILURES - 1] = now_s
        if not failures_s[0] or not 0 <= now_s - failures_s[0] <= _FAILURES_WITHIN_S:
            return
        for index in range(MOST_FAILURES):
            failures_s[index] = 0
        self._data.utrn_entry_suspended_s = now_s + _SUSPENDED_S
        self._outbox.post(events.MANUAL_ENTRY_SUSPENDED, now_s)


def _number(text):
    """Return the 19 digits before the check digit as a number, or raise UtrnError."""
    if len(text) != _DIGITS:
        raise UtrnError("%d digits, a UTRN has 20" % len(text))
    for digit in text:
        if digit not in "0123456789":
            raise UtrnError("a UTRN has digits only")
    if check_digit(text[:-1]) != int(text[-1]):
        raise UtrnError("the check digit is wrong")
    return int(text[:-1])


def _dihedral(left, right):
    """Return the product in the symmetries of a pentagon: 0-4 rotations, 5-9 reflections."""
    if left < 5:
        return (left + right) % 5 + (5 if right >= 5 else 0)
    return (left - right) % 5 + (0 if right >= 5 else 5)

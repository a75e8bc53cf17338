"""The Privacy PIN: who may see [PIN] items and give [PIN] Commands at the meter itself.

(SMETS2 5.5.5, 5.7.3, 4.4.4, 4.6.3.) Four digits that the Consumer sets and nobody else knows; with
none set nothing is hidden. A right PIN opens a session, which lasts while keys are pressed.
"""

from micropython import const

from ..model.command import SUPPLIER, CommandRefused

PIN_DIGITS = const(4)
# A session ends so long after the last key.
SESSION_S = const(30)
# After each three wrong PINs none is taken for so long (GSME-DST-06).
_WRONG_IN_A_ROW = const(3)
_WAIT_S = const(5)


class PinError(CommandRefused):
    """A PIN is wrong or malformed, or needed and not given."""


class PrivacyPin:
    """Holds the item Privacy PIN, and the session of the person at the meter."""

    def __init__(self, data):
        self._data = data
        self._open = False
        self._key_s = 0
        self._wrong = 0
        self._wait_from_s = None

    def is_protected(self):
        """Tell whether a PIN is set."""
        return bool(self._data.privacy_pin)

    def is_open(self, now_s):
        """Tell whether [PIN] items may be shown and [PIN] Commands given."""
        if not self.is_protected():
            return True
        if self._open and not 0 <= now_s - self._key_s < SESSION_S:
            self._open = False
        return self._open

    def key(self, now_s):
        """Note a key press: an open session goes on from here."""
        if self.is_open(now_s):
            self._key_s = now_s

    def close(self):
        """End the session."""
        self._open = False

    def wait_s(self, now_s):
        """Return the seconds until another PIN is taken, 0 if one is now."""
        if self._wait_from_s is None or not 0 <= now_s - self._wait_from_s < _WAIT_S:
            return 0
        return _WAIT_S - (now_s - self._wait_from_s)

    def allow_access(self, now_s, pin):
        """Allow Access to User Interface (SMETS2 5.6.2.3, 4.5.2.3): open a session."""
        if self.wait_s(now_s):
            raise PinError("Allow Access: too soon after three wrong PINs")
        if pin != self._data.privacy_pin:
            self._wrong += 1
            if self._wrong % _WRONG_IN_A_ROW == 0:
                self._wait_from_s = now_s
            raise PinError("Allow Access: wrong PIN")
        self._wrong = 0
        self._open = True
        self._key_s = now_s

    def set_pin(self, now_s, pin):
        """Set Privacy PIN (SMETS2 5.6.2.6, 4.5.2.9): 4 digits, in place of one that was typed."""
        if not self.is_open(now_s):
            raise PinError("Set Privacy PIN: the PIN is needed")
        if len(pin) != PIN_DIGITS or any(digit not in "0123456789" for digit in pin):
            raise PinError("Set Privacy PIN: takes 4 digits")
        self._data.privacy_pin = pin
        self._open = True
        self._key_s = now_s

    def disable(self, now_s, by):
        """Disable Privacy PIN Protection (SMETS2 5.6.3.10, 5.6.2.4; 4.5.3.9, 4.5.2.5).

        The Supplier needs no PIN, the Consumer must have typed it.
        """
        if not by & SUPPLIER and not self.is_open(now_s):
            raise PinError("Disable Privacy PIN Protection: the PIN is needed")
        self._data.privacy_pin = ""
        self._open = False

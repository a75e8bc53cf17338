"""Digits typed with two keys: one turns the digit, the other goes to the next place."""


class DigitEntry:
    """`places` digits, each beginning as 0; `at` is the place of the cursor."""

    def __init__(self, places):
        self.at = 0
        self._digits = bytearray(b"0" * places)

    def __len__(self):
        return len(self._digits)

    def turn(self):
        """Turn the digit at the cursor, round after 9."""
        self._digits[self.at] = ord("0") + (self._digits[self.at] - ord("0") + 1) % 10

    def forward(self):
        """Go to the next place; the last one is where it ends."""
        self.at = min(self.at + 1, len(self._digits) - 1)

    def back(self):
        """Go back a place; return False at the first."""
        if not self.at:
            return False
        self.at -= 1
        return True

    def is_complete(self):
        """Tell whether the cursor has been at every place."""
        return self.at == len(self._digits) - 1

    def digits(self):
        """Return what was typed so far, the cursor's place included."""
        return self._digits[: self.at + 1].decode()

"""Instructions to HCALCSs, on their way to the HAN (SMETS2 5.21; ALCS-ALC-12).

One for each switch: a later one takes the place of one that was not yet fetched, as it replaces
it at the HCALCS too.
"""

from array import array

from micropython import const

# What a load control event of the HAN may last.
MOST_MINUTES = const(1440)
# An HCALCS that has not said what became of an instruction is asked for it.
_PATIENCE_S = const(30)


class Instructions:
    """What each HCALCS has been told, and what waits to be sent.

    size: how many switches there are. The numbers of the events outlive a power cut, for answers
    may come after it.
    """

    def __init__(self, data, size):
        self._ids = data.hcalcs_command_ids
        self._closed = bytearray(size)
        self._minutes = array("H", bytes(2 * size))
        # When those went that have not been answered; 0 of others.
        self._sent_s = array("I", bytes(4 * size))
        self._waiting = 0

    def put(self, index, closed, minutes, now_s):
        """Have a switch told to be closed or open for some minutes; return the event's number.

        Numbers are the time, as other senders of such events have it, and never used twice.
        """
        number = now_s
        for used in self._ids:
            number = max(number, used + 1)
        self._ids[index] = number
        self._closed[index] = closed
        self._minutes[index] = minutes
        self._waiting |= 1 << index
        self._sent_s[index] = 0
        return number

    def take(self, among=0xFF, now_s=0):
        """Remove and return (switch from 1, closed, minutes, event's number), or None.

        among: the switches that can be told now, a bit each; now_s: since when an answer is
        awaited, 0 where nobody is asked for one.
        """
        for index in range(len(self._closed)):
            bit = 1 << index
            if self._waiting & among & bit:
                self._waiting &= ~bit
                self._sent_s[index] = now_s
                closed = bool(self._closed[index])
                return index + 1, closed, self._minutes[index], self._ids[index]
        return None

    def take_unanswered(self, among, now_s):
        """Return (switch from 1, event's number) of one that an HCALCS is to be asked about, once
        each, or None; among: as take() has it.
        """
        for index in range(len(self._sent_s)):
            sent_s = self._sent_s[index]
            if sent_s and among >> index & 1 and not 0 <= now_s - sent_s < _PATIENCE_S:
                self._sent_s[index] = 0
                return index + 1, self._ids[index]
        return None

    def answered(self, index):
        """Note that the HCALCS of a switch has said what became of its instruction."""
        self._sent_s[index] = 0

    def index_of(self, number):
        """Return the index of the switch whose last instruction had this number, or -1."""
        for index in range(len(self._ids)):
            if number and self._ids[index] == number:
                return index
        return -1

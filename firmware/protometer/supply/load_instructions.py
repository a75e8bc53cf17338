"""Instructions to HCALCSs, on their way to the HAN (SMETS2 5.21; ALCS-ALC-12).

One for each switch: a later one takes the place of one that was not yet fetched, as it replaces
it at the HCALCS too.
"""

from array import array

from micropython import const

# What a load control event of the HAN may last.
MOST_MINUTES = const(1440)


class Instructions:
    """What each HCALCS has been told, and what waits to be sent.

    size: how many switches there are. The numbers of the events outlive a power cut, for answers
    may come after it.
    """

    def __init__(self, data, size):
        self._ids = data.hcalcs_command_ids
        self._closed = bytearray(size)
        self._minutes = array("H", bytes(2 * size))
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
        return number

    def take(self, among=0xFF):
        """Remove and return (switch from 1, closed, minutes, event's number), or None.

        among: the switches that can be told now, a bit each.
        """
        for index in range(len(self._closed)):
            bit = 1 << index
            if self._waiting & among & bit:
                self._waiting &= ~bit
                closed = bool(self._closed[index])
                return index + 1, closed, self._minutes[index], self._ids[index]
        return None

    def index_of(self, number):
        """Return the index of the switch whose last instruction had this number, or -1."""
        for index in range(len(self._ids)):
            if number and self._ids[index] == number:
                return index
        return -1

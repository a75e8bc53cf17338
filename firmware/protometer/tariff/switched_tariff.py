"""What every tariff has: a switching table that says which rate is active, and when to look again.

SMETS2 5.5.8, 5.11.3, 4.4.8. Variants differ in their registers, prices and sizes.
"""

from ..model.switching_table import SwitchingTable
from .pricing import Pricing


class SwitchedTariff:
    """Keeps a rate in step with a switching table.

    table, rate: the data items' attributes. The Randomised Offset delays every switch
    (SMETS2 5.5.11.1): the table is read that many seconds in the past.
    """

    def __init__(self, data, table, rate):
        self._data = data
        self._table_item = table
        self._rate_item = rate
        self._pricing = Pricing(data)
        self._table = SwitchingTable(getattr(data, table))
        self.next_look_s = 0

    def offset_s(self):
        """Return by how much switches are delayed."""
        return 0

    def follow(self, now_s):
        """Make the rate of now_s active; call it at next_look_s and after any change."""
        offset_s = self.offset_s()
        setattr(self._data, self._rate_item, self._table.rate_at(now_s - offset_s))
        self.next_look_s = self._table.next_look_s(now_s - offset_s) + offset_s
        self.show_price()

    def show_price(self):
        """State the active price; each tariff has its own."""
        raise NotImplementedError

    def _use_table(self, packed):
        setattr(self._data, self._table_item, packed)
        self._table = SwitchingTable(packed)


def put(target, values, rest=0):
    """Fill an array with values, and what they leave with rest."""
    for index in range(len(values)):
        target[index] = values[index]
    for index in range(len(values), len(target)):
        target[index] = rest

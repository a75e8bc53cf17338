"""How large a gas meter's Tariff Switching Table may be (SMETS2 4.6.4.30)."""

from micropython import const

from ..model.switching_table import Limits

RATES = const(4)
# GSME-PRC-03: rates change at midnight only.
GAS = Limits(3, 2, 4, 1, 20, RATES)

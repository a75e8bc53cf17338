"""Values of the enumerated data items, as this firmware holds them.

Supply State counts as DLMS does; the ZCL's other order is a matter of han/attributes.tbl.
"""

from micropython import const

# Payment Mode (SMETS2 5.7.4.31).
CREDIT_MODE = const(0)
PREPAYMENT_MODE = const(1)

# Currency Units, by ISO 4217 (SMETS2 5.7.4.9).
GBP = const(826)
EUR = const(978)

# Supply Tamper State, Supply Depletion State, Load Limit Supply State (SMETS2 5.7.4.44, 4.6.4.25).
UNCHANGED = const(0)
LOCKED = const(1)

# What is behind an auxiliary load's switch: a switch of the meter or an HCALCS, as its identifier
# tells; a controller of levels; nothing.
SWITCHED = const(0)
PROPORTIONAL = const(1)
NOT_CONNECTED = const(2)

# Types of Devices in the Device Log (SMETS2 9): one may send Commands, the other only read.
TYPE_1 = const(1)
TYPE_2 = const(2)

# Supply State (SMETS2 5.7.5.32).
DISABLED = const(0)
ENABLED = const(1)
ARMED = const(2)

# Why Supply is not Enabled: the bits of Supply Inhibits (ESME-LL-09).
INHIBIT_CREDIT = const(0x01)
INHIBIT_COMMAND = const(0x02)
INHIBIT_LOCK = const(0x04)
INHIBIT_LOAD_LIMIT = const(0x08)

# Power Threshold Status (SMETS2 5.7.5.24).
POWER_LOW = const(0)
POWER_MEDIUM = const(1)
POWER_HIGH = const(2)
POWER_NOT_SET = const(3)

# Clock Status (SMETS2 5.5.1).
CLOCK_INVALID = const(0)
CLOCK_UNRELIABLE = const(1)
CLOCK_RELIABLE = const(2)

# Credit Status, bit by bit as the ZCL Prepayment cluster carries it.
CREDIT_OK = const(0x01)
CREDIT_LOW = const(0x02)
EMERGENCY_ENABLED = const(0x04)
EMERGENCY_AVAILABLE = const(0x08)
EMERGENCY_SELECTED = const(0x10)
EMERGENCY_IN_USE = const(0x20)
CREDIT_EXHAUSTED = const(0x40)

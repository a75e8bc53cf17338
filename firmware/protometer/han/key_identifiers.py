"""Which key seals an APS frame: the link key itself, or one derived from it (05-3474, 4.4.1.1)."""

from micropython import const

LINK_KEY = const(0)
KEY_TRANSPORT = const(2)
KEY_LOAD = const(3)

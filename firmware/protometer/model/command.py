"""SMETS2 Commands as the domain sees them: who asked, and the errors that refuse."""

from micropython import const

# Originators. A keypad press and a remote command reach the domain as the same Command.
SUPPLIER = const(0x01)
USER_INTERFACE = const(0x02)
PPMID = const(0x04)
NETWORK_OPERATOR = const(0x08)
ACCESS_CONTROL_BROKER = const(0x10)
HCALCS = const(0x20)
RECOVERY = const(0x40)
TRANSITIONAL_COS = const(0x80)
WAN_PROVIDER = const(0x100)
LOAD_CONTROLLER = const(0x200)
# As events has them, whose many names a hub or a display need not load for these two.
_NO_AUTHORITY = const(0x8F30)
_BAD_FORMAT = const(0x8F1E)


def is_integer(value):
    """Tell whether a value is an integer and no boolean, alike on every runtime."""
    return type(value) is int


class CommandRefused(ValueError):
    """A Command was refused and nothing has changed; the message says why, in one line.

    `event`: what is logged of it, None for the ordinary event of a Command that was not done.
    """

    event = None


class NoAuthority(CommandRefused):
    """The originator may not send this Command (SMETS2 5.5.2.2)."""

    event = _NO_AUTHORITY


class BadFormat(CommandRefused):
    """There is no such Command, or its arguments are not what it takes."""

    event = _BAD_FORMAT

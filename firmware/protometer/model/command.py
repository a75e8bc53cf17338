"""SMETS2 Commands as the domain sees them: who asked, and the one error that refuses."""

from micropython import const

# Originators. A keypad press and a remote command reach the domain as the same Command.
SUPPLIER = const(0x01)
USER_INTERFACE = const(0x02)
PPMID = const(0x04)


def is_integer(value):
    """Tell whether a value is an integer and no boolean, alike on every runtime."""
    return isinstance(value, int) and not isinstance(value, bool)


class CommandRefused(ValueError):
    """A Command was refused and nothing has changed; the message says why, in one line."""

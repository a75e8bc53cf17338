"""Stands in for MicroPython's `micropython` module on CPython."""


def const(value):
    """Return value: on MicroPython the compiler folds it."""
    return value

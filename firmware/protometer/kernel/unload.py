"""Modules that are in memory while they are used: a board has the memory of the next for them.

They are named below the firmware's package.
"""

import sys

_PACKAGE = __name__.split(".")[0] + "."


def load(*names):
    """Import modules, one a slice: a board takes tens of ms for each."""
    for name in names:
        __import__(_PACKAGE + name)
        yield


def unload(*names):
    """Forget modules, those that were imported."""
    for name in names:
        if sys.modules.pop(_PACKAGE + name, None):
            package, _, module = name.rpartition(".")
            delattr(sys.modules[_PACKAGE + package], module)

"""Modules that are in memory while they are used: a board has the memory of the next for them.

They are named below the firmware's package.
"""

import sys

from micropython import const

_PACKAGE = __name__.split(".")[0] + "."
# Modules that were lent: whether anybody has used them since the last look at them, and when that
# was: once a minute, though on the desk many devices in one process ask for it.
_lent = {}
_LOOK_S = const(60)
_looked_s = 0


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


def lend(*names):
    """Note that modules are used: they stay until nobody has used them for a while."""
    for name in names:
        _lent[name] = True


def forget_idle(now_s):
    """Each minute, forget the modules that were lent and have not been used in the last one."""
    global _looked_s
    if 0 <= now_s - _looked_s < _LOOK_S:
        return
    _looked_s = now_s
    for name in list(_lent):
        if _lent[name]:
            _lent[name] = False
        else:
            del _lent[name]
            unload(name)

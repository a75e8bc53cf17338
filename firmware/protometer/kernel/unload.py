"""Modules that are in memory while they are used: a board has the memory of the next for them."""

import sys


def unload(name):
    """Forget a module by its full name, where it was imported."""
    if sys.modules.pop(name, None):
        package, _, module = name.rpartition(".")
        delattr(sys.modules[package], module)

"""Modules that are in memory while they are used."""

import sys

import pytest

from protometer.han import command_finder
from protometer.kernel import unload as unload_module
from protometer.kernel.unload import forget_idle, lend, load, unload

PRICE, INSTALL_CODE = "han.price", "han.install_code"


def is_there(name):
    return f"protometer.{name}" in sys.modules


@pytest.fixture(autouse=True)
def minute():
    """Have nothing lent, and return what lets a minute pass for those that are."""
    now_s = [unload_module._looked_s]

    def passes():
        for seconds in (59, 1):
            now_s[0] += seconds
            forget_idle(now_s[0])

    passes()
    passes()
    unload(PRICE, INSTALL_CODE)
    yield passes
    unload_module._looked_s = 0


def test_a_module_is_loaded_in_each_slice_and_forgotten_at_once():
    loading = load(PRICE, INSTALL_CODE)
    next(loading)
    assert (is_there(PRICE), is_there(INSTALL_CODE)) == (True, False)
    next(loading)
    assert is_there(INSTALL_CODE)
    unload(PRICE, INSTALL_CODE)
    assert not is_there(PRICE) and not is_there(INSTALL_CODE)
    assert not hasattr(sys.modules["protometer.han"], "price")
    # What is not there can't be forgotten.
    unload(PRICE)


def test_what_is_lent_stays_while_somebody_uses_it(minute):
    (*_,) = load(PRICE, INSTALL_CODE)
    lend(PRICE)
    lend(INSTALL_CODE)
    minute()
    lend(PRICE)
    minute()
    assert (is_there(PRICE), is_there(INSTALL_CODE)) == (True, False)
    minute()
    assert not is_there(PRICE)
    # Of it nothing is known any more.
    (*_,) = load(PRICE)
    minute()
    minute()
    assert is_there(PRICE)


def test_several_devices_in_one_process_forget_once_a_minute(minute):
    (*_,) = load(PRICE)
    lend(PRICE)
    now_s = unload_module._looked_s + 60
    for _ in range(6):
        forget_idle(now_s)
    assert is_there(PRICE)
    # A clock that was set back counts as time gone by.
    forget_idle(now_s - 1)
    assert not is_there(PRICE)


def test_a_command_is_found_and_its_code_lent(minute):
    publish = command_finder.find(0x0700, True, "PublishPrice")
    assert publish.identifier == 0
    minute()
    minute()
    assert not is_there("han.cluster_command")
    assert command_finder.find(0x0700, True, 0).name == "PublishPrice"

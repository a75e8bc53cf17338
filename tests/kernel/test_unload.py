"""Modules that are in memory while they are used."""

import sys

import pytest

from protometer.han import command_finder
from protometer.kernel.unload import forget_idle, lend, load, unload

PRICE, INSTALL_CODE = "han.price", "han.install_code"


def is_there(name):
    return f"protometer.{name}" in sys.modules


@pytest.fixture(autouse=True)
def nothing_is_lent():
    for _ in range(2):
        forget_idle()
    unload(PRICE, INSTALL_CODE)


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


def test_what_is_lent_stays_while_somebody_uses_it():
    (*_,) = load(PRICE, INSTALL_CODE)
    lend(PRICE)
    lend(INSTALL_CODE)
    forget_idle()
    lend(PRICE)
    forget_idle()
    assert (is_there(PRICE), is_there(INSTALL_CODE)) == (True, False)
    forget_idle()
    assert not is_there(PRICE)
    # Of it nothing is known any more.
    (*_,) = load(PRICE)
    forget_idle()
    forget_idle()
    assert is_there(PRICE)


def test_a_command_is_found_and_its_code_lent():
    publish = command_finder.find(0x0700, True, "PublishPrice")
    assert publish.identifier == 0
    for _ in range(2):
        forget_idle()
    assert not is_there("han.cluster_command")
    assert command_finder.find(0x0700, True, 0).name == "PublishPrice"

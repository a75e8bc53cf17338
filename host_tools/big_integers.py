"""Counts what is done with integers longer than a board's small ones, in microseconds of an
RP2040.

Each operation costs what was measured at 256 bits: a part for the number that is made, whatever
its length, and the rest in proportion, of a product and a division to both lengths, of a sum or
a shift to the longer. Integers that come out of octets, and all that is reckoned from them, count
themselves.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from protometer.crypto import ecdsa, ghash, p256, p256_base

# Microseconds at 256 bits, beyond the bytecode: platform figures of an emulated RP2040.
_MADE_US = 12.0
_MULTIPLY_US = 56.9 - _MADE_US
_REDUCE_US = 161.2 - _MADE_US
_ADD_US = 16.3 - _MADE_US
_SHIFT_US = 14.8 - _MADE_US
_BITS = 256
_SMALL_BITS = 30
_MODULES = (ecdsa, ghash, p256, p256_base)
_CONSTANTS = ("PRIME", "ORDER", "_B")

_spent_us = 0.0


def _spend(microseconds: float) -> None:
    global _spent_us
    _spent_us += _MADE_US + microseconds


def _product(left: int, right: int) -> None:
    _spend(_MULTIPLY_US * left.bit_length() * right.bit_length() / _BITS**2)


def _division(left: int, right: int) -> None:
    # As long as the quotient times the divisor; what is reduced has twice the divisor's length.
    quotient_bits = max(left.bit_length() - right.bit_length(), 1)
    _spend(_REDUCE_US * quotient_bits * right.bit_length() / _BITS**2)


def _sum(left: int, right: int) -> None:
    _spend(_ADD_US * max(left.bit_length(), right.bit_length()) / _BITS)


def _shift(left: int, right: int) -> None:
    _spend(_SHIFT_US * left.bit_length() / _BITS)


_COSTS: dict[str, Callable[[int, int], None]] = {
    "mul": _product,
    "mod": _division,
    "floordiv": _division,
    "add": _sum,
    "sub": _sum,
    "xor": _sum,
    "or": _sum,
    "and": _sum,
    "lshift": _shift,
    "rshift": _shift,
}


class BigInteger(int):
    """An integer that counts what is done with it."""


def _counted(name: str, cost: Callable[[int, int], None], reflected: bool) -> Any:
    plain = getattr(int, f"__{name}__")

    def operation(self: int, other: Any) -> Any:
        if not isinstance(other, int):
            return NotImplemented
        left, right = (other, self) if reflected else (self, other)
        if max(left.bit_length(), right.bit_length()) > _SMALL_BITS:
            cost(int(left), int(right))
        return BigInteger(plain(int(left), int(right)))

    return operation


for _name, _cost in _COSTS.items():
    setattr(BigInteger, f"__{_name}__", _counted(_name, _cost, reflected=False))
    setattr(BigInteger, f"__r{_name}__", _counted(_name, _cost, reflected=True))


@contextmanager
def counted() -> Iterator[Callable[[], int]]:
    """Let the arithmetic of the crypto package count; yields what tells the microseconds."""
    saved = [
        (module, name, getattr(module, name))
        for module in _MODULES
        for name in _CONSTANTS
        if hasattr(module, name)
    ]
    start = _spent_us
    for module in _MODULES:
        module.int = BigInteger
    for module, name, value in saved:
        setattr(module, name, BigInteger(value))
    try:
        yield lambda: round(_spent_us - start)
    finally:
        for module in _MODULES:
            del module.int
        for module, name, value in saved:
            setattr(module, name, value)

"""Registers of two small integers against one big integer."""

import random

from protometer.model.events import Outbox
from protometer.model.register import RegisterBank


def test_exact_from_zero_to_99999_kwh_and_beyond():
    rng = random.Random(5)
    bank = RegisterBank(3)
    exact = [0, 0, 0]
    for _ in range(20_000):
        index = rng.randrange(3)
        energy_mwh = rng.choice((0, 1, 999, 1000, 999_999, 1_000_000, rng.randrange(10**10)))
        gained_wh = bank.add(index, energy_mwh)
        assert gained_wh == (exact[index] + energy_mwh) // 1000 - exact[index] // 1000
        exact[index] += energy_mwh
        assert bank.wh(index) == exact[index] // 1000
        assert bank.mwh[index] < 1_000_000
    assert min(exact) > 99_999 * 10**6


def test_one_mwh_at_the_greatest_reading_of_five_digits():
    bank = RegisterBank(1)
    bank.add(0, 99_999 * 10**6 + 999_999)
    assert bank.wh(0) == 99_999_999
    assert bank.add(0, 1) == 1
    assert bank.wh(0) == 100_000_000


def test_registers_of_the_rates_sum_to_the_total():
    rng = random.Random(6)
    rates, total = RegisterBank(48), RegisterBank(1)
    for _ in range(10_000):
        energy_mwh = rng.randrange(30_000)
        rates.add(rng.randrange(48), energy_mwh)
        total.add(0, energy_mwh)
    summed_mwh = sum(rates.kwh) * 10**6 + sum(rates.mwh)
    assert summed_mwh == total.kwh[0] * 10**6 + total.mwh[0]


def test_outbox_keeps_the_oldest_and_counts_the_rest():
    outbox = Outbox(3)
    for code in range(1, 6):
        outbox.post(code, 100 + code)
    assert (len(outbox), outbox.discarded) == (3, 2)
    assert outbox.take() == (1, 101, 0)
    outbox.post(0x8F0F, 0xFFFF_FFFF)
    assert [outbox.take() for _ in range(4)] == [
        (2, 102, 0),
        (3, 103, 0),
        (0x8F0F, 0xFFFF_FFFF, 0),
        None,
    ]
    assert outbox.discarded == 2

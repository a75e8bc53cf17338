"""The meters against the prepayment reference model, Command by Command on random sequences.

Each variant in both modes, with debts, non-disablement, load limiting, tampering and power cuts.
`make soak-money` plays a hundred thousand.
"""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.prepayment.streams import VARIANTS, deck, of_seed, play
from tests.samples import MONEY_EXAMPLES, PREPAYMENT_SEQUENCES, PREPAYMENT_STEPS

pytestmark = pytest.mark.untraced


@pytest.mark.req("ESME-PAY-03", "ESME-PAY-04", "ESME-PAY-05", "ESME-PAY-08", "ESME-PAY-12")
@pytest.mark.req("ESME-PAY-14", "ESME-PAY-15", "ESME-PAY-16", "ESME-PAY-19", "ESME-PAY-27")
@pytest.mark.parametrize("seed", range(PREPAYMENT_SEQUENCES))
def test_random_sequences(seed):
    rng = random.Random(seed)
    role, prepayment = of_seed(seed)
    steps = [rng.choice(deck(role)) for _ in range(PREPAYMENT_STEPS)]
    play(rng, role, prepayment, steps)


@settings(max_examples=MONEY_EXAMPLES, deadline=None)
@given(
    st.randoms(use_true_random=False),
    st.sampled_from(list(VARIANTS)),
    st.booleans(),
    st.lists(st.integers(0, 99), max_size=12),
)
def test_money_is_conserved_in_any_sequence(rng, role, prepayment, numbers):
    steps = deck(role)
    play(rng, role, prepayment, [steps[number % len(steps)] for number in numbers])

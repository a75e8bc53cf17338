"""Streams of events for each kind of meter, played on it and on the model; see pair.py."""

from protometer.model.command import SUPPLIER
from tests.prepayment.gas_pair import GasPair
from tests.prepayment.pair import Pair

# The Data's role letters of each variant, and what plays it.
VARIANTS = {"E": Pair, "ET": Pair, "EP": Pair, "ELB": Pair, "G": GasPair}
# One stream in so many begins in Credit Mode.
CREDIT_SHARE = 4


def deck(role):
    """Return the steps of a variant, each as often as it is to come."""
    return [name for name, count in VARIANTS[role].STEPS for _ in range(count)]


def of_seed(seed):
    """Return a seed's variant, and whether it begins in Prepayment Mode."""
    roles = list(VARIANTS)
    return roles[seed % len(roles)], seed // len(roles) % CREDIT_SHARE != 0


def play(rng, role, prepayment, steps):
    """Play the named steps on a fresh meter of a role."""
    pair = VARIANTS[role](rng, role)
    if prepayment:
        sdd, sde = rng.random() < 0.5, rng.random() < 0.5
        pair.command(
            "Set Payment Mode",
            SUPPLIER,
            lambda: pair.model.set_mode(True, sdd, sde),
            mode=1,
            suspend_debt_disabled=sdd,
            suspend_debt_emergency=sde,
        )
    for name in steps:
        getattr(pair, name)()

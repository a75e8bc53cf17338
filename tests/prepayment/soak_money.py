"""Streams of `make soak-money`: random events, meter against model, each variant in both modes.

The firmware's tables are read once: they don't change meanwhile.
"""

import random
from collections import Counter

from protometer.model import dictionary, table
from protometer.records import logbook
from protometer.roles import commands
from tests.prepayment.streams import deck, of_seed
from tests.prepayment.streams import play as play_stream
from tests.samples import PREPAYMENT_STEPS


def play(first, count):
    """Play the streams of these seeds; return how many of each variant and mode."""
    dictionary.rows = logbook.rows = commands.rows = _cached_rows(table.rows)
    played = Counter()
    for seed in range(first, first + count):
        rng = random.Random(seed)
        role, prepayment = of_seed(seed)
        steps = [rng.choice(deck(role)) for _ in range(PREPAYMENT_STEPS)]
        try:
            play_stream(rng, role, prepayment, steps)
        except BaseException:
            print(f"seed {seed}: {role}, {steps}", flush=True)
            raise
        mode = "prepayment" if prepayment else "credit"
        played[f"streams of {PREPAYMENT_STEPS} events, role {role}, begun in {mode}"] += 1
    return played


def _cached_rows(rows):
    read = {}

    def cached(path, columns, name=""):
        if path not in read:
            read[path] = list(rows(path, columns))
        return [list(row) for row in read[path] if row[0].startswith(name)]

    return cached

"""Plays a hundred thousand seeded samples of one kind on all cores: `make soak-money` and others.

A kind is a module with `play(first, count)`, which plays the seeds from first on, raises at the
first that fails, after naming it, and returns a Counter of what it played.
"""

import importlib
import os
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, as_completed

KINDS = {
    "money": "tests.prepayment.soak_money",
    "calendars": "tests.model.soak_calendars",
}
SHARE = 500


def _play(module, first, count):
    return importlib.import_module(module).play(first, count)


def main(kind, samples):
    module = KINDS[kind]
    played = Counter()
    began = told = time.monotonic()
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        shares = [
            pool.submit(_play, module, first, min(SHARE, samples - first))
            for first in range(0, samples, SHARE)
        ]
        for done, share in enumerate(as_completed(shares), 1):
            try:
                played += share.result()
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise
            if time.monotonic() - told > 30:
                told = time.monotonic()
                print(f"{told - began:5.0f} s  {done} of {len(shares)} shares", flush=True)
    for what, count in sorted(played.items()):
        print(f"{count:7} {what}")
    print(f"{samples} samples of {kind}, none failed, {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))

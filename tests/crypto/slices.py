"""Runs the generators of long computations."""


def finish(work):
    """Return what a generator returns at its end."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            return end.value


def count_slices(work):
    """Return (result, slices) of a generator."""
    slices = 1
    while True:
        try:
            next(work)
        except StopIteration as end:
            return end.value, slices
        slices += 1

"""Runs long computations of the firmware, which are generators. On MicroPython too."""


def count_slices(work):
    """Return (result, slices) of a generator."""
    slices = 1
    while True:
        try:
            next(work)
        except StopIteration as end:
            return end.value, slices
        slices += 1


def finish(work):
    """Return what a generator returns at its end."""
    return count_slices(work)[0]

"""What a piece of work allocates on MicroPython's heap."""

import gc


def allocated(work, *arguments):
    """Return the octets that work(*arguments) takes from the heap, with nothing given back."""
    gc.collect()
    gc.disable()
    before = gc.mem_alloc()
    work(*arguments)
    after = gc.mem_alloc()
    gc.enable()
    return after - before

"""Which streams of records a memory gives the store, by its kind.

Steps: a record each commit. Checkpoints: two copies each, of two generations and more.
Each medium's module is imported where it is used: a board has one.
"""

from micropython import const

from .fram_map import CHECKPOINT_SIZE, CHECKPOINTS, CHECKPOINTS_AT, STEP_SIZE, STEPS, STEPS_AT

# Blocks that a checkpoint may fill; how many such it takes to erase one and still have two.
_STRETCH = const(6)
_STRETCHES = const(3)
# Copies of checkpoints in files: three generations.
_CHECKPOINT_FILES = const(6)
LEAST_BLOCKS = const(24)


def _in_files(memory):
    from .file_slots import INLINE_SIZE, MOST_SIZE, FileSlots

    steps = FileSlots(memory, "step", STEPS, INLINE_SIZE)
    return steps, FileSlots(memory, "checkpoint", _CHECKPOINT_FILES, MOST_SIZE)


def _in_fram(memory):
    from .fram_slots import FramSlots

    steps = FramSlots(memory, STEPS_AT, STEP_SIZE, STEPS)
    return steps, FramSlots(memory, CHECKPOINTS_AT, CHECKPOINT_SIZE, CHECKPOINTS)


def step_blocks(block_count):
    """Return how many blocks of a flash are for steps, which are many; checkpoints are rare.

    Half of it, or what three stretches of checkpoints leave.
    """
    return block_count - _stretches(block_count) * _STRETCH


def _stretches(block_count):
    return max(block_count // 2 // _STRETCH, _STRETCHES)


def _in_flash(memory):
    from .block_ring import BlockRing

    if memory.block_count < LEAST_BLOCKS:
        raise ValueError("flash: %d blocks, at least %d" % (memory.block_count, LEAST_BLOCKS))
    # A whole state with tariffs and credentials is longer than a block.
    pages = memory.block_size // memory.page_size
    steps, stretches = step_blocks(memory.block_count), _stretches(memory.block_count)
    checkpoints = BlockRing(memory, steps, stretches, _STRETCH, _STRETCH * pages)
    return BlockRing(memory, 0, steps, 1, 1), checkpoints


_MEDIA = {"files": _in_files, "fram": _in_fram, "flash": _in_flash}


def streams(memory):
    """Return the streams of steps and of checkpoints in a memory of a kind that is known."""
    return _MEDIA[memory.MEDIUM](memory)

"""Scenarios on this runtime, one after another: `micropython -m host_tools.node.run_scenario END`.

Each line of the input names a file. After its transcript comes a line of END and the fault, if
there was one.
"""

import gc
import sys

from host_tools.node.scenario import run_file

# As often as a board collects (host_tools/boards/bundle.py).
_COLLECTED_BYTES = 32_768


def play(file, end):
    """Print a scenario's transcript, and after `end` how it ended."""
    print(end + (run_file(file, print) or ""))


if __name__ == "__main__":
    if hasattr(gc, "threshold"):
        gc.threshold(_COLLECTED_BYTES)
    for line in sys.stdin:
        play(line.rstrip("\n"), sys.argv[1])

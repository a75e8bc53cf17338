"""What a MicroPython firmware of our own freezes: `make FROZEN_MANIFEST=.../firmware/manifest.py`.

Frozen code runs from flash: `make frozen` measures what is left in RAM. The `.tbl` tables can't be
frozen: they go to the board's file system, under the same folders as the modules that read them.
"""

# No asserts; line numbers cost no RAM here, so they are kept.
_OPTIMISATION = 2

package("protometer", opt=_OPTIMISATION)  # noqa: F821
module("main.py", opt=_OPTIMISATION)  # noqa: F821
module("boot.py", opt=_OPTIMISATION)  # noqa: F821

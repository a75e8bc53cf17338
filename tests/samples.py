"""Sample sizes of every randomised test, in one place: CI prints them.

`make test` uses the first group, the named `make` target the second.
"""

FUZZ_SAMPLES = 2_000
FUZZ_SAMPLES_FULL = 100_000

LINK_SAMPLES = 400

# The In-Home Display: random views drawn, random framebuffer operations compared.
IHD_VIEW_SAMPLES = 300
FRAMEBUF_OPERATIONS = 3_000

"""Where things lie in a FRAM of 64 KB: the state's records first, then the short logs."""

from micropython import const

# A step for each of so many commits, and two copies of the last two checkpoints; while one is
# written, the one before it stays whole.
STEPS = const(4)
CHECKPOINTS = const(5)

STEPS_AT = const(0)
STEP_SIZE = const(256)
CHECKPOINTS_AT = const(1_024)
CHECKPOINT_SIZE = const(11_604)
# Octet address where the logs begin; everything before it belongs to the state.
LOGS_AT = const(59_044)

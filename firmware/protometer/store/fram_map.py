"""Where things lie in a FRAM of 64 KB: the state's records first, then the short logs."""

from micropython import const

# A step for each of so many commits, and two copies of the last two checkpoints; the older one's
# is written over where a third is, while both of the other stay whole.
STEPS = const(4)
CHECKPOINTS = const(4)

STEPS_AT = const(0)
STEP_SIZE = const(256)
CHECKPOINTS_AT = const(1_024)
CHECKPOINT_SIZE = const(14_504)
# Octet address where the logs begin; everything before it belongs to the state.
LOGS_AT = const(59_044)

"""Where things lie in a FRAM of 64 KB: the state's records first, then the short logs."""

from micropython import const

# A step for each of so many commits, and two copies of the last checkpoint; the next is written
# over one, and then, whole, over the other.
STEPS = const(4)
CHECKPOINTS = const(2)

STEPS_AT = const(0)
STEP_SIZE = const(256)
CHECKPOINTS_AT = const(1_024)
CHECKPOINT_SIZE = const(24_577)
# Octet address where the logs begin; everything before it belongs to the state.
LOGS_AT = const(59_044)

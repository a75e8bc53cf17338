"""What a gas meter's sensors find wrong with the flow (SMETS2 4.4.6; GSME-MON-06)."""

from micropython import const

from ..model import events

# Bits of what a front end states as `flow_faults`.
ABOVE_CAPACITY = const(0x01)
AIR = const(0x02)
REVERSE = const(0x04)
_EVENTS = (
    (ABOVE_CAPACITY, events.FLOW_ABOVE_CAPACITY),
    (AIR, events.AIR_IN_GAS),
    (REVERSE, events.REVERSE_FLOW),
)


class FlowFaults:
    """Posts an event as each fault begins."""

    def __init__(self, outbox):
        self._outbox = outbox
        self._seen = 0

    def step(self, faults, now_s):
        """Take the bits of what is wrong now."""
        began = faults & ~self._seen
        self._seen = faults
        if began:
            for bit, event in _EVENTS:
                if began & bit:
                    self._outbox.post(event, now_s)

"""What became of a stack's frames, of all its layers."""


def frame_counts(stack):
    """Return a Stack's counts of frames as a dictionary."""
    mac = stack.mac
    return {
        "sent": mac.sent,
        "retried": mac.retried,
        "lost": mac.lost + stack.unsealed.discarded,
        "received": mac.received,
        "dropped": mac.dropped + stack.nwk.dropped + stack.opened.discarded,
        "relayed": stack.nwk.relayed,
        "malformed": stack.malformed,
        "queue_high_water": max(
            mac.queue_high_water(), stack.unsealed.high_water, stack.opened.high_water
        ),
    }

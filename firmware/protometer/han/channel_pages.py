"""Channel pages of the Sub GHz Bands, 28 to 31, and the masks that name their channels.

863 to 876 MHz are pages 28 to 30, 915 to 921 MHz page 31; a channel is 200 kHz wide (Zigbee
05-3474-22, annex D). A mask has the page in its five highest bits, then a bit for each channel of
the page, in order.
"""

CHANNELS = {
    28: tuple(range(27)),
    29: tuple(range(27, 35)) + (62,),
    30: tuple(range(35, 62)),
    31: tuple(range(27)),
}


def has(page, channel):
    """Tell whether a page has a channel."""
    return channel in CHANNELS.get(page, ())


def mask(page, channels):
    """Return the mask of some channels of a page."""
    bits = page << 27
    for channel in channels:
        bits |= 1 << CHANNELS[page].index(channel)
    return bits


def places(bits):
    """Return [(page, channel)] of what a mask names and there is."""
    page = bits >> 27
    channels = CHANNELS.get(page, ())
    return [(page, channels[at]) for at in range(len(channels)) if bits >> at & 1]

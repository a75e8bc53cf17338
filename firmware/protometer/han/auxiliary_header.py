"""What stands between a header and its sealed payload (Zigbee 05-3474, 4.5.1).

Security control, frame counter, EUI-64 of who sealed it; the NWK adds its key's number.
"""


def auxiliary_header(size, control, counter, extended):
    """Return one of so many octets."""
    octets = bytearray(size)
    octets[0] = control
    for index in range(4):
        octets[1 + index] = counter >> 8 * index & 0xFF
    octets[5:13] = extended
    return octets


def counter_of(octets):
    """Return its frame counter."""
    return octets[1] | octets[2] << 8 | octets[3] << 16 | octets[4] << 24


def extended_of(octets):
    """Return the EUI-64 of who sealed the frame."""
    return bytes(octets[5:13])


def nonce(octets, extended):
    """Return the nonce of CCM* that belongs to it."""
    return extended + bytes(octets[1:5]) + bytes(octets[0:1])

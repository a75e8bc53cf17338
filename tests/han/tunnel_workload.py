"""Messages through tunnels, with a hub that restarts; prints what arrived."""

import sys

sys.path.append(".")

from binascii import crc32, hexlify

from tests.han.tunnel_stand import EUI64, GAS, METER, Tunnels

OCTETS = 1_600


def message(number):
    """Return a long message, by its number: what is on the air is kept, and the heap is small."""
    return bytes(at * number & 0xFF for at in range(OCTETS))


def say(stand, number):
    """Have messages go from everybody to everybody."""
    print(stand.manager.deliver(EUI64[METER], message(number)))
    print(stand.manager.deliver(EUI64[GAS], message(number + 1)))
    print(stand.server.send(message(number + 2)), stand.client.send(message(number + 3)))


def told(stand):
    """Print what has been heard."""
    print([crc32(octets) for octets in stand.to_meter], [crc32(octets) for octets in stand.to_gas])
    print([(hexlify(eui64), crc32(octets)) for eui64, octets in stand.to_hub])


stand = Tunnels()
say(stand, 1)
stand.run(3)
told(stand)
stand.contact(60)
told(stand)
stand.new_hub()
say(stand, 11)
stand.contact(60)
told(stand)
print([stand.manager.waiting(EUI64[short]) for short in (METER, GAS)])

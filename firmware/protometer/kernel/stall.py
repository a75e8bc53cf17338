"""What a flash write does to everything else: interrupts stop, and a radio's octets are lost.

Erasing a block stops an RP2040 for some 45 ms. Drivers that write flash do it inside the Stall:
it parks what would lose data, and keeps the longest time apart from the slices of tasks.
"""

from micropython import const

from .ticks import ticks_diff

_MASK = const(0x3FFF_FFFF)


class Stall:
    """A context manager, `with stall:`; allocates nothing.

    ticks_us: a clock's microseconds. Registered devices have park() and resume().
    """

    def __init__(self, ticks_us):
        self._ticks_us = ticks_us
        self._devices = []
        self._began_us = 0
        self.longest_us = 0
        self.total_us = 0

    def register(self, device):
        """Have a device parked during every stall from now on."""
        self._devices.append(device)

    def __enter__(self):
        for device in self._devices:
            device.park()
        self._began_us = self._ticks_us()
        return self

    def __exit__(self, kind, fault, trace):
        lasted_us = ticks_diff(self._ticks_us(), self._began_us)
        if lasted_us > self.longest_us:
            self.longest_us = lasted_us
        self.total_us = (self.total_us + lasted_us) & _MASK
        for device in self._devices:
            device.resume()
        return False


# For a driver that was given no other: parks nothing, measures nothing.
UNWATCHED = Stall(int)

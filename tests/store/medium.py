"""What the tests of the store look at: an item's plain value, and memories of each medium."""

from protometer.model.dictionary import items
from protometer.model.register import RegisterBank


def plain(data, marks="N"):
    """Every item with one of the marks, as plain values."""
    state = {}
    for item in items(data.role):
        if set(marks) & set(item.marks):
            value = getattr(data, item.attribute)
            if isinstance(value, RegisterBank):
                value = [list(value.kwh), list(value.mwh)]
            elif item.is_array:
                value = list(value)
            state[item.attribute] = value
    return state


def fill(data, which):
    """Give every item kept without power a value at its bounds; returns the plain values."""
    for number, item in enumerate(items(data.role)):
        if "N" not in item.marks:
            continue
        value = getattr(data, item.attribute)
        bound = (item.least, item.greatest)[(number + which) % 2]
        if isinstance(value, RegisterBank):
            for index in range(len(value)):
                value.kwh[index] = 99_999 + index + which
                value.mwh[index] = 999_999 - index - which
        elif item.is_array:
            for index in range(len(value)):
                value[index] = (item.least, item.greatest)[(index + which) % 2]
        elif item.base == "TEXT":
            setattr(data, item.attribute, "xyzuvwst"[: item.size - which % 2])
        elif item.base == "OCTETS":
            # The largest tariff, and as much again of a Command for later: what a FRAM holds.
            size = min(item.size, 2622)
            setattr(data, item.attribute, bytes((which + 1,)) * (size - which % 2))
        else:
            setattr(data, item.attribute, bound)
    return plain(data)


class Fram:
    """A FRAM's contract on a bytearray, without its bus."""

    MEDIUM = "fram"

    def __init__(self, size=65_536):
        self.size = size
        self.octets = bytearray(size)

    def read_into(self, address, buffer):
        buffer[:] = self.octets[address : address + len(buffer)]

    def write(self, address, octets):
        self.octets[address : address + len(octets)] = octets


class Flash:
    """NOR flash's contract: programming clears bits, erasing sets a whole block."""

    MEDIUM = "flash"

    def __init__(self, blocks=32, page_size=256, block_size=4096):
        self.page_size, self.block_size, self.block_count = page_size, block_size, blocks
        self.octets = bytearray(b"\xff" * block_size * blocks)
        self.erases = [0] * blocks

    def read_into(self, address, buffer):
        buffer[:] = self.octets[address : address + len(buffer)]

    def program(self, address, octets):
        assert address % self.page_size == 0 and len(octets) % self.page_size == 0
        for index, octet in enumerate(octets):
            self.octets[address + index] &= octet

    def erase(self, block):
        self.erases[block] += 1
        start = block * self.block_size
        self.octets[start : start + self.block_size] = b"\xff" * self.block_size

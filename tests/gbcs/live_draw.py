"""What a command sets, drawn by name, so that one of its values alone can be another."""

import random


class Draw:
    """Draws values by their names: the same for the same seed.

    others: names whose values are others than those of the seed, "*" for all; `names`: what was
    drawn so far, of which there is more than one value.
    """

    def __init__(self, seed, others=()):
        self._seed = seed
        self._others = others
        self.names = []

    def __call__(self, name, make):
        """Return make(rng) for a name; AssertionError where there is no other value."""
        value = make(random.Random(f"{self._seed} {name}"))
        self.names.append(name)
        if "*" not in self._others and name not in self._others:
            return value
        for number in range(200):
            other = make(random.Random(f"{self._seed} {name} {number}"))
            if other != value:
                return other
        raise AssertionError(f"{name}: there is no other value")

    def number(self, name, least, greatest):
        """Draw a number."""
        return self(name, lambda rng: rng.randint(least, greatest))

    def choice(self, name, *values):
        """Draw one of some values."""
        return self(name, lambda rng: rng.choice(values))

    def digits(self, name, size):
        """Draw text of digits."""
        return self(name, lambda rng: "".join(rng.choice("0123456789") for _ in range(size)))

    def octets(self, name, size):
        """Draw octets."""
        return self(name, lambda rng: rng.randbytes(size))


class Command:
    """A command to a device, and what it does.

    content: items of an access-request, commands of GBZ, or the octets of ASN.1; holds: {place of
    the model: its value afterwards}; reads: (message code, key, value) that another use case then
    tells; after(device): checks how the device then behaves; idle: names of what is drawn and says
    nothing this time; answer: the payload of the response, where that is known of ASN.1.
    """

    def __init__(self, content, holds=None, reads=(), after=None, idle=(), answer=None):
        self.content = content
        self.holds = holds or {}
        self.reads = list(reads)
        self.after = after
        self.idle = idle
        self.answer = answer


def differences(before, after):
    """Return the names of what differs between two models."""
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}

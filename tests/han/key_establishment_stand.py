"""Two devices that establish a key: each side's machine, and a wire that may be tampered with."""

import random as random_module
from functools import cache

from host_tools.certificates import TestAuthority
from protometer.han.key_establishment import KeyEstablishment

START_S = 757_386_000
CLIENT, SERVER, THIRD = (bytes.fromhex(f"00db1234567890a{digit}")[::-1] for digit in "012")
NAMES = {CLIENT: "client", SERVER: "server", THIRD: "third"}


def random_octets(seed):
    """Return a random source that gives the same each time."""
    return random_module.Random(seed).randbytes


@cache
def authority(suite, seed=1):
    return TestAuthority.made(suite, random_octets(f"authority {suite} {seed}"))


@cache
def credentials(suite, peer, seed=1, **validity):
    """Return a device's Credentials of a test authority; peer: EUI-64 as in frames."""
    random = random_octets(f"{suite} {peer}")
    return authority(suite, seed).issue(peer[::-1], random, **validity).credentials()


class Side:
    """One device: its machine, and what became of it."""

    def __init__(self, eui64, suites=(1, 2), held=None, random=None, is_time_known=None):
        self.eui64 = eui64
        self.keys = []
        self.failures = []
        self.machine = KeyEstablishment(
            held or {suite: credentials(suite, eui64) for suite in suites},
            random or random_octets(eui64),
            lambda peer, key: self.keys.append((peer, key)),
            lambda *failure: self.failures.append(failure),
            is_time_known,
        )
        self.slices = 0

    def deadline_s(self):
        """The second up to which something is awaited, or None."""
        session = self.machine._session
        return session.deadline_s if session else None

    def work(self, now_s):
        """Do all the work there is."""
        while self.machine.step(now_s):
            self.slices += 1

    def sent(self):
        """Take what lies in the outbox."""
        messages = []
        while len(self.machine.outbox):
            messages.append(self.machine.outbox.take())
        return messages


class Wire:
    """Carries messages among sides; `tamper(message)` may change one, or lose it with None.

    Each side does all its work at a time, or, when eager, a slice in turn with the other, so that
    a server may get a message before it is ready.
    """

    def __init__(self, *sides, tamper=None, eager=False):
        self.sides = {side.eui64: side for side in sides}
        self.tamper = tamper or (lambda message: message)
        self.eager = eager
        self.now_s = START_S
        self.log = []

    def settle(self):
        """Carry and work until nothing is left to do."""
        while self._carry() or self._work():
            pass

    def _carry(self):
        carried = False
        for side in self.sides.values():
            for to, command, from_server, payload in side.sent():
                carried = True
                message = self.tamper((NAMES[side.eui64], command, from_server, payload))
                self.log.append((NAMES[side.eui64], command, payload))
                if message is not None and to in self.sides:
                    _, command, from_server, payload = message
                    self.sides[to].machine.receive(
                        side.eui64, command, from_server, payload, self.now_s
                    )
        return carried

    def _work(self):
        before = sum(side.slices for side in self.sides.values())
        for side in self.sides.values():
            if self.eager:
                side.slices += side.machine.step(self.now_s)
            else:
                side.work(self.now_s)
        queued = any(len(side.machine.outbox) for side in self.sides.values())
        return queued or before != sum(side.slices for side in self.sides.values())

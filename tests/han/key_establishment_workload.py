"""Establishments of annex C's parties, good and bad; every runtime must print the same."""

from binascii import hexlify, unhexlify

from host_tools.node.slices import finish
from protometer.crypto.cbke import Credentials
from protometer.crypto.implicit_certificate import curve_of
from protometer.han.key_establishment import KeyEstablishment
from protometer.han.key_establishment_payloads import CONFIRM_KEY_DATA, EPHEMERAL_DATA, INITIATE

START_S = 500_000_000
# Suite: the authority's public key; certificate and private key of two devices.
PUBLISHED = {
    1: (
        "0200fde8a7f3d1084224962a4e7c54e69ac3f04da6b8",
        (
            "020615e07d30eca2dad58002e667d94bc1b4223983070000"
            "000000000002544553545345434101090006000000000000",
            0x01E9DDB5580CF72ECE7F215F0AE594E48DF3E7FEE8,
        ),
        (
            "03045fdfc8d85ffb8b3993cb72ddcaa55f00b3e87d6d0000"
            "000000000001544553545345434101090006000000000000",
            0x00B8A900FCADEBABBFA383B540FCE9ED438395EAA7,
        ),
    ),
    2: (
        "0207a445022d9f39f49bdc38380026a27a9e0a1799313ab28c5c1a1c6b605154db1dff6752",
        (
            "0084a933b37f018dec0d081112131415161718005292a38affffffff0a0b0c0d0e0f101288"
            "03076277e2f7e2252b16a0e92b6e8771bb3f207946cbd4a45d9a9df6edab8c796a48e89dec",
            0x00F2561ADB39EF49C1D62EF5186C6E0C158A5A45BFCE38660931ACC3694592D5ACDE9006,
        ),
        (
            "002622a505e8938f270d081112131415161718005292a35bffffffff0a0b0c0d0e0f101188"
            "0303b4e9dc543a64333c982308022b54e67e2f15f532551b0a11e2e2c1c1d3097a4324e7ed",
            0x0151CD0DBCB80474BF7AC9FEEBE39C7A32A63518938FCA9754AAE132BC9C73BE94A7E1BE,
        ),
    ),
}


class Side:
    """One device: what it hears of the ends of its establishments is printed."""

    def __init__(self, name, suite, authority, certificate, private_key):
        issuer = finish(curve_of(suite).decompress(unhexlify(authority)))
        held = Credentials(suite, unhexlify(certificate), private_key, issuer)
        self.name = name
        self.eui64 = bytes(reversed(held.certificate.subject))
        self.machine = KeyEstablishment(
            {suite: held},
            self.random,
            lambda peer, key: print(name, "key", hexlify(key).decode()),
            lambda peer, status, wait_s: print(name, "failure", status, wait_s),
        )
        self._drawn = suite + ord(name)

    def deadline_s(self):
        """Return the second up to which something is awaited, or None."""
        session = self.machine._session
        return session.deadline_s if session else None

    def random(self, count):
        self._drawn += 1
        return bytes([self._drawn * index & 0xFF for index in range(1, count + 1)])


def establish(suite, spoilt=None):
    authority, *parties = PUBLISHED[suite]
    sides = [Side(name, suite, authority, *party) for name, party in zip("UV", parties)]  # noqa: B905
    client, server = sides
    print("begun:", client.machine.start(server.eui64, START_S), client.machine.suites())
    slices = 0
    # Both take their step at every turn.
    while sum([side.machine.step(START_S) or len(side.machine.outbox) for side in sides]):
        slices += 1
        for side, other in ((client, server), (server, client)):
            while len(side.machine.outbox):
                _, command, from_server, payload = side.machine.outbox.take()
                print(side.name, command, from_server, hexlify(payload).decode())
                if command == spoilt:
                    payload = bytes((payload[0] ^ 1,)) + payload[1:]
                other.machine.receive(side.eui64, command, from_server, payload, START_S)
    print(slices, "turns; busy:", client.machine.is_busy(), server.machine.is_busy())
    for side in sides:
        print(side.name, "more:", side.machine.step(START_S + 1000), side.deadline_s())


for number in (1, 2):
    for damage in (None, INITIATE, EPHEMERAL_DATA, CONFIRM_KEY_DATA):
        print("suite", number, "spoilt", damage)
        establish(number, damage)

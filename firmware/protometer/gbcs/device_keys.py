"""A device's own private keys at work: signatures and key agreement (GBCS 4.3.3).

Slow work comes in slices. The keys never leave the dictionary's secret items.
"""

from hashlib import sha256

from micropython import const

from ..crypto import ecdsa, p256
from . import device_certificates

# Shared secrets kept for the parties heard last; each costs a second of a board to agree.
_MOST_SECRETS = const(4)


class DeviceKeys:
    """Signs and agrees with the keys of a Data."""

    def __init__(self, data):
        self._data = data
        # (public key, secret), the one used last at the end.
        self._secrets = []

    def sign(self, signed):
        """Return, sliced, the signature of octets, 64 octets."""
        return (yield from ecdsa.sign(self._data.signing_key, sha256(bytes(signed)).digest()))

    def secret_with(self, entity, public_key):
        """Return, sliced, the 32 octets shared with the holder of a public key of 64 octets."""
        for index, (known, secret) in enumerate(self._secrets):
            if known == public_key:
                self._secrets.append(self._secrets.pop(index))
                return secret
        private = self._data.agreement_key
        number = p256.decode_private(private)
        x, y = p256.decode_point(public_key)
        blind = ecdsa.blinding(private, public_key)
        agreed = yield from p256.multiply(number, x, y, blind)
        secret = agreed.to_bytes(p256.NUMBER_SIZE, "big")
        self._secrets = self._secrets[1 - _MOST_SECRETS :] + [(bytes(public_key), secret)]
        return secret

    def random(self, size):
        """Return octets of chance for a private key."""
        from os import urandom

        return urandom(size)

    def issued_public_key(self, usage):
        """Return, sliced, the public key of the pair issued for a key usage, or None."""
        return (yield from device_certificates.issued_public_key(self._data, usage))

    def use_issued(self, usage):
        """Take the private key that was issued for a usage into use."""
        device_certificates.use_issued(self._data, usage)
        # They were agreed with the key before.
        self._secrets = []

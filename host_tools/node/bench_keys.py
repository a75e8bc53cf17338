"""A device's keys on the bench: secrets may come from the parties' side.

Reference messages are made for devices whose private keys nobody published. A secret that two
parties share is the same from either side, so the bench reckons it with the party's private key
and the device's certificate; where a device's own private key is known, that is used.
"""

from binascii import hexlify, unhexlify

from protometer.gbcs.device_keys import DeviceKeys


class BenchKeys(DeviceKeys):
    """secrets: {public key of a party in hex: the 32 octets shared with it in hex}; issued: {key
    usage: public key in hex} of pairs that the device is to have issued.
    """

    def __init__(self, data, secrets, issued):
        super().__init__(data)
        self.secrets = secrets
        self.issued = issued

    def secret_with(self, entity, public_key):
        """Return, sliced, the secret shared with the holder of a public key."""
        known = self.secrets.get(hexlify(public_key).decode())
        if known is not None and not self._data.agreement_key:
            yield
            return unhexlify(known)
        return (yield from super().secret_with(entity, public_key))

    def issued_public_key(self, usage):
        """Return, sliced, the public key of the pair issued for a key usage, or None."""
        issued = self.issued.get(str(usage))
        if issued is None:
            return (yield from super().issued_public_key(usage))
        yield
        return unhexlify(issued)

    def use_issued(self, usage):
        """Take the issued key into use, unless its private half is nobody's here."""
        if str(usage) not in self.issued:
            super().use_issued(usage)

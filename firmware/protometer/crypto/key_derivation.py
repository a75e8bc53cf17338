"""From a shared secret to the AES key of one message (NIST SP 800-56A single-step KDF; GBCS).

The key is the first 16 octets of one SHA-256 over a counter of 1, the secret, and OtherInfo: the
AES-GCM-128 algorithm identifier, the originator's identifier, and, as nine octets after their
own length, what the message is for and its 64-bit counter, then the recipient's identifier.
"""

from hashlib import sha256

from micropython import const

SECRET_SIZE = const(32)
# Identifiers and counters alike.
_NUMBER_SIZE = const(8)
_KEY_SIZE = const(16)
_FIRST_ROUND = b"\x00\x00\x00\x01"
_ALGORITHM = b"\x60\x85\x74\x06\x08\x03\x00"
_TRANSACTION_SIZE = b"\x09"

# What a key is for.
FOR_COMMAND = const(0x01)
FOR_RESPONSE = const(0x02)
FOR_ALERT = const(0x03)
FOR_ATTRIBUTES = const(0x04)


def derive_key(shared_secret, originator, recipient, purpose, counter):
    """Return the 16-octet key of a message.

    shared_secret: 32 octets, the x coordinate of the key agreement; originator, recipient: entity
    identifiers of 8 octets; purpose: one of FOR_...; counter: 8 octets, the originator's.
    """
    if len(shared_secret) != SECRET_SIZE:
        raise ValueError("key derivation: a secret of %d octets" % len(shared_secret))
    for octets in (originator, recipient, counter):
        if len(octets) != _NUMBER_SIZE:
            raise ValueError("key derivation: %d octets where 8 belong" % len(octets))
    digest = sha256(_FIRST_ROUND)
    digest.update(shared_secret)
    digest.update(_ALGORITHM)
    digest.update(originator)
    digest.update(_TRANSACTION_SIZE)
    digest.update(bytes((purpose,)))
    digest.update(counter)
    digest.update(recipient)
    return digest.digest()[:_KEY_SIZE]

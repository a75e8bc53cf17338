"""Authentication and encryption of messages under keys derived for each (GBCS 4.3.3.4, 8)."""

from micropython import const

from ..crypto.gcm import gcm
from ..crypto.key_derivation import FOR_ATTRIBUTES, derive_key
from .envelope import MAC_SIZE, mac_input

_IV_ENDING = bytes(4)
# Authenticated and encrypted, by the key of the unicast set; no invocation counter.
ENCRYPTED_HEADER = b"\x31\x00\x00\x00\x00"
_COUNTER_SIZE = const(8)


class ProtectionError(ValueError):
    """Encrypted octets are not authentic."""


def mac(secret, message, authenticated):
    """Return, sliced, the authentication code of a Message, 12 octets.

    secret: 32 octets, shared by device and party; authenticated: the general-signing message.
    """
    counter = message.counter.to_bytes(_COUNTER_SIZE, "big")
    # What a key is for has the number of the message's kind.
    key = derive_key(secret, message.originator, message.target, message.kind, counter)
    iv = message.originator + _IV_ENDING
    _, tag = yield from gcm(key, iv, mac_input(authenticated))
    return tag[:MAC_SIZE]


def encrypt(secret, originator, recipient, counter, plaintext):
    """Return, sliced, attributes encrypted for a recipient: header, ciphertext, tag."""
    key = _attribute_key(secret, originator, recipient, counter)
    iv = originator + _IV_ENDING
    text, tag = yield from gcm(key, iv, ENCRYPTED_HEADER[:1], plaintext)
    return ENCRYPTED_HEADER + text + tag[:MAC_SIZE]


def decrypt(secret, originator, recipient, counter, protected):
    """Return, sliced, the plaintext of what encrypt() made, or raise ProtectionError."""
    head = len(ENCRYPTED_HEADER)
    if len(protected) < head + MAC_SIZE or bytes(protected[:head]) != ENCRYPTED_HEADER:
        raise ProtectionError("attributes: not encrypted as GBCS does")
    key = _attribute_key(secret, originator, recipient, counter)
    ciphertext = bytes(protected[head:-MAC_SIZE])
    iv = originator + _IV_ENDING
    text, tag = yield from gcm(key, iv, ENCRYPTED_HEADER[:1], ciphertext, opening=True)
    if tag[:MAC_SIZE] != bytes(protected[-MAC_SIZE:]):
        raise ProtectionError("attributes: not authentic")
    return text


def _attribute_key(secret, originator, recipient, counter):
    octets = counter.to_bytes(_COUNTER_SIZE, "big")
    return derive_key(secret, originator, recipient, FOR_ATTRIBUTES, octets)

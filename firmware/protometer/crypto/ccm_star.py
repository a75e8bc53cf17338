"""AES-128 CCM* as Zigbee uses it: 13-octet nonce, 4-octet MIC (Zigbee 05-3474 annex A).

Built on the platform's AES: CBC for the authentication tag, ECB on a run of counter blocks for
the key stream, one call each.
"""

from cryptolib import aes
from micropython import const

_ECB = const(1)
_CBC = const(2)
_BLOCK = const(16)
MIC_SIZE = const(4)
# Flags octets: L - 1 = 1 in the low bits; (MIC_SIZE - 2) / 2 = 1 above; 0x40 with header data.
_COUNTER_FLAGS = const(0x01)
_AUTH_FLAGS = const(0x49)


class CcmError(ValueError):
    """The message is not authentic: key, nonce, header or text differ from what was sealed."""


def _tag(key, nonce, header, text):
    blocks = bytearray((_AUTH_FLAGS,))
    blocks.extend(nonce)
    blocks.extend(bytes((len(text) >> 8, len(text) & 0xFF, len(header) >> 8, len(header) & 0xFF)))
    blocks.extend(header)
    blocks.extend(bytes(-len(blocks) % _BLOCK))
    blocks.extend(text)
    blocks.extend(bytes(-len(blocks) % _BLOCK))
    return aes(key, _CBC, bytes(_BLOCK)).encrypt(blocks)[-_BLOCK:]


def _stream(key, nonce, size):
    """Return key stream for the tag (its first block) and `size` octets of text."""
    counters = bytearray()
    for counter in range((size + 2 * _BLOCK - 1) // _BLOCK):
        counters.append(_COUNTER_FLAGS)
        counters.extend(nonce)
        counters.extend(bytes((counter >> 8, counter & 0xFF)))
    return aes(key, _ECB).encrypt(counters)


def _xor(text, stream, start):
    # As one number each: octet by octet takes a frame's length in milliseconds.
    size = len(text)
    mixed = int.from_bytes(text, "big") ^ int.from_bytes(stream[start : start + size], "big")
    return mixed.to_bytes(size, "big")


def seal(key, nonce, header, text):
    """Return the encrypted text followed by its MIC."""
    stream = _stream(key, nonce, len(text))
    return _xor(text, stream, _BLOCK) + _xor(_tag(key, nonce, header, text)[:MIC_SIZE], stream, 0)


def open_sealed(key, nonce, header, sealed):
    """Return the text of what seal() made, or raise CcmError."""
    size = len(sealed) - MIC_SIZE
    if size < 0:
        raise CcmError("sealed text: %d octets is too short" % len(sealed))
    stream = _stream(key, nonce, size)
    text = _xor(sealed[:size], stream, _BLOCK)
    if _xor(_tag(key, nonce, header, text)[:MIC_SIZE], stream, 0) != bytes(sealed[size:]):
        raise CcmError("sealed text: wrong MIC")
    return text

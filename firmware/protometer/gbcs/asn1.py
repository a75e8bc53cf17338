"""DER, written as GBCS writes it: lengths from 128 on always take 82 and two octets."""

from ..crypto.der import BIT_STRING, ENUMERATED, GENERALIZED_TIME, INTEGER, OCTET_STRING, SEQUENCE

NULL_ELEMENT = b"\x05\x00"


def element(tag, content):
    """Return an element with its tag and length."""
    length = len(content)
    if length < 0x80:
        return bytes((tag, length)) + content
    return bytes((tag, 0x82, length >> 8, length & 0xFF)) + content


def sequence(*parts):
    """Return a SEQUENCE of elements."""
    return element(SEQUENCE, b"".join(parts))


def integer(number, tag=INTEGER):
    """Return a number from zero up to 64 bits."""
    size = 1
    while number >> 8 * size - 1:
        size += 1
    return element(tag, number.to_bytes(size, "big"))


def enumerated(number):
    """Return an ENUMERATED."""
    return integer(number, ENUMERATED)


def octet_string(octets):
    """Return an OCTET STRING."""
    return element(OCTET_STRING, bytes(octets))


def key_usage(bits):
    """Return the BIT STRING of a key usage, one octet, without its zeros at the end."""
    unused = 0
    while not bits >> unused & 1:
        unused += 1
    return element(BIT_STRING, bytes((unused, bits)))


def time(octets):
    """Return a GeneralizedTime of its 15 octets."""
    return element(GENERALIZED_TIME, octets)

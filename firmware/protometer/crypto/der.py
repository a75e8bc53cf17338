"""DER, read: elements of ASN.1 one after the other, without a copy of what they hold.

Lengths of 128 to 255 octets may take one octet or two: certificates write 81, GBCS writes 82.
"""

from micropython import const

INTEGER = const(0x02)
BIT_STRING = const(0x03)
OCTET_STRING = const(0x04)
NULL = const(0x05)
OBJECT_IDENTIFIER = const(0x06)
ENUMERATED = const(0x0A)
UTC_TIME = const(0x17)
GENERALIZED_TIME = const(0x18)
SEQUENCE = const(0x30)
SET = const(0x31)
_LONG = const(0x80)
# No counter has more than 64 bits, and a sign before them.
_MOST_INTEGER = const(9)


class DerError(ValueError):
    """Octets are no DER of what is wanted; the text says what is wrong."""


def sole(octets):
    """Return a Reader of the content of the one SEQUENCE that octets are."""
    outer = Reader(octets)
    content = outer.within()
    outer.end()
    return content


class Reader:
    """Elements within octets, from the first on; `octets`: a view of all of them."""

    def __init__(self, octets):
        self.octets = memoryview(octets)
        self.at = 0

    def left(self):
        """Tell whether anything is left."""
        return self.at < len(self.octets)

    def tag(self):
        """Return the tag of the next element, None where there is none."""
        return self.octets[self.at] if self.left() else None

    def element(self):
        """Return (tag, view of the content) of the next element."""
        start = self.at
        octets = self.octets
        if start + 2 > len(octets):
            raise DerError("DER: ends within an element")
        length = octets[start + 1]
        content = start + 2
        if length >= _LONG:
            size = length - _LONG
            if not 1 <= size <= 2 or content + size > len(octets):
                raise DerError("DER: a length of %d octets" % size)
            length = int.from_bytes(bytes(octets[content : content + size]), "big")
            content += size
            if length < _LONG:
                raise DerError("DER: a length longer than it needs to be")
        self.at = content + length
        if self.at > len(octets):
            raise DerError("DER: an element longer than what is left")
        return octets[start], octets[content : self.at]

    def take(self, tag):
        """Return the content of the next element, which must have that tag."""
        found, content = self.element()
        if found != tag:
            raise DerError("DER: tag %02x where %02x belongs" % (found, tag))
        return content

    def within(self, tag=SEQUENCE):
        """Return a Reader of the next element's content."""
        return Reader(self.take(tag))

    def whole(self):
        """Return a view of the next element, tag and length included, and pass it."""
        start = self.at
        self.element()
        return self.octets[start : self.at]

    def integer(self, tag=INTEGER):
        """Return a number from zero up to 64 bits."""
        content = self.take(tag)
        size = len(content)
        if not 1 <= size <= _MOST_INTEGER or content[0] >= 0x80:
            raise DerError("DER: an integer that is none of GBCS")
        if size > 1 and content[0] == 0 and content[1] < 0x80:
            raise DerError("DER: an integer longer than it needs to be")
        if size == _MOST_INTEGER and content[0]:
            raise DerError("DER: an integer of more than 64 bits")
        return int.from_bytes(bytes(content), "big")

    def octet_string(self, size=None):
        """Return the octets of an OCTET STRING; size: how many there must be."""
        content = bytes(self.take(OCTET_STRING))
        if size is not None and len(content) != size:
            raise DerError("DER: %d octets where %d belong" % (len(content), size))
        return content

    def end(self):
        """Raise DerError where anything is left."""
        if self.left():
            raise DerError("DER: %d octets too many" % (len(self.octets) - self.at))

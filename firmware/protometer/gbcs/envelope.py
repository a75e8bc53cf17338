"""A message of GBCS as it travels: grouping header, payload, signature, authentication code.

Inside is DLMS general-signing, which holds the grouping header and the payload (GBCS 7.2.7);
outside, where the message is authenticated for one party, general-ciphering. Integers are
big-endian. Nothing is decoded here of the payload, and nothing is verified.
"""

from micropython import const

COMMAND = const(0x01)
RESPONSE = const(0x02)
ALERT = const(0x03)

_GENERAL_CIPHERING = const(0xDD)
_GENERAL_SIGNING = const(0xDF)
# Five empty octet strings: transaction, originator, recipient, date-time and other information
# stand in the grouping header; then there is no key information.
_CIPHERING_FIELDS = bytes(6)
# Authenticated only, by the key of the unicast set; no invocation counter.
SECURITY_HEADER = b"\x11\x00\x00\x00\x00"
MAC_SIZE = const(12)
SIGNATURE_SIZE = const(64)
IDENTIFIER_SIZE = const(8)
DATE_TIME_SIZE = const(12)
_TRANSACTION_SIZE = const(9)
# Message code; then the supplementary party, its counter and the device's own, each of 8 octets.
_CODE_SIZE = const(2)
_NUMBER_SIZE = const(8)
_OTHER_SIZES = (2, 10, 18, 26)
# The longest message has 3,986 octets; no transport brings one much longer.
MOST_OCTETS = const(8_500)


class EnvelopeError(ValueError):
    """The octets are no message of GBCS; the text says what is wrong."""


class Message:
    """One message, taken apart.

    kind: COMMAND, RESPONSE or ALERT; counter: the originator's, a number of 64 bits; originator,
    target: entity identifiers of 8 octets; date_time: 12 octets or none; code: the message code;
    party, party_counter, device_counter: supplementary party (8 octets), its counter, the
    device's counter, None where they are not there; certificate: the party's, DER, or none;
    payload, signature (64 octets or none), mac (12 octets or None): views of what came.
    signed: what a signature covers; authenticated: what the code covers, without the fields of
    general-ciphering.
    """

    def __init__(self):
        self.date_time = b""
        self.party = None
        self.party_counter = None
        self.device_counter = None
        self.certificate = b""
        self.mac = None


class _Reader:
    def __init__(self, octets):
        self._octets = memoryview(octets)
        self.at = 0

    def take(self, size):
        """Return a view of the next octets."""
        end = self.at + size
        if end > len(self._octets):
            raise EnvelopeError("message: ends at %d, %d more belong" % (self.at, size))
        view = self._octets[self.at : end]
        self.at = end
        return view

    def octet(self):
        return self.take(1)[0]

    def number(self, size):
        return int.from_bytes(bytes(self.take(size)), "big")

    def expect(self, octets, what):
        if bytes(self.take(len(octets))) != octets:
            raise EnvelopeError("message: %s" % what)

    def length(self):
        """Return a length in its shortest form, as DLMS writes it."""
        first = self.octet()
        if first < 0x80:
            return first
        size = first & 0x7F
        if not 1 <= size <= 2:
            raise EnvelopeError("message: a length of %d octets" % size)
        length = self.number(size)
        if length < (0x80, 0x100)[size - 1]:
            raise EnvelopeError("message: a length longer than it needs to be")
        return length

    def sized(self, size, what):
        if self.length() != size:
            raise EnvelopeError("message: %s is not of %d octets" % (what, size))
        return self.take(size)

    def left(self):
        return len(self._octets) - self.at


def encode_length(length):
    """Return a length as DLMS writes it."""
    if length < 0x80:
        return bytes((length,))
    if length < 0x100:
        return bytes((0x81, length))
    return bytes((0x82, length >> 8, length & 0xFF))


def parse(octets):
    """Return the Message of a whole message, or raise EnvelopeError."""
    if len(octets) > MOST_OCTETS:
        raise EnvelopeError("message: %d octets" % len(octets))
    reader = _Reader(octets)
    mac = None
    if len(octets) and octets[0] == _GENERAL_CIPHERING:
        reader.octet()
        reader.expect(_CIPHERING_FIELDS, "fields of general-ciphering that GBCS leaves empty")
        if reader.length() != reader.left():
            raise EnvelopeError("message: the length of general-ciphering is wrong")
        reader.expect(SECURITY_HEADER, "not the security header of GBCS")
        inner = reader.take(reader.left() - MAC_SIZE) if reader.left() >= MAC_SIZE else b""
        mac = bytes(reader.take(MAC_SIZE)) if inner else None
        reader = _Reader(inner)
    else:
        inner = memoryview(octets)
    message = _signed_part(reader, inner)
    message.mac = mac
    return message


def _signed_part(reader, inner):
    message = Message()
    reader.expect(bytes((_GENERAL_SIGNING,)), "neither general-ciphering nor general-signing")
    transaction = reader.sized(_TRANSACTION_SIZE, "the transaction identifier")
    message.kind = transaction[0]
    if not COMMAND <= message.kind <= ALERT:
        raise EnvelopeError("message: it is of kind %d" % message.kind)
    message.counter = int.from_bytes(bytes(transaction[1:]), "big")
    message.originator = bytes(reader.sized(IDENTIFIER_SIZE, "the originator"))
    message.target = bytes(reader.sized(IDENTIFIER_SIZE, "the target"))
    size = reader.length()
    if size not in (0, DATE_TIME_SIZE):
        raise EnvelopeError("message: a date-time of %d octets" % size)
    message.date_time = bytes(reader.take(size))
    _take_other_information(reader, message)
    message.payload = reader.take(reader.length())
    message.signed = inner[1 : reader.at]
    size = reader.length()
    if size not in (0, SIGNATURE_SIZE):
        raise EnvelopeError("message: a signature of %d octets" % size)
    message.signature = bytes(reader.take(size))
    if reader.left():
        raise EnvelopeError("message: %d octets behind its end" % reader.left())
    message.authenticated = inner
    return message


def _take_other_information(reader, message):
    size = reader.length()
    rest = size - _CODE_SIZE
    if size not in _OTHER_SIZES and rest < 3 * _NUMBER_SIZE:
        raise EnvelopeError("message: other information of %d octets" % size)
    message.code = reader.number(_CODE_SIZE)
    if rest >= _NUMBER_SIZE:
        message.party = bytes(reader.take(_NUMBER_SIZE))
    if rest >= 2 * _NUMBER_SIZE:
        message.party_counter = reader.number(_NUMBER_SIZE)
    rest -= 2 * _NUMBER_SIZE
    if rest == _NUMBER_SIZE:
        message.device_counter = reader.number(_NUMBER_SIZE)
    elif rest > _NUMBER_SIZE:
        message.certificate = bytes(reader.take(rest))


def transaction(kind, counter):
    """Return the 9 octets that tell one message of an originator from its others."""
    return bytes((kind,)) + counter.to_bytes(8, "big")


def encode_signed_part(message):
    """Return what a signature of a Message covers: from behind the tag to the payload."""
    other = message.code.to_bytes(2, "big") + (message.party or b"")
    for number in (message.party_counter, message.device_counter):
        if number is not None:
            other += number.to_bytes(8, "big")
    other += message.certificate
    parts = (
        transaction(message.kind, message.counter),
        message.originator,
        message.target,
        message.date_time,
        other,
        bytes(message.payload),
    )
    return b"".join([encode_length(len(part)) + part for part in parts])


def encode_general_signing(signed, signature=b""):
    """Return a message without authentication code; signature: 64 octets or none."""
    head = bytes((_GENERAL_SIGNING,))
    return head + signed + encode_length(len(signature)) + signature


def mac_input(authenticated):
    """Return the additional data of the authentication code of a general-signing message."""
    return SECURITY_HEADER[:1] + _CIPHERING_FIELDS[:5] + bytes(authenticated)


def encode_general_ciphering(authenticated, mac):
    """Return a whole message: general-signing with its authentication code of 12 octets."""
    length = len(SECURITY_HEADER) + len(authenticated) + len(mac)
    head = bytes((_GENERAL_CIPHERING,)) + _CIPHERING_FIELDS + encode_length(length)
    return head + SECURITY_HEADER + authenticated + mac

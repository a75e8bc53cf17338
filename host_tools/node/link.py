"""The lockstep datagrams between the conductor and one device process, as bytes.

Pure codec for both sides: no socket, no clock. All numbers are little-endian. A time is
the pair (whole seconds since 2000-01-01T00:00:00Z, milliseconds 0..999).
"""

import struct

# Types of datagram: the first byte.
GRANT = 0x47  # 'G' conductor to node: run up to a time, with these inputs
DONE = 0x44  # 'D' node to conductor: reached a time, with these outputs
HELLO = 0x48  # 'H' node to conductor, until the first GRANT comes: my name
STOP = 0x53  # 'S' conductor to node: answer DONE and exit

# Kinds of item to a node.
FRAME = 1  # rssi_dbm i8, lqi u8, PSDU with FCS; from a node: PSDU with FCS alone
SENT = 2  # one of the STATUS_ bytes, with ACK_PENDING or without
COMMAND = 3  # JSON text
KEY = 4  # name of the key
QUERY = 5  # JSON text
# Kinds of item from a node; FRAME is one of them too.
CONFIGURE = 6  # page u8, channel u8, pan_id u16, short_address u16, extended_address 8 bytes
PICTURE = 7  # 128 x 64 pixels, one bit each
TRACE = 8  # one line of text
ANSWER = 9  # JSON text
RECEIVER = 10  # one byte of the RECEIVER_ bits
PENDING = 11  # 1: hold data for this address, 0: no more; then its 2 or 8 bytes

STATUS_SENT = 0
STATUS_NO_ACK = 1
STATUS_CHANNEL_BUSY = 2
ACK_PENDING = 0x10  # the acknowledgement said that data waits for us

RECEIVER_ON = 1  # when idle
RECEIVER_COORDINATOR = 2  # take frames that name no destination

NEVER_S = 0xFFFFFFFF  # with 0 ms: the node has no deadline of its own
MIN_PSDU_BYTES = 5  # an acknowledgement
MAX_PSDU_BYTES = 127
MAX_ITEMS = 255
MAX_DATAGRAM_BYTES = 65507  # what UDP over IPv4 carries
HEADER_BYTES = 18  # of GRANT and DONE, before their items
ITEM_HEADER_BYTES = 3

_TIMED = "<BIIHIHB"  # type, sequence, s, ms, s, ms, number of items: GRANT and DONE
_ITEM = "<BH"
_STOP = "<BI"
_CONFIGURE = "<BBHH"
_MAX_TEXT = 0xFFFF

# By type of datagram: kind -> (least bytes, most bytes, is text).
_ITEMS = {
    GRANT: {
        FRAME: (2 + MIN_PSDU_BYTES, 2 + MAX_PSDU_BYTES, False),
        SENT: (1, 1, False),
        COMMAND: (0, _MAX_TEXT, True),
        KEY: (1, _MAX_TEXT, True),
        QUERY: (0, _MAX_TEXT, True),
    },
    DONE: {
        FRAME: (MIN_PSDU_BYTES, MAX_PSDU_BYTES, False),
        CONFIGURE: (14, 14, False),
        RECEIVER: (1, 1, False),
        PENDING: (3, 9, False),
        PICTURE: (1024, 1024, False),
        TRACE: (0, _MAX_TEXT, True),
        ANSWER: (0, _MAX_TEXT, True),
    },
}


class LinkError(Exception):
    """A datagram, or an item to be put in one, breaks the link's format."""


def encode_grant(seq, at_s, at_ms, until_s, until_ms, items):
    """Return the GRANT: be at `at`, take items [(kind, payload)], run on to `until`.

    Raises LinkError for what decode would refuse.
    """
    _check_span(at_s, at_ms, until_s, until_ms)
    return _encode(GRANT, seq, at_s, at_ms, until_s, until_ms, items)


def encode_done(seq, reached_s, reached_ms, next_s, next_ms, items):
    """Return the DONE: ran up to `reached`, own deadline `next` ((NEVER_S, 0): none).

    A frame among the items began its way at `reached`. A node may stop as early for any
    other output, which is then stamped exactly. Raises LinkError for what decode would refuse.
    """
    _check_ms(reached_ms, next_ms)
    return _encode(DONE, seq, reached_s, reached_ms, next_s, next_ms, items)


def encode_hello(name):
    """Return the HELLO of the node called name."""
    if not name:
        raise LinkError("HELLO without a name")
    return bytes((HELLO,)) + name.encode()


def encode_stop(seq):
    """Return the STOP numbered seq."""
    return struct.pack(_STOP, STOP, seq)


def decode(data):
    """Return the datagram as a tuple that starts with its type. Raises LinkError.

    (GRANT or DONE, seq, s, ms, s, ms, [(kind, payload)]), (HELLO, name) or (STOP, seq).
    """
    if not data:
        raise LinkError("empty datagram")
    datagram_type = data[0]
    if datagram_type in _ITEMS:
        return _decode_timed(datagram_type, data)
    if datagram_type == HELLO:
        if len(data) == 1:
            raise LinkError("HELLO without a name")
        return HELLO, _text(bytes(data[1:]))
    if datagram_type == STOP:
        if len(data) != 5:
            raise LinkError("STOP of %d bytes instead of 5" % len(data))
        return struct.unpack(_STOP, data)
    raise LinkError("unknown datagram type 0x%02x" % datagram_type)


def encode_configure(page, channel, pan_id, short_address, extended_address):
    """Return the payload of CONFIGURE; extended_address is 8 bytes, little-endian."""
    if len(extended_address) != 8:
        raise LinkError("extended address of %d bytes" % len(extended_address))
    head = struct.pack(_CONFIGURE, page, channel, pan_id, short_address)
    return head + bytes(extended_address)


def decode_configure(payload):
    """Return (page, channel, pan_id, short_address, extended_address) of a CONFIGURE."""
    return struct.unpack_from(_CONFIGURE, payload) + (payload[6:14],)


def received_frame(payload):
    """Return (psdu, rssi_dbm, lqi) of a FRAME that came to a node."""
    rssi_dbm, lqi = struct.unpack_from("<bB", payload)
    return payload[2:], rssi_dbm, lqi


class Answered:
    """The last reply of a node: sent again when its question comes again."""

    def __init__(self):
        self._seq = None
        self._reply = None

    def keep(self, seq, reply):
        """Remember the datagram that answered seq."""
        self._seq = seq
        self._reply = reply

    def reply_to(self, seq):
        """Return the datagram already sent for seq, or None when seq is new."""
        return self._reply if seq == self._seq else None


def _encode(datagram_type, seq, a_s, a_ms, b_s, b_ms, items):
    if len(items) > MAX_ITEMS:
        raise LinkError("%d items in one datagram" % len(items))
    parts = [struct.pack(_TIMED, datagram_type, seq, a_s, a_ms, b_s, b_ms, len(items))]
    size = HEADER_BYTES
    for kind, payload in items:
        _check_item(datagram_type, kind, payload)
        parts.append(struct.pack(_ITEM, kind, len(payload)))
        parts.append(payload)
        size += ITEM_HEADER_BYTES + len(payload)
    if size > MAX_DATAGRAM_BYTES:
        raise LinkError("datagram of %d bytes" % size)
    return b"".join(parts)


def _decode_timed(datagram_type, data):
    if len(data) < HEADER_BYTES:
        raise LinkError("header cut at %d bytes" % len(data))
    _, seq, a_s, a_ms, b_s, b_ms, count = struct.unpack_from(_TIMED, data)
    if datagram_type == GRANT:
        _check_span(a_s, a_ms, b_s, b_ms)
    else:
        _check_ms(a_ms, b_ms)
    items = _decode_items(datagram_type, data, count)
    return datagram_type, seq, a_s, a_ms, b_s, b_ms, items


def _decode_items(datagram_type, data, count):
    items = []
    end = HEADER_BYTES
    for _ in range(count):
        start = end + ITEM_HEADER_BYTES
        if start > len(data):
            raise LinkError("item %d cut in its header" % len(items))
        kind, length = struct.unpack_from(_ITEM, data, end)
        end = start + length
        if end > len(data):
            raise LinkError("item %d cut in its payload" % len(items))
        payload = bytes(data[start:end])
        _check_item(datagram_type, kind, payload)
        items.append((kind, payload))
    if end != len(data):
        raise LinkError("%d bytes after the last item" % (len(data) - end))
    return items


def _check_item(datagram_type, kind, payload):
    rule = _ITEMS[datagram_type].get(kind)
    if rule is None:
        raise LinkError("kind %d does not go this way" % kind)
    if not rule[0] <= len(payload) <= rule[1]:
        raise LinkError("kind %d with %d bytes" % (kind, len(payload)))
    if rule[2]:
        _text(payload)
    elif kind in _CHECKS:
        _CHECKS[kind](payload)


def _check_sent(payload):
    status = payload[0]
    if status != STATUS_SENT | ACK_PENDING and status > STATUS_CHANNEL_BUSY:
        raise LinkError("unknown status %d" % status)


def _check_receiver(payload):
    if payload[0] > RECEIVER_ON | RECEIVER_COORDINATOR:
        raise LinkError("unknown receiver bits 0x%02x" % payload[0])


def _check_pending(payload):
    if len(payload) not in (3, 9) or payload[0] > 1:
        raise LinkError("pending 0x%02x for %d address bytes" % (payload[0], len(payload) - 1))


# What an item of a right length must satisfy besides.
_CHECKS = {SENT: _check_sent, RECEIVER: _check_receiver, PENDING: _check_pending}


def _check_span(at_s, at_ms, until_s, until_ms):
    _check_ms(at_ms, until_ms)
    if until_s < at_s or (until_s == at_s and until_ms < at_ms):
        raise LinkError("until before at")


def _check_ms(first_ms, second_ms):
    if first_ms > 999 or second_ms > 999:
        raise LinkError("more than 999 milliseconds")


def _text(payload):
    try:
        return payload.decode()
    except UnicodeError:
        raise LinkError("text is not UTF-8")

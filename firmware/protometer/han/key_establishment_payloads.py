"""Payloads of the Key Establishment cluster, 0x0800 (Smart Energy, annex C.3).

Plain integers are least significant octet first, as in all ZCL; what belongs to the certificates'
world (identities, points, MACs) is most significant first. Decoders raise FrameError only.
"""

from micropython import const

from ..crypto.cbke import MAC_SIZE
from ..crypto.implicit_certificate import (
    BAD_KEY_CONFIRM,
    BAD_MESSAGE,
    CERTIFICATE_SIZES,
    INVALID_CERTIFICATE,
    NO_RESOURCES,
    UNKNOWN_ISSUER,
    UNSUPPORTED_SUITE,
)
from . import zcl
from .frame_error import FrameError

CLUSTER = const(0x0800)
# Attribute of client and server: the suites held, a bit each.
KEY_ESTABLISHMENT_SUITE = const(0x0000)

# Commands, the same from client and from server.
INITIATE = const(0x00)
EPHEMERAL_DATA = const(0x01)
CONFIRM_KEY_DATA = const(0x02)
TERMINATE = const(0x03)

# Statuses of Terminate Key Establishment.
STATUSES = (
    UNKNOWN_ISSUER,
    BAD_KEY_CONFIRM,
    BAD_MESSAGE,
    NO_RESOURCES,
    UNSUPPORTED_SUITE,
    INVALID_CERTIFICATE,
)

_CERTIFICATE_AT = const(4)
_TERMINATE_SIZE = const(4)
# Generate times are 1 to 0xFE seconds; 0xFF stands for none.
_MOST_S = const(0xFE)


def encode_initiate(suite, ephemeral_s, confirm_s, certificate):
    """Return Initiate Key Establishment, request or response.

    ephemeral_s, confirm_s: the most seconds that the sender needs for its ephemeral data and for
    its confirmation; certificate: octets.
    """
    payload = bytearray()
    zcl.put_uint(payload, suite, 2)
    payload.append(ephemeral_s)
    payload.append(confirm_s)
    return bytes(payload) + certificate


def decode_initiate(payload):
    """Return (suite, ephemeral_s, confirm_s, certificate octets), or raise FrameError.

    suite: as sent, which may be none of ours; else the certificate is of the suite's length.
    """
    suite = zcl.get_uint(payload, 0, 2)
    ephemeral_s, confirm_s = zcl.get_uint(payload, 2, 1), zcl.get_uint(payload, 3, 1)
    certificate = bytes(payload[_CERTIFICATE_AT:])
    if suite in CERTIFICATE_SIZES:
        if len(certificate) != CERTIFICATE_SIZES[suite]:
            raise FrameError("key establishment: certificate of %d octets" % len(certificate))
        if not 0 < min(ephemeral_s, confirm_s) <= max(ephemeral_s, confirm_s) <= _MOST_S:
            raise FrameError("key establishment: %d s and %d s" % (ephemeral_s, confirm_s))
    return suite, ephemeral_s, confirm_s, certificate


def decode_confirmation(payload):
    """Return the MAC of Confirm Key Data, or raise FrameError."""
    if len(payload) != MAC_SIZE:
        raise FrameError("key establishment: MAC of %d octets" % len(payload))
    return bytes(payload)


def encode_terminate(status, wait_s, suites):
    """Return Terminate Key Establishment.

    wait_s: seconds before the other side may try again; suites: those held, a bit each.
    """
    payload = bytearray((status, wait_s))
    zcl.put_uint(payload, suites, 2)
    return bytes(payload)


def decode_terminate(payload):
    """Return (status, wait_s, suites), or raise FrameError."""
    if len(payload) != _TERMINATE_SIZE or payload[0] not in STATUSES:
        raise FrameError("key establishment: a Terminate of another kind")
    return payload[0], payload[1], zcl.get_uint(payload, 2, 2)

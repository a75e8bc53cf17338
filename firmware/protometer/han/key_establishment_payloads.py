"""Payloads of the Key Establishment cluster, 0x0800 (Smart Energy, annex C.3).

Plain integers are least significant octet first, as in all ZCL; what belongs to the certificates'
world (identities, points, MACs) is most significant first. Decoders raise FrameError only.
"""

from struct import pack

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
from .frame_error import FrameError, fields

# Commands, the same from client and from server.
INITIATE = const(0x00)
EPHEMERAL_DATA = const(0x01)
CONFIRM_KEY_DATA = const(0x02)
TERMINATE = const(0x03)

# Statuses of Terminate Key Establishment.
_STATUSES = (
    UNKNOWN_ISSUER,
    BAD_KEY_CONFIRM,
    BAD_MESSAGE,
    NO_RESOURCES,
    UNSUPPORTED_SUITE,
    INVALID_CERTIFICATE,
)

# Suite, generate times; a certificate follows. Status, seconds to wait, suites.
_INITIATE = "<HBB"
_TERMINATE = "<BBH"
_CERTIFICATE_AT = const(4)
_TERMINATE_SIZE = const(4)
# Generate times are 1 to 0xFE seconds; 0xFF stands for none.
_MOST_S = const(0xFE)


def encode_initiate(suite, ephemeral_s, confirm_s, certificate):
    """Return Initiate Key Establishment, request or response.

    ephemeral_s, confirm_s: the most seconds that the sender needs for its ephemeral data and for
    its confirmation; certificate: octets.
    """
    return pack(_INITIATE, suite, ephemeral_s, confirm_s) + certificate


def decode_initiate(payload):
    """Return (suite, ephemeral_s, confirm_s, certificate octets), or raise FrameError.

    suite: as sent, which may be none of ours; else the certificate is of the suite's length.
    """
    suite, ephemeral_s, confirm_s = fields(_INITIATE, payload)
    certificate = bytes(payload[_CERTIFICATE_AT:])
    if suite in CERTIFICATE_SIZES:
        if len(certificate) != CERTIFICATE_SIZES[suite]:
            raise FrameError("certificate of another size")
        if not 0 < min(ephemeral_s, confirm_s) <= max(ephemeral_s, confirm_s) <= _MOST_S:
            raise FrameError("bad generate times")
    return suite, ephemeral_s, confirm_s, certificate


def decode_confirmation(payload):
    """Return the MAC of Confirm Key Data, or raise FrameError."""
    if len(payload) != MAC_SIZE:
        raise FrameError("MAC of another size")
    return bytes(payload)


def encode_terminate(status, wait_s, suites):
    """Return Terminate Key Establishment.

    wait_s: seconds before the other side may try again; suites: those held, a bit each.
    """
    return pack(_TERMINATE, status, wait_s, suites)


def decode_terminate(payload):
    """Return (status, wait_s, suites), or raise FrameError."""
    if len(payload) != _TERMINATE_SIZE or payload[0] not in _STATUSES:
        raise FrameError("another Terminate")
    return fields(_TERMINATE, payload)

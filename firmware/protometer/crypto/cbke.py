"""Certificate-based key establishment: ECMQV, the keys it gives, and their confirmation.

Smart Energy, annex C (cryptographic suites 1 and 2). Each side has a static key pair by its
implicit certificate and makes an ephemeral one; both arrive at one secret, from which follow the
key that confirms and the new link key. Scalars and identities are most significant octet first.
"""

from micropython import const

from .aes_mmo import mmo_hash, mmo_hmac
from .implicit_certificate import BAD_MESSAGE, CbkeError, ImplicitCertificate, curve_of

MAC_SIZE = const(16)
# First octet of the message under the initiator's MAC (MACU) and the responder's (MACV).
BY_INITIATOR = const(2)
BY_RESPONDER = const(3)
# Octets beyond a scalar's, so that the remainder of random ones favours no value.
_MORE_RANDOM = const(8)
# Half the bits of the order, rounded up, by suite.
_HALF_BITS = {1: 82, 2: 141}


class Credentials:
    """What one device holds of one suite.

    certificate: the octets of its implicit certificate; private_key: an integer; issuer_point:
    the certificate authority's public key as a pair, which curve_of(suite).decompress() gives of
    its octets in a third of a second of an RP2040. CbkeError for a certificate that is none.
    """

    def __init__(self, suite, certificate, private_key, issuer_point):
        self.suite = suite
        self.certificate = ImplicitCertificate(suite, certificate)
        self.private_key = private_key
        self.issuer_point = issuer_point


class Ephemeral:
    """A key pair of one establishment: private_key, x of the public point, and `octets` sent."""

    def __init__(self, private_key, x, octets):
        self.private_key = private_key
        self.x = x
        self.octets = octets


def make_ephemeral(suite, random):
    """Return a new Ephemeral; random(count) gives octets fit for keys. A generator."""
    curve = curve_of(suite)
    number = int.from_bytes(random(curve.field.octets + _MORE_RANDOM), "big")
    return (yield from ephemeral_of(suite, number % (curve.order - 1) + 1))


def ephemeral_of(suite, private_key):
    """Return the Ephemeral of a private key that is no multiple of the order; a generator."""
    curve = curve_of(suite)
    point = yield from curve.sum_of_products(((private_key, curve.generator),))
    return Ephemeral(private_key, point[0], (yield from curve.compress(point)))


def associate(suite, x):
    """Return avf of a point by its x: the lower half, with the bit above it set."""
    bit = 1 << _HALF_BITS[suite]
    return x & bit - 1 | bit


def implicit_signature(own, ephemeral):
    """Return s of ECMQV: both private keys, bound to the ephemeral point."""
    bound = associate(own.suite, ephemeral.x) * own.private_key
    return (ephemeral.private_key + bound) % curve_of(own.suite).order


def shared_secret(own, ephemeral, peer_certificate, peer_point, peer_ephemeral):
    """Return the secret of both sides as octets, or raise CbkeError; a generator.

    own: Credentials; ephemeral: our own; peer_certificate: an ImplicitCertificate, checked, and
    peer_point its certificate_point(); peer_ephemeral: the ephemeral_point() of what came.

    ECMQV with the peer's public key written out, e P + Qca, so that three points of the prime
    order are multiplied in one go: h s (E + avf(E) (e P + Qca)).
    """
    curve = curve_of(own.suite)
    order = curve.order
    weight = curve.cofactor * implicit_signature(own, ephemeral) % order
    issuer_weight = weight * associate(own.suite, peer_ephemeral[0]) % order
    point = yield from curve.sum_of_products(
        (
            (weight, peer_ephemeral),
            (issuer_weight * peer_certificate.number(), peer_point),
            (issuer_weight, own.issuer_point),
        )
    )
    if point is None:
        raise CbkeError("shared secret: infinity", BAD_MESSAGE)
    return point[0].to_bytes(curve.field.octets, "big")


def derive_keys(secret):
    """Return (MAC key, link key) of a shared secret (ANSI X9.63 with AES-MMO)."""
    return mmo_hash(secret + b"\0\0\0\1"), mmo_hash(secret + b"\0\0\0\2")


def confirmation(mac_key, side, own_id, peer_id, own_ephemeral, peer_ephemeral):
    """Return the MAC that one side sends: own is the sender, whichever side computes it.

    side: BY_INITIATOR or BY_RESPONDER; ids: EUI-64s; ephemerals: octets as sent.
    """
    return mmo_hmac(mac_key, bytes((side,)) + own_id + peer_id + own_ephemeral + peer_ephemeral)

"""Certificates, ECMQV, key derivation and confirmation against the vectors of annex C.

The numbers are in cbke_vectors.json, which names their source.
"""

import json
from pathlib import Path

import pytest

from host_tools.node.slices import finish
from protometer.crypto.aes_mmo import mmo_hash, mmo_hmac
from protometer.crypto.binary_field import BinaryField
from protometer.crypto.cbke import (
    BY_INITIATOR,
    BY_RESPONDER,
    Credentials,
    associate,
    confirmation,
    derive_keys,
    ephemeral_of,
    implicit_signature,
    make_ephemeral,
    shared_secret,
)
from protometer.crypto.implicit_certificate import (
    BAD_MESSAGE,
    INVALID_CERTIFICATE,
    UNIX_S_OF_2000,
    UNKNOWN_ISSUER,
    UNSUPPORTED_SUITE,
    CbkeError,
    ImplicitCertificate,
    certificate_point,
    curve_of,
    ephemeral_point,
    public_key,
)
from tests.crypto.slow_curve import SlowCurve
from tests.on_runtimes import OTHER_RUNTIMES, printed

VECTORS = json.loads(Path(__file__).with_name("cbke_vectors.json").read_text())
WORKLOAD = Path(__file__).with_name("cbke_workload.py")
SUITES = pytest.mark.parametrize("suite", (1, 2))
SIDES = pytest.mark.parametrize("side", ("initiator", "responder"))
MORE = VECTORS["more_certificates"]


def octets(text):
    return bytes.fromhex(text)


def issuer_point(suite):
    published = VECTORS["suites"][str(suite)]["ca_public_key"]
    return int(published["x"], 16), int(published["y"], 16)


def party(suite, side):
    """Return (credentials, ephemeral) of a published party."""
    published = VECTORS["suites"][str(suite)][side]
    own = Credentials(
        suite,
        octets(published["certificate"]),
        int(published["private_key"], 16),
        issuer_point(suite),
    )
    return own, finish(ephemeral_of(suite, int(published["ephemeral_private_key"], 16)))


@SUITES
@SIDES
def test_the_fields_of_a_certificate(suite, side):
    published = VECTORS["suites"][str(suite)][side]
    certificate = ImplicitCertificate(suite, octets(published["certificate"]))
    fields = published["fields"]
    assert certificate.subject.hex() == fields["subject"] == published["eui64"]
    assert certificate.issuer.hex() == fields["issuer"]
    assert certificate.point.hex() == fields["public_key_reconstruction"]
    assert certificate.number() == int(published["certificate_hash"], 16)
    if suite == 1:
        assert certificate.profile_data.hex() == fields["profile_attribute_data"]
    else:
        assert certificate.serial_number.hex() == fields["serial_number"]
        assert certificate.valid_from_unix_s == int(fields["valid_from_unix_40bit"], 16)
        assert certificate.valid_for_s == int(fields["valid_for_seconds"], 16)
        assert certificate.key_usage == int(fields["key_usage"], 16)


@SUITES
@SIDES
def test_the_public_key_of_a_certificate(suite, side):
    published = VECTORS["suites"][str(suite)][side]
    certificate = ImplicitCertificate(suite, octets(published["certificate"]))
    key = finish(public_key(certificate, issuer_point(suite)))
    assert key == tuple(int(text, 16) for text in published["static_xy"])
    assert finish(curve_of(suite).compress(key)).hex() == published["public_key"]


@pytest.mark.parametrize("published", MORE, ids=lambda published: published["private_key"][:8])
def test_further_certificates(published):
    suite = published["suite"]
    certificate = ImplicitCertificate(suite, octets(published["implicit_certificate"]))
    assert certificate.number() == int(published["certificate_hash_e"], 16)
    key = finish(public_key(certificate, issuer_point(suite)))
    curve = curve_of(suite)
    assert finish(curve.compress(key)).hex() == published["public_key"]
    private_key = int(published["private_key"], 16)
    assert key == finish(curve.sum_of_products(((private_key, curve.generator),)))


@SUITES
def test_the_establishment_of_annex_c(suite):
    published = VECTORS["suites"][str(suite)]
    sides = {side: party(suite, side) for side in ("initiator", "responder")}
    for side, other in (("initiator", "responder"), ("responder", "initiator")):
        own, ephemeral = sides[side]
        peer, peer_ephemeral = sides[other]
        assert ephemeral.octets.hex() == published[side]["ephemeral_public_key"]
        point = finish(ephemeral_point(suite, peer_ephemeral.octets))
        peer_point = finish(certificate_point(peer.certificate))
        work = shared_secret(own, ephemeral, peer.certificate, peer_point, point)
        secret = finish(work)
        assert secret.hex() == published["shared_secret"]
    mac_key, link_key = derive_keys(secret)
    assert mac_key.hex() == published["mac_key"]
    assert link_key.hex() == published["link_key"]
    (_, u), (_, v) = sides.values()
    u_id, v_id = (octets(published[side]["eui64"]) for side in sides)
    macu = confirmation(mac_key, BY_INITIATOR, u_id, v_id, u.octets, v.octets)
    macv = confirmation(mac_key, BY_RESPONDER, v_id, u_id, v.octets, u.octets)
    assert (macu.hex(), macv.hex()) == (published["macu"], published["macv"])


@SUITES
@SIDES
def test_the_intermediates_of_annex_c(suite, side):
    published = VECTORS["suites"][str(suite)][side]
    own, ephemeral = party(suite, side)
    assert associate(suite, ephemeral.x) == int(published["mqv_avf"], 16)
    assert implicit_signature(own, ephemeral) == int(published["mqv_s"], 16)


@SUITES
def test_the_messages_under_the_macs_and_the_derivation(suite):
    published = VECTORS["suites"][str(suite)]
    for counter, name in ((0, "mac_key"), (1, "link_key")):
        assert mmo_hash(octets(published["kdf_messages"][counter])).hex() == published[name]
    for name in ("macu", "macv"):
        message = octets(published[f"{name}_message"])
        assert mmo_hmac(octets(published["mac_key"]), message).hex() == published[name]


@SUITES
def test_the_secret_by_the_definition(suite):
    # ECMQV as annex C words it, step by step on the slow curve, with keys of our own.
    slow, curve = SlowCurve(suite), curve_of(suite)
    (own, ephemeral), (peer, peer_ephemeral) = (
        party(suite, side) for side in ("initiator", "responder")
    )
    ephemeral = finish(ephemeral_of(suite, ephemeral.private_key + 5))
    half = (slow.order.bit_length() + 1) // 2
    own_half, peer_half = (each.x % 2**half + 2**half for each in (ephemeral, peer_ephemeral))
    public = finish(public_key(peer.certificate, peer.issuer_point))
    peer_e = slow.multiple(peer_ephemeral.private_key % slow.order, slow.generator)
    s = (ephemeral.private_key + own_half * own.private_key) % slow.order
    summed = slow.add(peer_e, slow.multiple(peer_half, public))
    x, _ = slow.multiple(curve.cofactor, slow.multiple(s, summed))
    peer_point = finish(certificate_point(peer.certificate))
    secret = finish(shared_secret(own, ephemeral, peer.certificate, peer_point, peer_e))
    assert secret == x.to_bytes((slow.degree + 7) // 8, "big")


@SUITES
def test_a_secret_of_infinity_is_refused(suite):
    # An ephemeral point that cancels the static part: R = h s (E + avf(E) Q) with E = -avf(E) Q
    # can't be found for a given E, but a scalar s of 0 does the same.
    (own, ephemeral), (peer, peer_ephemeral) = (
        party(suite, side) for side in ("initiator", "responder")
    )
    half = (curve_of(suite).order.bit_length() + 1) // 2
    ephemeral.private_key = -(ephemeral.x % 2**half + 2**half) * own.private_key
    point = finish(ephemeral_point(suite, peer_ephemeral.octets))
    peer_point = finish(certificate_point(peer.certificate))
    with pytest.raises(CbkeError, match="infinity"):
        finish(shared_secret(own, ephemeral, peer.certificate, peer_point, point))


@SUITES
def test_a_public_key_of_infinity_is_refused(suite):
    certificate = party(suite, "initiator")[0].certificate
    point = finish(certificate_point(certificate))
    order = curve_of(suite).order
    opposite = finish(curve_of(suite).sum_of_products(((order - certificate.number(), point),)))
    with pytest.raises(CbkeError, match="infinity") as caught:
        finish(public_key(certificate, opposite))
    assert caught.value.status == INVALID_CERTIFICATE


@SUITES
def test_ephemeral_keys_are_from_the_random_source(suite):
    asked = []

    def random(count):
        asked.append(count)
        return b"\xff" * count

    ephemeral = finish(make_ephemeral(suite, random))
    curve = curve_of(suite)
    assert asked == [curve.field.octets + 8]
    assert 0 < ephemeral.private_key < curve.order
    x, _ = finish(curve.decompress(ephemeral.octets))
    assert x == ephemeral.x
    # The least and the greatest key there is.
    assert finish(make_ephemeral(suite, bytes)).private_key == 1
    last = (curve.order - 2).to_bytes(curve.field.octets + 8, "big")
    assert finish(make_ephemeral(suite, lambda _: last)).private_key == curve.order - 1


def changed(suite, name, value):
    """Return a published certificate with one field changed, checked for its subject."""
    certificate = party(suite, "initiator")[0].certificate
    fields = {
        1: (("point", 22), ("subject", 8), ("issuer", 8), ("profile", 10)),
        2: (
            ("type", 1),
            ("serial", 8),
            ("curve", 1),
            ("hash", 1),
            ("issuer", 8),
            ("from", 5),
            ("for", 4),
            ("subject", 8),
            ("usage", 1),
            ("point", 37),
        ),
    }[suite]
    text, at = bytearray(certificate.octets), 0
    for field, size in fields:
        if field == name:
            text[at : at + size] = value.to_bytes(size, "big")
        at += size
    made = ImplicitCertificate(suite, text)
    return made, certificate.subject, certificate.issuer


NOW_S = 0x5292A38A - UNIX_S_OF_2000


@pytest.mark.parametrize(
    ("suite", "name", "value", "status"),
    [
        (1, "subject", 7, INVALID_CERTIFICATE),
        (1, "issuer", 7, UNKNOWN_ISSUER),
        (2, "subject", 7, INVALID_CERTIFICATE),
        (2, "issuer", 7, UNKNOWN_ISSUER),
        (2, "type", 1, INVALID_CERTIFICATE),
        (2, "curve", 0x0C, INVALID_CERTIFICATE),
        (2, "hash", 0, INVALID_CERTIFICATE),
        (2, "usage", 0x80, INVALID_CERTIFICATE),
        (2, "from", NOW_S + UNIX_S_OF_2000 + 11, INVALID_CERTIFICATE),
        (2, "for", 9, INVALID_CERTIFICATE),
        (2, "for", 10, None),
        (2, "usage", 0x08, None),
        (2, "from", NOW_S + UNIX_S_OF_2000 + 10, None),
        (1, "profile", 0, None),
    ],
)
def test_what_a_certificate_is_checked_for(suite, name, value, status):
    try:
        certificate, subject, issuer = changed(suite, name, value)
        certificate.check(subject, issuer, NOW_S + 10)
        found = None
    except CbkeError as fault:
        found = fault.status
    assert found == status


def test_validity_is_not_looked_at_where_the_time_is_not_known():
    certificate, subject, issuer = changed(2, "for", 0)
    certificate.check(subject, issuer, None)


@SUITES
def test_certificates_of_another_length_or_suite(suite):
    text = party(suite, "initiator")[0].certificate.octets
    for wrong in (b"", text[:-1], text + b"\0"):
        with pytest.raises(CbkeError) as caught:
            ImplicitCertificate(suite, wrong)
        assert caught.value.status == BAD_MESSAGE
    with pytest.raises(CbkeError) as caught:
        ImplicitCertificate(4, text)
    assert caught.value.status == UNSUPPORTED_SUITE


@SUITES
def test_bad_points_name_whose_fault_they_are(suite):
    certificate, _, _ = changed(suite, "point", 0)
    with pytest.raises(CbkeError) as caught:
        finish(certificate_point(certificate))
    assert caught.value.status == INVALID_CERTIFICATE
    with pytest.raises(CbkeError) as caught:
        finish(ephemeral_point(suite, bytes(curve_of(suite).point_octets)))
    assert caught.value.status == BAD_MESSAGE


def test_the_derivation_hashes_the_secret_and_a_counter():
    secret = bytes(range(21))
    assert derive_keys(secret) == (
        mmo_hash(secret + (1).to_bytes(4, "big")),
        mmo_hash(secret + (2).to_bytes(4, "big")),
    )


# Microseconds of an RP2040 for each operation of sect283k1's field, the slower: what MicroPython
# unix takes, times the 165 by which an RP2040 is slower at bytecode and big integers.
COSTS_US = {"multiply": 2_400, "multiply_lanes": 4_100, "square": 550, "square_lanes": 1_150}
LONGEST_US = 10_000


@SUITES
def test_no_slice_is_longer_than_10_ms_of_an_rp2040(suite, monkeypatch):
    spent = [0]

    def charge(name):
        whole = getattr(BinaryField, name)

        def charged(field, *arguments):
            spent[0] += COSTS_US[name]
            return whole(field, *arguments)

        monkeypatch.setattr(BinaryField, name, charged)

    for name in COSTS_US:
        charge(name)

    def longest_of(work):
        longest = 0
        while True:
            spent[0] = 0
            try:
                next(work)
            except StopIteration as end:
                return end.value, max(longest, spent[0])
            longest = max(longest, spent[0])

    (own, ephemeral), (peer, peer_ephemeral) = (
        party(suite, side) for side in ("initiator", "responder")
    )
    peer_point, longest = longest_of(certificate_point(peer.certificate))
    assert 0 < longest < LONGEST_US
    _, longest = longest_of(ephemeral_of(suite, ephemeral.private_key))
    assert 0 < longest < LONGEST_US
    point = finish(ephemeral_point(suite, peer_ephemeral.octets))
    work = shared_secret(own, ephemeral, peer.certificate, peer_point, point)
    _, longest = longest_of(work)
    assert 0 < longest < LONGEST_US


@pytest.mark.runtime
@pytest.mark.parametrize("runtime", OTHER_RUNTIMES)
def test_every_runtime_establishes_the_same(runtime):
    lines = printed("cpython", WORKLOAD)
    # The published keys are among them.
    for suite in "12":
        assert f"{suite} link key {VECTORS['suites'][suite]['link_key']}" in lines
    assert printed(runtime, WORKLOAD) == lines

"""P-256, GCM and CCM* against Project Wycheproof: what others got wrong before us.

Each test says how many vectors it holds, so that none is left out in silence.
"""

from collections import Counter
from hashlib import sha256
from pathlib import Path

import pytest

from protometer.crypto import certificate, ecdsa, p256
from protometer.crypto.ccm_star import MIC_SIZE, seal
from protometer.crypto.der import DerError, Reader
from protometer.crypto.gcm import IV_SIZE, gcm, gmac
from protometer.kernel.slices import finish
from tests.crypto.wycheproof import of_sizes, vectors
from tests.on_runtimes import OTHER_RUNTIMES, printed

pytestmark = pytest.mark.untraced

WORKLOAD = Path(__file__).with_name("wycheproof_workload.py")
SHARED_BLINDS = (1, 2, p256.ORDER - 1)


def _verdicts(name, read):
    """Return how vectors fared, by (what Wycheproof says, what we say), both ways to verify."""
    found = Counter()
    for group, test in vectors("Signature", name):
        point = p256.decode_point(bytes.fromhex(group["publicKey"]["uncompressed"]))
        digest = sha256(bytes.fromhex(test["msg"])).digest()
        quick = finish(ecdsa.multiples(*point))
        try:
            signature = read(bytes.fromhex(test["sig"]))
        except DerError:
            found[test["result"], False] += 1
            continue
        plain = finish(ecdsa.verify([point], digest, signature))
        assert finish(ecdsa.verify(quick, digest, signature)) == plain, test["tcId"]
        found[test["result"], plain] += 1
    return found


def test_signatures():
    verdicts = _verdicts("ecdsa_secp256r1_sha256_p1363", bytes)
    assert verdicts == {("valid", True): 173, ("invalid", False): 89}


def test_signatures_in_der():
    verdicts = _verdicts("ecdsa_secp256r1_sha256", certificate.signature)
    assert verdicts == {("valid", True): 174, ("invalid", False): 310}


def _agreements(name, read):
    """Return how agreements fared: agreed on what is right, or with a key refused."""
    found = Counter()
    for _, test in vectors("Protocol", name):
        private = int(test["private"], 16)
        try:
            point = read(bytes.fromhex(test["public"]))
        except (DerError, p256.PointError):
            found[test["result"], "refused"] += 1
            continue
        for blind in SHARED_BLINDS:
            shared = finish(p256.multiply(private, *point, blind))
            assert shared == int(test["shared"], 16), test["tcId"]
        found[test["result"], "agreed"] += 1
    return found


def test_agreements():
    # The acceptable one is a compressed point: GBCS has none.
    assert _agreements("ecdh_secp256r1_ecpoint", p256.decode_point) == {
        ("valid", "agreed"): 330,
        ("acceptable", "refused"): 1,
        ("invalid", "refused"): 24,
    }


def test_agreements_with_keys_of_certificates():
    def read(octets):
        reader = Reader(octets)
        point = certificate.public_key(reader)
        reader.end()
        return point

    # What is acceptable is no DER, has parameters for a name of the curve, or is compressed.
    assert _agreements("ecdh_secp256r1", read) == {
        ("valid", "agreed"): 330,
        ("acceptable", "refused"): 230,
        ("invalid", "refused"): 52,
    }


def test_gcm():
    found = Counter()
    for test in of_sizes("aes_gcm", keySize=128, ivSize=8 * IV_SIZE, tagSize=128):
        key, iv, additional, text, cipher, tag = (
            bytes.fromhex(test[part]) for part in ("key", "iv", "aad", "msg", "ct", "tag")
        )
        opened, reckoned = finish(gcm(key, iv, additional, cipher, opening=True))
        assert (reckoned == tag) == (test["result"] == "valid"), test["tcId"]
        if reckoned == tag:
            assert opened == text
            assert finish(gcm(key, iv, additional, text)) == (cipher, tag)
        if not text:
            assert (gmac(key, iv, additional) == tag) == (test["result"] == "valid")
        found[test["result"], "GCM" if text else "GMAC"] += 1
    # A single one is authentication alone.
    assert found == {("valid", "GCM"): 39, ("valid", "GMAC"): 1, ("invalid", "GCM"): 27}


def test_an_iv_of_no_other_length_is_taken():
    others = [
        test
        for group, test in vectors("Cipher", "aes_gcm")
        if group["keySize"] == 128 and group["ivSize"] != 8 * IV_SIZE
    ]
    assert len(others) == 41
    for test in others:
        with pytest.raises(ValueError, match="GCM: an IV of"):
            gmac(bytes.fromhex(test["key"]), bytes.fromhex(test["iv"]), b"")


def test_ccm():
    # None has a tag of four octets beside a nonce of 13; the text is enciphered alike under any.
    assert of_sizes("aes_ccm", keySize=128, ivSize=104, tagSize=8 * MIC_SIZE) == []
    tests = of_sizes("aes_ccm", keySize=128, ivSize=104)
    assert len(tests) == 6
    for test in tests:
        key, nonce, header, text = (
            bytes.fromhex(test[part]) for part in ("key", "iv", "aad", "msg")
        )
        assert seal(key, nonce, header, text)[:-MIC_SIZE].hex() == test["ct"], test["tcId"]


@pytest.mark.runtime
@pytest.mark.parametrize("runtime", OTHER_RUNTIMES)
def test_every_runtime_finds_the_same(runtime, tmp_path):
    signatures = vectors("Signature", "ecdsa_secp256r1_sha256_p1363")
    agreements = [
        test
        for _, test in vectors("Protocol", "ecdh_secp256r1_ecpoint")
        if test["result"] == "valid"
    ]
    script = tmp_path / WORKLOAD.name
    tables = {
        "SIGNATURES": [
            (test["tcId"], group["publicKey"]["uncompressed"], test["msg"], test["sig"])
            for group, test in signatures
        ],
        "AGREEMENTS": [(test["tcId"], test["public"], test["private"]) for test in agreements],
    }
    rows = [f"{name} = {table!r}\n" for name, table in tables.items()]
    script.write_text("".join(rows) + WORKLOAD.read_text())
    good = [f"{test['tcId']} good" for _, test in signatures if test["result"] == "valid"]
    agreed = [f"{test['tcId']} {test['shared']}" for test in agreements]
    assert (len(good), len(agreed)) == (173, 330)
    assert printed(runtime, script) == good + agreed

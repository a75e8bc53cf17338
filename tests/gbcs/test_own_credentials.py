"""A device's own keys and certificates, its Device Log and firmware, by messages of ASN.1."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from host_tools.gbcs import presets
from protometer.gbcs import asn1
from protometer.gbcs.envelope import parse

DIGITAL_SIGNATURE, KEY_AGREEMENT = 0x80, 0x08
PPMID = bytes.fromhex("0011223344556677")
_counters = iter(range(10, 1 << 20))


class Told:
    """A device of the bench, and a party that sends it payloads."""

    def __init__(self, keystore, head_end, kind="ESME", party="supplier"):
        self.bench = presets.bench_for(keystore, kind, None, None)
        self._head_end = head_end
        self._party = head_end.party(party)

    def say(self, code, payload, counter=None):
        """Send a payload; return that of the response, None where there is none."""
        device = self.bench.messages.identifier()
        counter = counter or next(_counters)
        message = self._head_end.command(code, self._party, device, payload, counter)
        outcome = self.bench.handle(message)
        return bytes(parse(outcome.response).payload) if outcome.response else None


@pytest.fixture
def told(keystore, head_end):
    return Told(keystore, head_end)


def usage(bits):
    return asn1.sequence(asn1.key_usage(bits))


def join(method, entity, kind):
    return asn1.sequence(asn1.integer(method), asn1.octet_string(entity), asn1.integer(kind))


@pytest.mark.parametrize("bits", [DIGITAL_SIGNATURE, KEY_AGREEMENT])
def test_a_certification_request_is_signed_by_its_own_new_key(told, bits):
    keys = []
    for _ in range(2):
        request = x509.load_der_x509_csr(told.say(0x000A, usage(bits)))
        assert request.is_signature_valid
        assert "00db1234567890a0" in request.subject.rfc4514_string()
        encoded = request.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        keys.append(encoded)
    assert keys[0] != keys[1]


def test_a_key_usage_that_devices_have_no_keys_for(told):
    assert told.say(0x000A, usage(0x04)) == asn1.integer(1)
    assert told.say(0x000C, usage(0x04)) == asn1.integer(1)
    # No certificate is held yet.
    assert told.say(0x000C, usage(DIGITAL_SIGNATURE)) == asn1.integer(2)


def test_a_certificate_that_is_not_of_the_pair_that_was_issued(told, keystore):
    device = told.bench.messages.identifier()
    own = keystore.named(device, "ds").certificate.octets
    assert told.say(0x000B, own) == asn1.integer(4)
    told.say(0x000A, usage(DIGITAL_SIGNATURE))
    assert told.say(0x000B, own) == asn1.integer(5)
    other = keystore.named(bytes.fromhex("00db1234567890a1"), "ds").certificate.octets
    assert told.say(0x000B, other) == asn1.integer(2)
    assert told.say(0x000B, b"\x30\x00") == asn1.integer(1)


def test_a_device_joins_once_and_leaves(told):
    assert told.say(0x000D, join(0, PPMID, 5)) == asn1.integer(0)
    entry = asn1.sequence(asn1.octet_string(PPMID), asn1.integer(5))
    log = asn1.sequence(asn1.integer(0), asn1.sequence(entry))
    assert told.say(0x0013, b"\x05\x00") == log
    # Of another type, and by a method that is another message's.
    assert told.say(0x000D, join(0, PPMID, 6)) == asn1.integer(3)
    assert told.say(0x000E, join(0, PPMID, 5)) == asn1.integer(1)
    assert told.say(0x000F, asn1.octet_string(PPMID)) == asn1.integer(0)
    assert told.say(0x000F, asn1.octet_string(PPMID)) == asn1.integer(1)


def test_a_log_that_is_full(told):
    answers = [
        told.say(0x000D, join(0, bytes((number,)) + bytes(7), 5)) for number in range(1, 10)
    ]
    assert answers[:7] == [asn1.integer(0)] * 7
    assert answers[7:] == [asn1.integer(4)] * 2


@pytest.mark.parametrize(
    ("held", "installs", "answer"),
    [(b"", True, 1), (bytes(32), True, 2), (b"\x07" * 32, False, 3), (b"\x07" * 32, True, 0)],
)
def test_firmware_is_activated_if_it_waits(told, held, installs, answer):
    data = told.bench.data
    data.staged_hash, data.staged_version = held, "0123abcd"
    told.bench.device.firmware.install = lambda version: installs
    counter = next(_counters)
    asked = asn1.sequence(asn1.octet_string(b"\x07" * 32), asn1.integer(counter))
    version = bytes.fromhex("0123abcd") if answer == 0 else bytes((0, 3, 0, 0))
    expected = asn1.sequence(asn1.integer(answer), asn1.octet_string(version))
    assert told.say(0x0012, asked, counter) == expected
    assert data.firmware_version == ("0123abcd" if answer == 0 else "0.3.0")


@pytest.mark.parametrize("kind", ["PPMID", "HCALCS"])
def test_other_devices_tell_their_firmware(keystore, head_end, kind):
    told = Told(keystore, head_end, kind, "access control broker")
    version = asn1.octet_string(bytes((0, 3, 0, 0)))
    assert told.say(0x0129, b"\x05\x00") == asn1.sequence(version, asn1.integer(0))
    # None of a load switch's or an interface's commands is a meter's.
    assert told.say(0x001C, b"\x05\x00") is None

"""For any octets each decoder of remote messages gives a result or its one declared error.

Half of the inputs are valid ones with a few changes; inputs that take a decoder somewhere new
(another line than any before) are kept and changed again. `make fuzz` tries a million of each.
"""

import os
import random
import sys

import pytest

from protometer.crypto.certificate import Certificate, CertificateError
from protometer.crypto.der import DerError, Reader
from protometer.crypto.p256 import PointError, decode_point
from protometer.gbcs import asn1, gbz
from protometer.gbcs import update_credentials as updates
from protometer.gbcs.access_request import read_request
from protometer.gbcs.axdr import take
from protometer.gbcs.envelope import (
    EnvelopeError,
    Message,
    encode_general_ciphering,
    encode_general_signing,
    encode_signed_part,
    parse,
)
from protometer.gbcs.execution import PayloadError
from protometer.gbcs.generalized_time import parse_generalized
from protometer.kernel.slices import finish
from tests.samples import MESSAGE_FUZZ, MESSAGE_FUZZ_FULL

pytestmark = pytest.mark.untraced

SAMPLES = MESSAGE_FUZZ_FULL if os.environ.get("PROTOMETER_FULL") else MESSAGE_FUZZ
FEW, CHUNKS = 400, 4
_MOST_KEPT = 300
ADJUST = bytes.fromhex("d92000000500010300700000130a00ff01010500124f80")
COMPONENTS = gbz.encode(
    [
        gbz.Component(0x0705, 0x01, 0, 0x05, bytes(13)),
        gbz.Component(0x0705, 0x01, 1, 0x09, bytes(4), from_s=948_013_200),
    ]
)
UPDATE = asn1.sequence(
    asn1.sequence(
        asn1.integer(2),
        asn1.element(0xA2, asn1.integer(2) + asn1.key_usage(0x80)),
        asn1.element(0x83, b"\x03\xe8"),
    ),
    asn1.sequence(),
    asn1.sequence(),
    asn1.time(b"20300115000000Z"),
)


def messages():
    """Messages of each form: signed, authenticated, with party, certificate and time."""
    one = Message()
    one.kind, one.counter, one.code = 1, 1000, 0x001C
    one.originator, one.target = bytes(range(8)), bytes(range(8, 16))
    one.payload = ADJUST
    signed = encode_general_signing(encode_signed_part(one), bytes(64))
    one.party, one.party_counter = bytes(8), 7
    one.date_time = bytes(12)
    dated = encode_general_signing(encode_signed_part(one))
    return [signed, encode_general_ciphering(signed, bytes(12)), dated]


def elements(octets):
    """Read DER to its end, into all that is constructed."""
    reader = Reader(octets)
    while reader.left():
        tag, content = reader.element()
        if tag & 0x20:
            elements(content)


DECODERS = {
    "envelope": (messages, parse, EnvelopeError),
    "DER": (lambda: [UPDATE, bytes.fromhex("0500"), b"\x30\x82\x00\x80" + bytes(128)], elements,
            DerError),
    "access-request": (lambda: [ADJUST], lambda octets: finish(read_request(octets, 5)),
                       PayloadError),
    "A-XDR": (
        lambda: [bytes.fromhex("0202110109 0401020304".replace(" ", ""))],
        lambda octets: take(octets, 0, "{u8o}"),
        PayloadError,
    ),
    "GBZ": (lambda: [COMPONENTS], gbz.decode, PayloadError),
    "update of credentials": (lambda: [UPDATE], lambda octets: finish(updates.read(octets)),
                              DerError),
    "GeneralizedTime": (lambda: [b"20150101000000Z", b"99991231235959Z"], parse_generalized,
                        ValueError),
    "public key": (lambda: [bytes(64), b"\x04" + bytes(64)], decode_point, PointError),
}  # fmt: skip


def changed(octets, rng):
    octets = bytearray(octets)
    for _ in range(rng.randrange(1, 4)):
        at = rng.randrange(len(octets) + 1)
        choice = rng.randrange(5)
        if choice == 0 and octets:
            octets[at % len(octets)] = rng.choice((0, 1, 0x7F, 0x80, 0x81, 0x82, 0xFF))
        elif choice == 1 and octets:
            octets[at % len(octets)] ^= 1 << rng.randrange(8)
        elif choice == 2:
            octets[at:at] = rng.randbytes(rng.randrange(1, 5))
        elif choice == 3:
            del octets[at : at + rng.randrange(1, 6)]
        else:
            octets = octets[:at]
    return bytes(octets)


class Lines:
    """Which lines of the firmware were run: what guides the choice of inputs."""

    def __init__(self):
        self.seen = set()
        self._new = False

    def watched(self, decode, octets):
        """Run a decoder; return whether it came to a line that none had come to before."""
        self._new = False
        before = sys.gettrace()
        sys.settrace(self._trace)
        try:
            decode(octets)
        finally:
            sys.settrace(before)
        return self._new

    def is_new(self):
        return self._new

    def _trace(self, frame, event, _):
        if "firmware" not in frame.f_code.co_filename:
            return None
        if event == "line":
            place = (frame.f_code, frame.f_lineno)
            if place not in self.seen:
                self.seen.add(place)
                self._new = True
        return self._trace


def fuzz(name, valid, decode, error, samples, chunk):
    """Try inputs; the first few hundred, and a share of the rest, are watched for new lines."""
    rng = random.Random(f"{name} {chunk}")
    kept, lines, refused = list(valid), Lines(), 0
    for number in range(samples // CHUNKS):
        if rng.random() < 0.1:
            octets = rng.randbytes(rng.randrange(80))
        else:
            octets = changed(rng.choice(kept), rng)
        watch = number < FEW or number % 50 == 0
        try:
            if watch:
                lines.watched(decode, octets)
            else:
                decode(octets)
        except error as fault:
            refused += 1
            assert str(fault)
        except Exception as fault:
            pytest.fail(f"{name}, input {number} of {chunk}: {octets.hex()} gives {fault!r}")
        if watch and lines.is_new() and len(kept) < _MOST_KEPT:
            kept.append(octets)
    return refused


@pytest.mark.parametrize("name", DECODERS)
def test_valid_octets_are_taken(name):
    make, decode, error = DECODERS[name]
    taken = 0
    for octets in make():
        try:
            decode(octets)
            taken += 1
        except error:
            # Of points most octets are none.
            assert name == "public key"
    assert taken or name == "public key"


@pytest.mark.parametrize("chunk", range(CHUNKS))
@pytest.mark.parametrize("name", DECODERS)
def test_any_octets_give_a_result_or_the_declared_error(name, chunk):
    make, decode, error = DECODERS[name]
    assert fuzz(name, make(), decode, error, SAMPLES, chunk) > SAMPLES // CHUNKS // 10


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_any_octets_are_a_certificate_or_none(keystore, chunk):
    valid = [held.certificate.octets for held in keystore.held[:6]]
    refused = fuzz("certificate", valid, Certificate, CertificateError, SAMPLES, chunk)
    assert refused > SAMPLES // CHUNKS // 10

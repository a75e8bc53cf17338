"""Every use case of ASN.1: what is sent, what is answered, and what becomes of it.

As live_cosem_sets has those of DLMS. The payload is a function of the message's counter, which
some repeat; dates are seconds, None for at once.
"""

from itertools import chain

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from host_tools.gbcs import pki
from protometer.crypto.certificate import DIGITAL_SIGNATURE, KEY_AGREEMENT, KEY_CERT_SIGN
from protometer.gbcs import asn1
from protometer.gbcs.generalized_time import generalized
from protometer.gbcs.remote_parties import (
    ACCESS_CONTROL_BROKER,
    LOAD_CONTROLLER,
    NETWORK_OPERATOR,
    RECOVERY,
    ROOT,
    SUPPLIER,
    TRANSITIONAL_COS,
    WAN_PROVIDER,
)
from protometer.gbcs.trust_anchors import MANAGEMENT, TrustAnchors
from protometer.kernel.slices import finish
from tests.gbcs.live_draw import Command

_CURVE = ec.SECP256R1()
_USES = {DIGITAL_SIGNATURE: "ds", KEY_AGREEMENT: "ka"}
_DONE = asn1.integer(0)
_NULL = asn1.NULL_ELEMENT
_TYPE_2 = 6


def _always(payload):
    return lambda counter: payload


def _anchors(device):
    return TrustAnchors(device.data)


def fresh_certificate(device, role, entity, usage, number):
    """Return (DER, name of its key) of a party's new certificate, by the store's own authority."""
    issuing = ec.derive_private_key(int(device.keystore._private["issuing-ca"], 16), _CURVE)
    key = ec.derive_private_key(number, _CURVE).public_key()
    issuer, subject = pki._name(7, "ISSUING"), pki._name(role, "FRESH", entity)
    builder = pki._builder(subject, issuer, key, issuing, pki._UNTIL)
    bits = pki._usage(
        digital_signature=usage == DIGITAL_SIGNATURE,
        key_agreement=usage == KEY_AGREEMENT,
        key_cert_sign=usage == KEY_CERT_SIGN,
    )
    signed = builder.add_extension(bits, critical=True).sign(issuing, hashes.SHA256())
    return signed.public_bytes(Encoding.DER), pki.identifier(key)


def _authority(device, name):
    """Return a certificate of the store's authorities."""
    return next(held.certificate for held in device.keystore.held if held.name == name)


# Mode: role that authorises it, role whose cell is replaced, usage of that.
_MODES = (
    (SUPPLIER, ROOT, KEY_CERT_SIGN),
    (WAN_PROVIDER, ROOT, KEY_CERT_SIGN),
    (SUPPLIER, SUPPLIER, DIGITAL_SIGNATURE),
    (NETWORK_OPERATOR, NETWORK_OPERATOR, KEY_AGREEMENT),
    (ACCESS_CONTROL_BROKER, ACCESS_CONTROL_BROKER, KEY_AGREEMENT),
    (WAN_PROVIDER, WAN_PROVIDER, DIGITAL_SIGNATURE),
    (TRANSITIONAL_COS, TRANSITIONAL_COS, DIGITAL_SIGNATURE),
    (TRANSITIONAL_COS, SUPPLIER, DIGITAL_SIGNATURE),
    (RECOVERY, ACCESS_CONTROL_BROKER, KEY_AGREEMENT),
    (RECOVERY, ROOT, KEY_CERT_SIGN),
    (LOAD_CONTROLLER, LOAD_CONTROLLER, DIGITAL_SIGNATURE),
    (SUPPLIER, LOAD_CONTROLLER, DIGITAL_SIGNATURE),
)


def update(device, draw, at_s, code):
    """A certificate that leads to the root takes its cell, and its party's counter begins anew."""
    mode = code - 0x0100 if code < 0x0125 else code - 0x0125 + 10
    authority, role, usage = _MODES[mode]
    finish(_anchors(device).put(ROOT, KEY_CERT_SIGN, MANAGEMENT, _authority(device, "root-ca")))
    entity = b"" if role == ROOT else draw.octets("entity", 8)
    made = fresh_certificate(
        device, role, entity or bytes(8), usage, draw.number("key", 1, 1 << 200)
    )
    floor = draw.number("floor", 1 << 40, 1 << 41)
    own = authority == role
    floors = asn1.element(0xA6, asn1.sequence(asn1.integer(role), asn1.integer(floor)))
    when = b"" if at_s is None else asn1.time(generalized(at_s))

    def payload(counter):
        control = asn1.sequence(
            asn1.integer(mode),
            asn1.element(0xA2, asn1.integer(authority) + asn1.key_usage(DIGITAL_SIGNATURE)),
            asn1.integer(counter, 0x83),
            asn1.integer(floor, 0x84) if own else (floors if role != ROOT else b""),
        )
        cell = asn1.sequence(asn1.integer(role) + asn1.key_usage(usage))
        path = asn1.sequence(_authority(device, "issuing-ca").octets)
        replaced = asn1.sequence(asn1.sequence(made[0], cell))
        return asn1.sequence(control, replaced, path, when)

    def after(device):
        held = _anchors(device).cell(role, usage)
        assert held.key_identifier == made[1]
        if role != ROOT:
            assert held.entity == entity
            assert _anchors(device).counter(role) == floor

    # Counters are no part of what a model tells.
    return Command(payload, after=after, idle=("floor",))


def credentials(device, draw, at_s, code):
    role = LOAD_CONTROLLER if code == 0x011B and device.letter != "C" else ACCESS_CONTROL_BROKER
    anchors = _anchors(device)
    entity = draw.octets("entity", 8)
    counter = draw.number("counter", 1, 900)
    anchors.set_counter(role, counter)
    # One more cell than the bench has, so that who asks is known still.
    usage, number = KEY_CERT_SIGN, draw.number("key", 1, 1 << 200)
    octets, named = fresh_certificate(device, role, entity, usage, number)
    finish(anchors.put(role, usage, MANAGEMENT, x509_certificate(octets)))
    cells = []
    for cell in anchors.cells():
        if cell.role == role:
            known = (entity, named) if cell.key_usage == usage else _of_store(device, cell)
            cells.append(
                asn1.sequence(asn1.key_usage(cell.key_usage), *map(asn1.octet_string, known))
            )
    asked = asn1.sequence(
        asn1.sequence(asn1.integer(role), asn1.key_usage(KEY_AGREEMENT)),
        asn1.sequence(asn1.integer(role)),
    )
    answer = asn1.sequence(
        asn1.sequence(
            asn1.integer(role),
            asn1.enumerated(0),
            asn1.integer(counter),
            asn1.sequence(*cells),
        )
    )
    return Command(_always(asked), answer=answer)


def x509_certificate(octets):
    """Return the firmware's Certificate of octets."""
    from protometer.crypto.certificate import Certificate

    return Certificate(octets)


def _of_store(device, cell):
    held = device.keystore.named(cell.entity, _USES[cell.key_usage])
    return cell.entity, held.certificate.subject_key_identifier


def _usage_asked(bits):
    return asn1.sequence(asn1.key_usage(bits))


def issue(device, draw, at_s, code):
    usage = draw.choice("usage", DIGITAL_SIGNATURE, KEY_AGREEMENT)

    def after(device):
        request = x509.load_der_x509_csr(bytes(device.response.payload))
        assert request.is_signature_valid
        assert device.identifier.hex() in request.subject.rfc4514_string()
        point = request.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        # The key is kept for the usage that was asked for, and that alone.
        keys = device.bench.messages.keys
        known = {one: finish(keys.issued_public_key(one)) for one in _USES}
        assert [one for one, public in known.items() if public == point[1:]] == [usage]

    return Command(_always(_usage_asked(usage)), after=after)


def _own_certificate(device, usage):
    return device.keystore.named(device.identifier, _USES[usage]).certificate


def take_certificate(device, draw, at_s, code):
    """The certificate of a pair that was issued is kept, and given to whoever asks."""
    usage = draw.choice("usage", DIGITAL_SIGNATURE, KEY_AGREEMENT)
    certificate = _own_certificate(device, usage)
    point = b"".join(part.to_bytes(32, "big") for part in certificate.public_key)
    device.bench.messages.keys.issued[str(usage)] = point.hex()
    octets = bytes(certificate.octets)
    return Command(
        _always(octets),
        {"device_certificates": octets},
        [(0x000C, _usage_asked(usage), octets)],
        answer=_DONE,
    )


def give_certificate(device, draw, at_s, code):
    usage = draw.choice("usage", DIGITAL_SIGNATURE, KEY_AGREEMENT)
    held = [bytes(_own_certificate(device, one).octets) for one in _USES]
    device.put("device_certificates", b"".join(held))
    answer = held[list(_USES).index(usage)]
    return Command(_always(_usage_asked(usage)), answer=answer)


# Device Logs.


def _entry(entity, kind):
    return asn1.sequence(asn1.octet_string(entity), asn1.integer(kind))


def _log(*entries):
    return asn1.sequence(_DONE, asn1.sequence(*[_entry(*one) for one in entries]))


def _put_log(device, *entries):
    device.put("device_log", b"".join(entity + bytes((0x80 + kind,)) for entity, kind in entries))


def _drawn_entry(draw, number=""):
    return draw.octets(f"entity{number}", 8), draw.number(f"kind{number}", 0, _TYPE_2)


_READ_LOG = 0x0013, _NULL


def join(*methods):
    def act(device, draw, at_s, code):
        method = draw.choice("method", *methods) if len(methods) > 1 else methods[0]
        entity, kind = _drawn_entry(draw)
        payload = asn1.sequence(
            asn1.integer(method), asn1.octet_string(entity), asn1.integer(kind)
        )
        reads = [(*_READ_LOG, _log((entity, kind)))]
        # As initiator or as responder: of no consequence but on the radio.
        return Command(_always(payload), reads=reads, answer=_DONE, idle=("method",))

    return act


def unjoin(device, draw, at_s, code):
    entries = (bytes(range(8)), 3), (bytes(range(8, 16)), 6)
    _put_log(device, *entries)
    gone = draw.choice("gone", 0, 1)
    return Command(
        _always(asn1.octet_string(entries[gone][0])),
        reads=[(*_READ_LOG, _log(entries[1 - gone]))],
        answer=_DONE,
    )


def read_log(device, draw, at_s, code):
    entries = [_drawn_entry(draw, number) for number in (1, 2)]
    _put_log(device, *entries)
    return Command(_always(_NULL), answer=_log(*entries))


def restore_log(device, draw, at_s, code):
    entries = [_drawn_entry(draw, number) for number in (1, 2)]
    whole = [_entry(*one) for one in entries]
    answer = asn1.sequence(asn1.sequence(*[asn1.sequence(one, _DONE) for one in whole]))
    return Command(
        _always(asn1.sequence(asn1.sequence(*whole))),
        reads=[(*_READ_LOG, _log(*entries))],
        answer=answer,
    )


# Firmware and clock.


def activate_firmware(device, draw, at_s, code):
    image_hash, version = draw.octets("hash", 32), draw.octets("version", 4)
    device.put("staged_hash", image_hash)
    device.put("staged_version", version.hex())
    installed = []
    device.device.firmware.install = lambda staged: installed.append(staged) or True

    def payload(counter):
        when = b"" if at_s is None else asn1.time(generalized(at_s))
        return asn1.sequence(asn1.octet_string(image_hash), asn1.integer(counter), when)

    def after(device):
        assert installed == [version.hex()]

    answer = asn1.sequence(_DONE, asn1.octet_string(version)) if at_s is None else _NULL
    # Whatever the hash is, it is that of the image that waits; afterwards there is none.
    return Command(
        payload, {"firmware_version": version.hex()}, after=after, answer=answer, idle=("hash",)
    )


def read_version(device, draw, at_s, code):
    version = draw.octets("version", 4)
    device.put("firmware_version", version.hex())
    device.put("firmware_noted", version.hex())
    return Command(
        _always(_NULL), answer=asn1.sequence(asn1.octet_string(version), asn1.integer(0))
    )


def set_clock(device, draw, at_s, code):
    """The hub's time is adopted that lies in the window."""
    hub_s = device.now_s + draw.number("ahead", 1, 9) * 10 + 5
    device.device.clock.hear(hub_s, device.now_s)
    window = [asn1.time(generalized(hub_s + around_s)) for around_s in (-2, 2)]
    answer = asn1.sequence(asn1.time(generalized(hub_s)), asn1.integer(0))
    return Command(_always(asn1.sequence(*window)), {"clock_status": 2}, answer=answer)


SETS = {
    0x0008: credentials,
    0x000A: issue,
    0x000B: take_certificate,
    0x000C: give_certificate,
    0x000D: join(0, 1),
    0x000E: join(2),
    0x000F: unjoin,
    0x0010: unjoin,
    0x0012: activate_firmware,
    0x0013: read_log,
    0x007F: set_clock,
    0x008C: restore_log,
    0x00AB: join(0, 1),
    0x00AF: join(3),
    0x011B: credentials,
    0x0129: read_version,
    **dict.fromkeys(chain(range(256, 266), range(293, 295)), update),
}


def send(device, code, content):
    """Send a payload, and keep the opened response."""
    device.send(code, content, device.party(code))


def told(device, code, asked):
    """Return the payload that answers another."""
    device.send(code, _always(asked), device.party(code))
    return bytes(device.response.payload)


AT_ONCE = None


def at(at_s):
    """Return a date as commands take it."""
    return at_s

"""Devices that join and leave, and the Device Log (GBCS CS03, CS04, CS07, GCS59; 13.7)."""

from micropython import const

from ..crypto.certificate import KEY_AGREEMENT, CertificateError, read_certificate
from ..crypto.der import Reader, sole
from ..gbcs import asn1
from ..gbcs.execution import PayloadError
from ..model.command import CommandRefused
from .asn1_server import expect_null
from .device_log import KIND_GSME, KIND_PPMID, KIND_TYPE_2, addition

_EUI = const(8)
# Join methods that each message code stands for: A as initiator or responder, B, C.
_METHODS = {0x000D: (0, 1), 0x00AB: (0, 1), 0x000E: (2,), 0x00AF: (3,)}
# Answers to a join, an unjoin, a reading.
_DONE = const(0)
_WRONG_METHOD = const(1)
_INCOMPATIBLE = const(3)
_LOG_FULL = const(4)
_INVALID_CERTIFICATE = const(11)
_NOT_IN_LOG = const(1)
_READ_FAILURE = const(1)


def join(server, execution, payload):
    """Add Device Security Credentials. The certificate of a PPMID is kept, and by a PPMID that of
    its gas meter: by their keys they authenticate what they say to each other.
    """
    command = sole(payload)
    method = command.integer()
    entity = command.octet_string(_EUI)
    kind = command.integer()
    octets = bytes(command.whole()) if command.left() else b""
    command.end()
    if kind > KIND_TYPE_2:
        raise PayloadError("join: a device of type %d" % kind)
    answer = _DONE
    certificate = None
    if method not in _METHODS[execution.use_case.code]:
        answer = _WRONG_METHOD
    elif octets:
        try:
            certificate = yield from read_certificate(octets)
        except CertificateError:
            answer = _INVALID_CERTIFICATE
        if certificate and not _is_of(certificate, entity):
            answer = _INVALID_CERTIFICATE
    if answer == _DONE and dict(server.device.devices.entries()).get(entity, kind) != kind:
        answer = _INCOMPATIBLE

    def add():
        nonlocal answer
        if answer == _DONE:
            answer = yield from _add(server, execution, entity, kind)
        if answer == _DONE and certificate and kind == _partner_of(server.device):
            yield from server.anchors.put_device(certificate)
        execution.failed = answer != _DONE

    yield from server.transact(execution, add)
    return asn1.integer(answer)


def _partner_of(device):
    """Return the kind of device whose messages a device authenticates by itself."""
    return KIND_GSME if "U" in device.data.role else KIND_PPMID


def _is_of(certificate, entity):
    return certificate.entity == entity and certificate.key_usage == KEY_AGREEMENT


def _add(server, execution, entity, kind):
    """Add, sliced, a device to the Device Log; return the answer."""
    try:
        yield from server.device.perform(
            "Add Device Security Credentials",
            addition(entity, kind),
            execution.originator,
            execution.now_s,
        )
    except CommandRefused:
        return _LOG_FULL
    return _DONE


def unjoin(server, execution, payload):
    """Remove Device Security Credentials, and the key of the device."""
    outer = Reader(payload)
    entity = outer.octet_string(_EUI)
    outer.end()
    arguments = {"identifier": entity}

    def remove():
        try:
            yield from server.device.perform(
                "Remove Device Security Credentials",
                arguments,
                execution.originator,
                execution.now_s,
            )
            server.anchors.drop_device(entity)
        except CommandRefused:
            execution.failed = True

    yield from server.transact(execution, remove)
    return asn1.integer(_NOT_IN_LOG if execution.failed else _DONE)


def read_log(server, execution, payload):
    """Return the Device Log."""
    expect_null(Reader(payload))
    execution.failed = execution.fails_at is not None
    yield from server.transact(execution)
    if execution.failed:
        return asn1.sequence(asn1.integer(_READ_FAILURE))
    return asn1.sequence(asn1.integer(_DONE), entries(server.device))


def entries(device):
    """Return the DeviceLogEntries of a device's log."""
    return asn1.sequence(
        *[
            asn1.sequence(asn1.octet_string(entity), asn1.integer(kind))
            for entity, kind in device.devices.entries()
        ]
    )


def restore_log(server, execution, payload):
    """Restore the Device Log of a Gas Proxy Function: each entry has an outcome of its own."""
    command = sole(payload)
    rows = command.within()
    command.end()
    asked = []
    while rows.left():
        octets = bytes(rows.whole())
        entry = Reader(octets).within()
        asked.append((octets, entry.octet_string(_EUI), entry.integer()))
        entry.end()
        yield
    outcomes = []

    def add():
        for octets, entity, kind in asked:
            answer = yield from _add(server, execution, entity, kind)
            execution.failed = execution.failed or answer != _DONE
            outcomes.append(asn1.sequence(octets, asn1.integer(answer)))

    yield from server.keep(execution, add)
    return asn1.sequence(asn1.sequence(*outcomes))

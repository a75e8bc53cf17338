"""Firmware, activated and told by remote parties (GBCS CS06, CS08)."""

from micropython import const

from ..crypto.der import Reader, sole
from ..gbcs import asn1
from ..gbcs.execution import PayloadError
from ..model.command import CommandRefused
from ..model.firmware_version import version_octets
from . import firmware_alert
from .asn1_server import expect_null, take_time

_HASH = const(32)
# Answers to an activation, and to a reading.
_DONE = const(0)
_NO_IMAGE = const(1)
_HASH_MISMATCH = const(2)
_ACTIVATION_FAILED = const(3)
_READ_FAILURE = const(1)


def activate(server, execution, payload):
    """Activate Firmware, at once or at a date."""
    command = sole(payload)
    arguments = {"hash": command.octet_string(_HASH)}
    counter = command.integer()
    is_dated = command.left()
    if is_dated:
        arguments["at_s"] = take_time(command)
    command.end()
    if counter != execution.counter:
        raise PayloadError("firmware: the counter is not the message's")
    answer = _DONE
    held = bytes(server.device.data.staged_hash)

    def work():
        nonlocal answer
        if execution.fails_at is not None:
            answer = _ACTIVATION_FAILED
            execution.failed = True
            return
        kept = firmware_alert.reference(execution) if is_dated else b""
        try:
            yield from server.device.perform(
                "Activate Firmware", arguments, execution.originator, execution.now_s, kept
            )
        except CommandRefused:
            answer = _ACTIVATION_FAILED if held == arguments["hash"] else _HASH_MISMATCH
            if not held:
                answer = _NO_IMAGE
            execution.failed = True

    yield from server.transact(execution, work)
    if is_dated and not execution.failed:
        return asn1.NULL_ELEMENT
    return asn1.sequence(asn1.integer(answer), asn1.octet_string(_version(server)))


def read_version(server, execution, payload):
    """Return the Firmware Version."""
    expect_null(Reader(payload))
    execution.failed = execution.fails_at is not None
    yield from server.transact(execution)
    code = _READ_FAILURE if execution.failed else _DONE
    return asn1.sequence(asn1.octet_string(_version(server)), asn1.integer(code))


def _version(server):
    """Return it in 4 octets, as the HAN is told it."""
    return version_octets(server.device.data.firmware_version)

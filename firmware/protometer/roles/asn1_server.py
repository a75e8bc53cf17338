"""What a device does with the messages whose payload is ASN.1 (GBCS 13, and 9, 11 in part)."""

from micropython import const

from ..crypto.certificate import (
    DIGITAL_SIGNATURE,
    KEY_AGREEMENT,
    Certificate,
    CertificateError,
)
from ..crypto.der import GENERALIZED_TIME, NULL, DerError, Reader
from ..gbcs import asn1
from ..gbcs.date_time import NEVER_S
from ..gbcs.execution import PayloadError
from ..gbcs.generalized_time import generalized, parse_generalized
from ..model import events
from ..model.command import CommandRefused
from .device_log import KIND_PPMID, TYPE_1, TYPE_2

_EUI = const(8)
_CS02C = const(0x000A)
_CS02D = const(0x000B)
_CS02E = const(0x000C)
_CS03A1 = const(0x000D)
_CS03B = const(0x000E)
_CS04AC = const(0x000F)
_CS04B = const(0x0010)
_CS06 = const(0x0012)
_CS07 = const(0x0013)
_GCS28 = const(0x007F)
_GCS59 = const(0x008C)
_CS03A2 = const(0x00AB)
_CS03C = const(0x00AF)
_CS08 = const(0x0129)
_CS02A = const(0x0008)
_CS02F = const(0x011B)
_ALERT_CS02B = const(0x00CB)
_ALERT_CS02G = const(0x0124)
_UPDATES = (range(0x0100, 0x010A), range(0x0125, 0x0127))

# Device types of a join; of the Device Log all but the last are Type 1.
_TYPE_2_DEVICE = const(6)
# Join methods that each message code stands for: A as initiator or responder, B, C.
_METHODS = {_CS03A1: (0, 1), _CS03A2: (0, 1), _CS03B: (2,), _CS03C: (3,)}
# What each answers where its hardware fails: keys or certificates that can't be made, written or
# read, a log that can't be written, a link key that is not agreed.
_HARDWARE_FAULTS = {
    _CS02C: (2, 3),
    _CS02D: (6, 7),
    _CS02E: (3,),
    _CS03A1: range(5, 14),
    _CS03A2: range(5, 14),
    _CS03B: range(5, 14),
    _CS03C: range(5, 14),
    _CS04AC: (2,),
    _CS04B: (2,),
}
# Answers to a join, an unjoin, an activation.
_DONE = const(0)
_WRONG_METHOD = const(1)
_INCOMPATIBLE = const(3)
_LOG_FULL = const(4)
_INVALID_CERTIFICATE = const(11)
_NOT_IN_LOG = const(1)
_NO_IMAGE = const(1)
_HASH_MISMATCH = const(2)
_ACTIVATION_FAILED = const(3)
_READ_FAILURE = const(1)
# Events of an own certificate that is taken, and of one that is not, by key usage.
_REPLACED = {
    DIGITAL_SIGNATURE: (events.SIGNING_REPLACED, events.SIGNING_NOT_REPLACED),
    KEY_AGREEMENT: (events.AGREEMENT_REPLACED, events.AGREEMENT_NOT_REPLACED),
}
# Device time is reliable, or was not within the interval.
_RELIABLE = const(0)
_UNRELIABLE = const(2)


class Asn1Server:
    """Executes them for a device: data, transact(), perform(), clock, devices as a Meter's.

    anchors, keys: of its Engine; identifier(): its entity identifier.
    """

    def __init__(self, device, anchors, keys, identifier):
        self._device = device
        self._anchors = anchors
        self._keys = keys
        self._identifier = identifier
        self._methods = {
            _CS02A: self._provide_credentials,
            _CS02F: self._provide_credentials,
            _CS02C: self._issue_credentials,
            _CS02D: self._take_certificate,
            _CS02E: self._give_certificate,
            _CS03A1: self._join,
            _CS03A2: self._join,
            _CS03B: self._join,
            _CS03C: self._join,
            _CS04AC: self._unjoin,
            _CS04B: self._unjoin,
            _CS06: self._activate_firmware,
            _CS07: self._read_device_log,
            _CS08: self._read_firmware_version,
            _GCS28: self._set_clock,
            _GCS59: self._restore_device_log,
        }

    def execute(self, execution, payload):
        """Return, sliced, the response's payload; PayloadError where the command's is none."""
        code = execution.use_case.code
        method = self._methods.get(code)
        try:
            if method is None and any(code in codes for codes in _UPDATES):
                return (yield from self._update_credentials(execution, payload))
            if method is None:
                raise PayloadError("message code %04x: not of this device" % code)
            if execution.fails_at is not None and code in _HARDWARE_FAULTS:
                return self._hardware_failed(execution, _HARDWARE_FAULTS[code])
            return (yield from method(execution, payload))
        except DerError as error:
            raise PayloadError(str(error))

    def _hardware_failed(self, execution, answers):
        """Answer as where the hardware fails: fails_at says which of it, the first if it can't."""
        execution.failed = True
        self._transact(execution, _nothing)
        answer = execution.fails_at
        return asn1.integer(answer if answer in answers else answers[0])

    def _transact(self, execution, work):
        """Run work() as one transaction; it sets execution.failed."""

        def run():
            work()
            return not execution.failed

        self._device.transact(run, execution.use_case.code, execution.now_s)

    def _provide_credentials(self, execution, payload):
        from ..gbcs.provide_credentials import provide

        response = provide(execution, self._anchors, payload)
        self._transact(execution, _nothing)
        yield
        return response

    def _update_credentials(self, execution, payload):
        from ..gbcs import update_credentials as updates

        update = updates.Update(payload)
        if not update.is_for(execution.use_case.code) or update.role != execution.role:
            raise PayloadError("credentials: mode %d in another message" % update.mode)
        if update.counter != execution.counter:
            raise PayloadError("credentials: the counter is not the message's")
        if update.at_s is not None:
            self._keep_update(update, payload)
            self._note(execution)
            return asn1.sequence(asn1.NULL_ELEMENT)
        fails = execution.fails_at is not None
        good, outcome = yield from self._replace(update, execution.now_s, fails)
        execution.failed = not good
        self._note(execution)
        return asn1.sequence(asn1.NULL_ELEMENT, outcome)

    def _keep_update(self, update, payload):
        """Keep an update for its date, in place of one before; never cancels that."""
        data = self._device.data
        cancelled = update.at_s >= NEVER_S
        data.pending_credentials = b"" if cancelled else bytes(payload)
        data.pending_credentials_s = NEVER_S if cancelled else update.at_s

    def _replace(self, update, now_s, fails=False):
        from ..gbcs import update_credentials as updates

        now_text = generalized(now_s).decode()
        outcomes = yield from updates.trusted(update, self._anchors, now_text)
        if fails:
            outcomes = [False] * len(outcomes)
        if updates.changes_supplier(update, self._anchors, outcomes):
            self._change_supplier(now_s)
        before = updates.entities(self._anchors)
        outcome = yield from updates.replace(update, self._anchors, outcomes)
        updates.set_floors(update, self._anchors, self._device.data, before)
        if any(outcomes):
            self._device.events.post(events.CREDENTIALS_UPDATED, now_s)
        return all(outcomes), outcome

    def _change_supplier(self, now_s):
        """Have a meter keep what the Supplier that goes will bill; OSError where a log fails."""
        if hasattr(self._device, "change_supplier"):
            self._device.change_supplier(now_s)

    def run_due(self, now_s):
        """Carry out, sliced, the update of credentials that has fallen due; None if none has.

        Returns (message code, entity, payload) of the alert for who authorised it.
        """
        from ..gbcs import update_credentials as updates

        data = self._device.data
        at_s = data.pending_credentials_s
        if now_s < at_s or not data.pending_credentials:
            return None
        update = updates.Update(data.pending_credentials)
        data.pending_credentials = b""
        data.pending_credentials_s = NEVER_S
        cell = self._anchors.cell(update.role, DIGITAL_SIGNATURE)
        entity = cell.entity if cell else bytes(_EUI)
        good, outcome = yield from self._replace(update, now_s)
        event = events.FUTURE_COMMAND_DONE if good else events.FUTURE_COMMAND_NOT_DONE
        self._device.note_command(good, update.message_code(), now_s)
        code = _ALERT_CS02G if update.is_of_load_controller() else _ALERT_CS02B
        return code, entity, updates.alert_payload(event, at_s, outcome)

    def _note(self, execution):
        """Make what was done durable, with its event."""
        self._device.note_command(not execution.failed, execution.use_case.code, execution.now_s)

    def _issue_credentials(self, execution, payload):
        from ..gbcs.device_certificates import issue

        data = self._device.data
        response = yield from issue(data, payload, self._keys.random, self._identifier())
        self._note(execution)
        return response

    def _take_certificate(self, execution, payload):
        from ..gbcs.device_certificates import take

        response = yield from take(self._device.data, payload, self._identifier(), self._keys)
        execution.failed = response != asn1.integer(_DONE)
        try:
            usage = Certificate(payload).key_usage
        except CertificateError:
            usage = 0
        if usage in _REPLACED:
            event = _REPLACED[usage][int(execution.failed)]
            self._device.events.post(event, execution.now_s)
        self._note(execution)
        return response

    def _give_certificate(self, execution, payload):
        from ..gbcs.device_certificates import give

        response = give(self._device.data, payload)
        self._note(execution)
        yield
        return response

    def _join(self, execution, payload):
        outer = Reader(payload)
        command = outer.within()
        outer.end()
        method = command.integer()
        entity = command.octet_string(_EUI)
        kind = command.integer()
        certificate = bytes(command.whole()) if command.left() else b""
        command.end()
        if kind > _TYPE_2_DEVICE:
            raise PayloadError("join: a device of type %d" % kind)
        answer = self._check_join(execution.use_case.code, method, entity, certificate)
        known = dict(self._device.devices.entries())
        if answer == _DONE and known.get(entity, kind) != kind:
            answer = _INCOMPATIBLE
        if answer == _DONE:
            answer = self._add_device(execution, entity, kind)
        if answer == _DONE and certificate and kind == KIND_PPMID:
            yield from self._anchors.put_ppmid(Certificate(certificate))
        execution.failed = answer != _DONE
        self._note(execution)
        yield
        return asn1.integer(answer)

    def _check_join(self, code, method, entity, certificate):
        if method not in _METHODS[code]:
            return _WRONG_METHOD
        if not certificate:
            return _DONE
        try:
            found = Certificate(certificate)
        except CertificateError:
            return _INVALID_CERTIFICATE
        good = found.entity == entity and found.key_usage == KEY_AGREEMENT
        return _DONE if good else _INVALID_CERTIFICATE

    def _add_device(self, execution, entity, kind):
        arguments = {"identifier": entity, "type": TYPE_2 if kind == _TYPE_2_DEVICE else TYPE_1}
        arguments["kind"] = kind
        try:
            self._device.perform(
                "Add Device Security Credentials",
                arguments,
                execution.originator,
                execution.now_s,
            )
        except CommandRefused:
            return _LOG_FULL
        return _DONE

    def _unjoin(self, execution, payload):
        outer = Reader(payload)
        entity = outer.octet_string(_EUI)
        outer.end()
        answer = [_NOT_IN_LOG]

        def remove():
            try:
                self._device.perform(
                    "Remove Device Security Credentials",
                    {"identifier": entity},
                    execution.originator,
                    execution.now_s,
                )
                answer[0] = _DONE
                self._anchors.drop_ppmid(entity)
            except CommandRefused:
                execution.failed = True

        self._transact(execution, remove)
        yield
        return asn1.integer(answer[0])

    def _activate_firmware(self, execution, payload):
        from . import firmware_alert

        outer = Reader(payload)
        command = outer.within()
        outer.end()
        image_hash = command.octet_string(32)
        counter = command.integer()
        at_s = None
        if command.left():
            at_s = _time_of(command.take(GENERALIZED_TIME))
        command.end()
        if counter != execution.counter:
            raise PayloadError("firmware: the counter is not the message's")
        arguments = {"hash": image_hash}
        if at_s is not None:
            arguments["at_s"] = at_s
        answer = [_DONE]
        held = bytes(self._device.data.staged_hash)

        def activate():
            if execution.fails_at is not None:
                answer[0] = _ACTIVATION_FAILED
                execution.failed = True
                return
            try:
                self._device.perform(
                    "Activate Firmware",
                    arguments,
                    execution.originator,
                    execution.now_s,
                    firmware_alert.reference(execution) if at_s is not None else b"",
                )
            except CommandRefused:
                answer[0] = _ACTIVATION_FAILED if held == image_hash else _HASH_MISMATCH
                if not held:
                    answer[0] = _NO_IMAGE
                execution.failed = True

        self._transact(execution, activate)
        yield
        if at_s is not None and not execution.failed:
            return asn1.NULL_ELEMENT
        version = self._firmware_version()
        return asn1.sequence(asn1.integer(answer[0]), asn1.octet_string(version))

    def _read_device_log(self, execution, payload):
        _expect_null(payload)
        execution.failed = execution.fails_at is not None
        self._transact(execution, _nothing)
        yield
        if execution.failed:
            return asn1.sequence(asn1.integer(_READ_FAILURE))
        return asn1.sequence(asn1.integer(_DONE), device_log_entries(self._device))

    def _firmware_version(self):
        """Return the Firmware Version in 4 octets, as the HAN is told it."""
        from ..han.attributes import version_octets

        return version_octets(self._device.data.firmware_version)

    def _read_firmware_version(self, execution, payload):
        _expect_null(payload)
        execution.failed = execution.fails_at is not None
        self._transact(execution, _nothing)
        yield
        version = self._firmware_version()
        code = _READ_FAILURE if execution.failed else _DONE
        return asn1.sequence(asn1.octet_string(version), asn1.integer(code))

    def _set_clock(self, execution, payload):
        outer = Reader(payload)
        command = outer.within()
        outer.end()
        arguments = {
            "from_s": _time_of(command.take(GENERALIZED_TIME)),
            "until_s": _time_of(command.take(GENERALIZED_TIME)),
        }
        command.end()

        def set_clock():
            try:
                self._device.perform("Set Clock", arguments, execution.originator, execution.now_s)
            except CommandRefused:
                execution.failed = True

        self._transact(execution, set_clock)
        yield
        status = _UNRELIABLE if execution.failed else _RELIABLE
        time = asn1.time(generalized(self._device.clock.utc_s()))
        return asn1.sequence(time, asn1.integer(status))

    def _restore_device_log(self, execution, payload):
        outer = Reader(payload)
        command = outer.within()
        outer.end()
        entries = command.within()
        command.end()
        outcomes = []
        while entries.left():
            octets = bytes(entries.whole())
            entry = Reader(octets).within()
            entity = entry.octet_string(_EUI)
            kind = entry.integer()
            entry.end()
            answer = self._add_device(execution, entity, kind)
            execution.failed = execution.failed or answer != _DONE
            outcomes.append(asn1.sequence(octets, asn1.integer(answer)))
        self._note(execution)
        yield
        return asn1.sequence(asn1.sequence(*outcomes))


def device_log_entries(device):
    """Return the DeviceLogEntries of a device's log."""
    return asn1.sequence(
        *[
            asn1.sequence(asn1.octet_string(entity), asn1.integer(kind))
            for entity, kind in device.devices.entries()
        ]
    )


def _nothing():
    pass


def _expect_null(payload):
    reader = Reader(payload)
    if len(reader.take(NULL)):
        raise DerError("DER: a NULL with content")
    reader.end()


def _time_of(octets):
    try:
        at_s = parse_generalized(octets)
    except ValueError as error:
        raise DerError(str(error))
    return min(at_s, NEVER_S)

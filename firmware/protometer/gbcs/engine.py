"""What a device does with a message: who sent it, may they, is it fresh, is it authentic; then
the use case, and the response (GBCS 6 and 7).

The checks come in one order and stop at the first that fails. A refusal changes nothing, answers
nothing, and adds one entry to the Security Log where GBCS has an event for it.
"""

from hashlib import sha256

from micropython import const

from ..crypto.certificate import (
    DIGITAL_SIGNATURE,
    KEY_AGREEMENT,
    CertificateError,
    read_certificate,
)
from ..crypto.ecdsa import verify
from ..crypto.p256 import encode_point
from ..model import events
from ..model.enumerations import TYPE_1
from . import remote_parties, use_case
from .date_time import date_time
from .envelope import (
    COMMAND,
    RESPONSE,
    EnvelopeError,
    Message,
    encode_general_ciphering,
    encode_general_signing,
    encode_signed_part,
    parse,
)
from .execution import Execution, PayloadError
from .protection import encrypt, mac
from .remote_parties import ACCESS_CONTROL_BROKER, DEVICE
from .trust_anchors import TrustAnchors

# So many replayed Commands within an hour are unusual (0x8F60).
_UNUSUAL = const(10)
_HOUR_S = const(3600)

# Why a message is refused: the event, None where it is only counted.
_REFUSALS = {
    "format": events.BAD_FORMAT,
    "target": None,
    "originator": events.UNAUTHORISED_COMMUNICATION,
    "role": events.NO_AUTHORITY,
    "replay": None,
    "mac": events.AUTHENTICATION_FAILED,
    "signature": events.SIGNATURE_NOT_VERIFIED,
}


class Refusal(Exception):
    """A message is refused; `reason`: one of format, target, originator, role, replay, mac,
    signature.
    """

    def __init__(self, reason):
        super().__init__(reason)
        self.reason = reason


class Outcome:
    """What became of a message: accepted or the reason why not, and the response or None.

    failed: it was authentic, but an item of it could not be done.
    """

    def __init__(self, reason=None, response=None, failed=False):
        self.accepted = reason is None
        self.reason = reason
        self.response = response
        self.failed = failed


class Engine:
    """Executes the messages that reach one device.

    device: the role, with data, events and commit_in_slices(); letter: its letter in
    use_cases.tbl; identifier(): its entity identifier; keys: its DeviceKeys; executors: {payload
    kind of use_case: execute(execution, payload), which returns, sliced, that of the response};
    clock_status(): what a header tells of the clock.
    """

    def __init__(self, device, letter, identifier, keys, executors, clock_status):
        self._device = device
        self.letter = letter
        self.identifier = identifier
        self._executors = executors
        self._clock_status = clock_status
        self.keys = keys
        self.anchors = TrustAnchors(device.data)
        # Refusals counted by reason since the start.
        self.refused = dict.fromkeys(_REFUSALS, 0)
        self._replays = 0
        self._replays_from_s = 0
        # The bench's: an item that is to fail, see Execution.
        self.fails_at = None

    def handle(self, octets, now_s):
        """Return, sliced, the Outcome of a message that came."""
        try:
            message = self._parse(octets)
            yield
            found = self._use_case(message)
            yield
            role = self._role(message, found)
            if found.is_protected() and message.counter <= self._counter(message, role):
                raise Refusal("replay")
            yield
            yield from self._authenticate(message, found, role)
            yield
            return (yield from self._carry_out(message, found, role, now_s))
        except Refusal as refusal:
            yield from self.note(refusal.reason, now_s)
            return Outcome(refusal.reason)

    def unsupported(self, octets):
        """Return, sliced, the Message of a Command that is authentic and new, but of a use case
        that this kind of device does not support; None for any other (GBCS 7.2.9.1, ECS100).
        """
        try:
            message = self._parse(octets)
            found = use_case.find(message.code)
            lacks = found is None or self.letter not in found.devices
            roles = self.anchors.roles_of(message.originator)
            if not lacks or message.target != self.identifier() or not roles:
                return None
            # Who may send it is not known here: whoever has a counter is tried.
            role = roles[0]
            if message.mac is None or message.counter <= self._counter(message, role):
                return None
            yield from self._check_mac(message, role)
            # The access control broker has authenticated its own by that.
            if message.signature or role != ACCESS_CONTROL_BROKER:
                yield from self._check_signature(message, role)
        except Refusal:
            return None
        # Once for each Command.
        yield from self._keep_counter(message, role)
        return message

    def _parse(self, octets):
        try:
            message = parse(octets)
        except EnvelopeError:
            raise Refusal("format")
        # Commands have no time, and no counter of the device.
        if message.kind != COMMAND or message.date_time or message.device_counter is not None:
            raise Refusal("format")
        return message

    def _use_case(self, message):
        found = use_case.find(message.code)
        if found is None or self.letter not in found.devices:
            raise Refusal("format")
        if message.target != self.identifier():
            raise Refusal("target")
        return found

    def _role(self, message, found):
        roles = self.anchors.roles_of(message.originator)
        if not roles:
            raise Refusal("originator")
        for role in roles:
            if remote_parties.letter(role) in found.roles:
                if role == DEVICE and self._device.devices.type_of(message.originator) != TYPE_1:
                    raise Refusal("originator")
                return role
        raise Refusal("role")

    def _counter(self, message, role):
        return self.anchors.counter(role, message.originator)

    def _authenticate(self, message, found, role):
        if message.mac is None:
            if not found.may_lack_mac():
                raise Refusal("mac")
        else:
            yield from self._check_mac(message, role)
        if not message.signature:
            if found.is_critical(remote_parties.letter(role)):
                raise Refusal("signature")
            return
        yield from self._check_signature(message, role)

    def _check_signature(self, message, role):
        cell = self.anchors.cell(role, DIGITAL_SIGNATURE)
        if cell is None or cell.entity != message.originator:
            raise Refusal("signature")
        digest = sha256(bytes(message.signed)).digest()
        yield
        points = cell.points()
        yield
        if not (yield from verify(points, digest, message.signature)):
            raise Refusal("signature")

    def _check_mac(self, message, role):
        # Whoever it is from, the access control broker has authenticated it for this device.
        if role == DEVICE:
            cell = self.anchors.of_entity(message.originator, KEY_AGREEMENT)
        else:
            cell = self.anchors.cell(ACCESS_CONTROL_BROKER, KEY_AGREEMENT)
        return self.verify_mac(message, cell)

    def verify_mac(self, message, cell):
        """Verify, sliced, a Message's authentication code by the key of a cell; Refusal if it is
        wrong, or there is no cell.
        """
        if cell is None:
            raise Refusal("mac")
        secret = yield from self.keys.secret_with(cell.entity, cell.public_key)
        yield
        if (yield from mac(secret, message, message.authenticated)) != message.mac:
            raise Refusal("mac")
        yield

    def authenticated(self, message, whole, cell):
        """Return, sliced, a general-signing message with its code for the party of a cell."""
        yield
        secret = yield from self.keys.secret_with(cell.entity, cell.public_key)
        yield
        return encode_general_ciphering(whole, (yield from mac(secret, message, whole)))

    def _carry_out(self, message, found, role, now_s):
        recipient, key = yield from self._attributes_for(message)
        yield
        execution = Execution(
            found, remote_parties.originator(role), message.counter, now_s, self.fails_at
        )
        execution.device = message.target
        execution.message = message
        execution.role = role
        fresh = None
        if key is not None:
            execution.recipient = recipient
            if message.certificate and found.takes_own_counter():
                fresh = self.next_counter()
                execution.attribute_counter = fresh
            secret = yield from self.keys.secret_with(recipient, key)
            yield
            execution.protect = Protect(
                secret, message.target, recipient, execution.attribute_counter
            )
        execute = self._executors.get(found.payload)
        if execute is None:
            raise Refusal("format")
        is_counted = found.is_protected()
        before = self._counter(message, role)
        if is_counted:
            yield from self._keep_counter(message, role)
        try:
            payload = yield from execute(execution, bytes(message.payload))
        except PayloadError:
            # Nothing was done, so the counter is not used up.
            if is_counted:
                self.anchors.set_counter(role, before, message.originator)
            raise Refusal("format")
        yield
        if fresh is not None and execution.protect.used:
            yield from self.use_counter(fresh)
        else:
            fresh = None
        response = yield from self._respond(message, found, payload, fresh, now_s)
        return Outcome(None, response, execution.failed)

    def _attributes_for(self, message):
        """Return, sliced, (entity, public key) for whom attributes are encrypted; key None for
        nobody.
        """
        if message.certificate:
            try:
                certificate = yield from read_certificate(message.certificate)
            except CertificateError:
                raise Refusal("format")
            if certificate.entity != message.party or certificate.key_usage != KEY_AGREEMENT:
                raise Refusal("format")
            return message.party, encode_point(certificate.public_key)
        entity = message.originator if message.party is None else message.party
        cell = self.anchors.of_entity(entity, KEY_AGREEMENT)
        return entity, cell.public_key if cell else None

    def _respond(self, message, found, payload, fresh, now_s):
        response = Message()
        response.kind = RESPONSE
        response.counter = message.counter
        response.originator = message.target
        response.target = message.originator
        response.code = message.code
        response.party = message.party
        response.party_counter = message.party_counter
        response.device_counter = fresh
        response.payload = payload
        if found.has_time():
            if found.tells_clock_status():
                response.date_time = date_time(now_s, self._clock_status())
            else:
                response.date_time = date_time(now_s)
        signed = encode_signed_part(response)
        if found.signs_response(bool(message.signature)):
            signature = yield from self.keys.sign(signed)
            return encode_general_signing(signed, signature)
        whole = encode_general_signing(signed)
        cell = self.anchors.of_entity(message.originator, KEY_AGREEMENT)
        if cell is None:
            # Nobody could verify the answer.
            raise Refusal("mac")
        return (yield from self.authenticated(response, whole, cell))

    def next_counter(self):
        """Return the device's own counter of its next message."""
        high, low = self._device.data.device_counter
        return (high << 32 | low) + 1

    def use_counter(self, counter):
        """Keep, sliced, a counter as used, before what carries it leaves; tell whether it is."""
        self._device.data.device_counter[0] = counter >> 32
        self._device.data.device_counter[1] = counter & 0xFFFF_FFFF
        return self._device.commit_in_slices()

    def _keep_counter(self, message, role):
        """Keep, sliced, a message's counter as the last of its party."""
        self.anchors.set_counter(role, message.counter, message.originator)
        return self._device.commit_in_slices()

    def note(self, reason, now_s):
        """Count, sliced, a refusal, and have the event of it logged where there is one."""
        self.refused[reason] += 1
        code = _REFUSALS[reason]
        if code is None and reason == "replay" and self._are_unusual(now_s):
            code = events.UNUSUAL_NUMBER_OF_COMMANDS
        if code is not None:
            self._device.events.post(code, now_s)
            yield from self._device.commit_in_slices()

    def _are_unusual(self, now_s):
        if not 0 <= now_s - self._replays_from_s < _HOUR_S:
            self._replays_from_s = now_s
            self._replays = 0
        self._replays += 1
        return self._replays == _UNUSUAL


class Protect:
    """Encrypts attributes for one recipient; `used` tells whether anything was."""

    def __init__(self, secret, originator, recipient, counter):
        self._secret = secret
        self.originator = originator
        self.recipient = recipient
        self.counter = counter
        self.used = False

    def __call__(self, plaintext):
        """Return, sliced, what goes on the wire for a plaintext."""
        self.used = True
        return encrypt(self._secret, self.originator, self.recipient, self.counter, plaintext)

"""Alerts to remote parties: events that are durable become messages (SMETS2 5.5.2, 4.4.2.2).

They wait here until the HAN takes them; the newest are lost, and counted, where nobody does.
"""

from micropython import const

from ..crypto.certificate import KEY_AGREEMENT
from ..gbcs.alerts import (
    FIRMWARE_REFERENCE,
    authenticate,
    message_of,
    recipient,
    roles_of,
    sign,
)
from ..gbcs.engine import Protect
from ..gbcs.remote_parties import SUPPLIER
from ..kernel.slices import sliced

_MOST_WAITING = const(16)
_GAS = "GF"
# Future-dated: per object or component that was carried out (GBCS 9.2.2.6).
_FULFILLED_DLMS = const(0x00CC)
_FULFILLED_GBZ = const(0x00CD)
# A Command of a use case that the device does not have (GBCS 7.2.9.1).
_UNSUPPORTED = const(0x8F85)


class _Alert:
    """One that waits: an event with its number, or with its contents, or with all there is to say.

    contents: octets behind code and time, each encoded already; None where the event's number
    and the device tell. message_code and entity: of one that goes to one party in any case, and
    supplementary party. payload: where it is there already.
    """

    def __init__(self, code, at_s, detail=0, contents=None):
        self.code = code
        self.at_s = at_s
        self.detail = detail
        self.contents = contents
        self.message_code = self.entity = self.payload = None
        self.party = (None, None)


class RemoteAlerts:
    """device: whose events they are; engine: of its RemoteMessages, whose counter they use."""

    def __init__(self, device, engine):
        self._device = device
        self._engine = engine
        self._waiting = []
        self.discarded = 0

    def hear(self, code, at_s, detail):
        """Take an event that is durable, if it is to be alerted.

        One whose contents nobody but its part knows is raised by that.
        """
        if not self._device.event_settings.is_alerted(code):
            return
        if not message_of(code, self._engine.letter).is_raised:
            self._put(_Alert(code, at_s, detail))

    def raise_alert(self, code, at_s, contents):
        """Take what has happened, from the part that knows what to say of it.

        contents: list of octets, each a DLMS data or an ASN.1 element, or of a gas device what
        is behind the time.
        """
        if self._device.event_settings.is_alerted(code):
            self._put(_Alert(code, at_s, 0, contents))

    def refuse_unsupported(self, message, now_s):
        """Have the sender of a Message told that its use case is not of this device (ECS100)."""
        from ..gbcs import axdr

        told = message.code.to_bytes(2, "big") + message.counter.to_bytes(8, "big")
        alert = _Alert(_UNSUPPORTED, now_s, 0, [axdr.encode("o", told)])
        alert.message_code = message_of(_UNSUPPORTED, self._engine.letter).message_code
        alert.entity = message.originator
        alert.party = message.party, message.party_counter
        self._put(alert)

    def put(self, message_code, entity, payload):
        """Have a critical alert sent to an entity, whose payload is there already."""
        alert = _Alert(None, None)
        alert.message_code, alert.entity, alert.payload = message_code, entity, payload
        self._put(alert)

    def is_waiting(self):
        """Tell whether there is anything to send."""
        self._take_fulfilled()
        return bool(self._waiting)

    def next(self, now_s):
        """Return, sliced, the messages of the event that waits longest: one for each recipient."""
        self._take_fulfilled()
        if not self._waiting:
            return []
        alert = self._waiting.pop(0)
        if alert.entity is not None:
            payload = alert.payload
            if payload is None:
                payload = self._payload(alert.code, alert.at_s, alert.contents)
            signed = self._signed(alert.message_code, alert.entity, payload, alert.party)
            return [(yield from signed)]
        how = message_of(alert.code, self._engine.letter)
        found = []
        for role in roles_of(how.to):
            cell = recipient(self._engine, how.critical, role)
            if cell is not None:
                found.append((yield from self._for(cell, role, how, alert, now_s)))
        return [message for message in found if message]

    def _for(self, cell, role, how, alert, now_s):
        """Return, sliced, an event's message for the party of a cell; None if there's no content.

        Each has a counter of its own, which the payload of DLMS repeats.
        """
        contents = alert.contents
        if contents is None:
            protect = None
            if how.is_encrypted:
                protect = yield from self._protect(role)
            contents = yield from sliced(self._contents(how.content, alert, protect))
        if contents is None:
            return None
        payload = self._payload(alert.code, now_s, contents, how.is_asn1)
        if how.critical:
            return (yield from self._signed(how.message_code, cell.entity, payload))
        return (yield from self._authenticated(how.message_code, cell, payload))

    def _protect(self, role):
        """Return, sliced, what encrypts contents for a role's party; None where that can't be."""
        engine = self._engine
        cell = engine.anchors.cell(role, KEY_AGREEMENT)
        if cell is None:
            return None
        secret = yield from engine.keys.secret_with(cell.entity, cell.public_key)
        return Protect(secret, engine.identifier(), cell.entity, engine.next_counter())

    def _contents(self, name, alert, protect):
        if name is None:
            return []
        from . import alert_contents

        content = getattr(alert_contents, name)
        if protect is not None:
            return content(self._device, protect)
        return content(self._device, alert.code, alert.at_s, alert.detail)

    def _signed(self, message_code, entity, payload, party=(None, None)):
        counter = self._engine.next_counter()
        yield from self._engine.use_counter(counter)
        return (yield from sign(self._engine, message_code, entity, payload, counter, party))

    def _authenticated(self, message_code, cell, payload):
        counter = self._engine.next_counter()
        yield from self._engine.use_counter(counter)
        return (yield from authenticate(self._engine, message_code, cell, payload, counter))

    def _payload(self, code, at_s, contents, is_asn1=False):
        if is_asn1:
            from ..gbcs import asn1
            from ..gbcs.generalized_time import generalized

            return asn1.sequence(asn1.integer(code), asn1.time(generalized(at_s)), *contents)
        if self._engine.letter in _GAS:
            from ..gbcs.gbz import encode_alert

            return encode_alert(code, at_s, b"".join(contents))
        from ..gbcs import data_notification

        return data_notification.encode(self._engine.next_counter(), code, at_s, contents)

    def _take_fulfilled(self):
        """Take what Commands of a later date have to tell."""
        take = getattr(self._device, "take_fulfilled", None)
        while take:
            fulfilled = take()
            if fulfilled is None:
                return
            self._fulfilled(*fulfilled)

    def _fulfilled(self, reference, code, at_s):
        if reference[:1] == FIRMWARE_REFERENCE:
            from .firmware_alert import due

            self.put(*due(self._device, reference, code, at_s))
            return
        cell = recipient(self._engine, True, SUPPLIER)
        if cell is None:
            return
        if self._engine.letter in _GAS:
            from ..gbcs.gbz import future_contents

            message_code = _FULFILLED_GBZ
        else:
            from ..gbcs.data_notification import future_contents

            message_code = _FULFILLED_DLMS
        for content in future_contents(reference):
            alert = _Alert(code, at_s, 0, [content])
            alert.message_code, alert.entity = message_code, cell.entity
            self._put(alert)

    def _put(self, alert):
        if len(self._waiting) == _MOST_WAITING:
            self.discarded += 1
            return
        self._waiting.append(alert)

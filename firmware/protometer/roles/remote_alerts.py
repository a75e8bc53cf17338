"""Alerts to remote parties: events that are durable become messages (SMETS2 5.5.2, 4.4.2.2).

They wait here until the HAN takes them; the newest are lost, and counted, where nobody does.
"""

from micropython import const

from ..gbcs.alerts import authenticate, message_of, recipient, roles_of, sign
from ..gbcs.remote_parties import SUPPLIER

_MOST_WAITING = const(16)
_GAS = "GF"
# Future-dated: per object or component that was carried out (GBCS 9.2.2.6).
_FULFILLED_DLMS = const(0x00CC)
_FULFILLED_GBZ = const(0x00CD)


class RemoteAlerts:
    """device: whose events they are; engine: of its RemoteMessages, whose counter they use."""

    def __init__(self, device, engine):
        self._device = device
        self._engine = engine
        self._waiting = []
        self.discarded = 0

    def hear(self, code, at_s, detail):
        """Take an event that is durable, if it is to be alerted."""
        if self._device.event_settings.is_alerted(code):
            self._put((code, at_s, detail))

    def is_waiting(self):
        """Tell whether there is anything to send."""
        self._take_fulfilled()
        return bool(self._waiting)

    def next(self, now_s):
        """Return, sliced, the messages of the event that waits longest: one for each recipient."""
        self._take_fulfilled()
        if not self._waiting:
            return []
        code, at_s, detail = self._waiting.pop(0)
        if code is None:
            message_code, entity, payload = detail
            return [(yield from self._signed(message_code, entity, payload))]
        if isinstance(detail, tuple):
            message_code, entity, content = detail
            payload = self._payload(code, at_s, [content])
            return [(yield from self._signed(message_code, entity, payload))]
        how = message_of(code, self._engine.letter)
        contents = self._contents(how.content, code, at_s, detail)
        found = []
        for role in roles_of(how.to):
            # Each with a counter of its own, which the payload of DLMS repeats.
            payload = self._payload(code, now_s, contents)
            cell = recipient(self._engine, how.critical, role)
            if cell is None:
                continue
            if how.critical:
                alert = self._signed(how.message_code, cell.entity, payload)
            else:
                alert = self._authenticated(how.message_code, cell, payload)
            found.append((yield from alert))
        return found

    def put(self, message_code, entity, payload):
        """Have a critical alert sent to an entity, whose payload is there already."""
        self._put((None, None, (message_code, entity, payload)))

    def _contents(self, name, code, at_s, detail):
        if name is None:
            return []
        from . import alert_contents

        return getattr(alert_contents, name)(self._device, code, at_s, detail)

    def _signed(self, message_code, entity, payload):
        counter = self._engine.next_counter()
        self._engine.use_counter(counter)
        return (yield from sign(self._engine, message_code, entity, payload, counter))

    def _authenticated(self, message_code, cell, payload):
        counter = self._engine.next_counter()
        self._engine.use_counter(counter)
        return (yield from authenticate(self._engine, message_code, cell, payload, counter))

    def _payload(self, code, at_s, contents):
        if self._engine.letter in _GAS:
            from ..gbcs.gbz import encode_alert

            return encode_alert(code, at_s, b"".join(contents))
        from ..gbcs import axdr, data_notification

        octets = [axdr.encode("o", content) for content in contents]
        return data_notification.encode(self._engine.next_counter(), code, at_s, octets)

    def _take_fulfilled(self):
        """Take what Commands of a later date have to tell."""
        take = getattr(self._device, "take_fulfilled", None)
        while take:
            fulfilled = take()
            if fulfilled is None:
                return
            reference, code, at_s = fulfilled
            self._fulfilled(reference, code, at_s)

    def _fulfilled(self, reference, code, at_s):
        cell = recipient(self._engine, True, SUPPLIER)
        if cell is None:
            return
        if self._engine.letter in _GAS:
            from ..gbcs.gbz import future_contents

            message_code, contents = _FULFILLED_GBZ, future_contents(reference)
        else:
            from ..gbcs.data_notification import future_contents

            message_code, contents = _FULFILLED_DLMS, future_contents(reference)
        for content in contents:
            self._put((code, at_s, (message_code, cell.entity, content)))

    def _put(self, entry):
        if len(self._waiting) == _MOST_WAITING:
            self.discarded += 1
            return
        self._waiting.append(entry)

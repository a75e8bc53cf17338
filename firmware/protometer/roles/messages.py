"""The Supplier Message on the meter's display (SMETS2 5.7.4.43, 4.6.4.24; GSME-CFG-18)."""

from ..model import events
from ..model.command import CommandRefused


class Messages:
    """Shown until the Consumer acknowledges it, or another takes its place."""

    def __init__(self, data, outbox):
        self._data = data
        self._outbox = outbox

    def acknowledge(self, now_s):
        """Take the message off the display; CommandRefused where there is none."""
        if not self._data.supplier_message:
            raise CommandRefused("Acknowledge Message: there is none")
        self._data.supplier_message = ""
        self._outbox.post(events.MESSAGE_ACKNOWLEDGED, now_s)

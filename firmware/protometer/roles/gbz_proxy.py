"""The Gas Proxy Function's side of GBZ: attributes as the gas meter told them, items and logs.

What it holds of the meter has the meter's names, and is told by the meter's handlers.
(CS10a, CS10b, CS11, GCS09, GCS13 to GCS17, GCS21, GCS33, GCS46, GCS60, GCS61)
"""

from micropython import const

from ..han import zcl
from ..model.events import EVENT_LOG_CLEARED
from . import gbz_events, gbz_identity, gbz_metering, gbz_prepayment

_BASIC = const(0x0000)
_MODEL = const(0x0005)
_PRICE = const(0x0700)
_CALENDAR = const(0x0707)


class ProxySide:
    """What GbzServer asks a Gas Proxy Function for.

    device: has `mirror`, `records` (GasRecords), `logbook` and `events`.
    """

    def __init__(self, device):
        self.device = device

    def reader(self, use_case, cluster, identifiers, now_s):
        """Return what gives (type, value) of an attribute, None for one that was never told."""

        def read(identifier):
            found = self.device.mirror.look_up(cluster, identifier)
            if not found or (cluster, identifier) != (_BASIC, _MODEL):
                return found
            if not gbz_identity.has_identifier(use_case):
                return found
            identifier = self.device.data.gsme_identifier
            return found[0], gbz_identity.with_identifier(found[1], identifier)

        return read

    def module(self, cluster):
        """Return what has a REFUSALS for a cluster."""
        return gbz_events if cluster == 0x0709 else None

    def handler(self, module, cluster, command, from_server):
        """Return the function(device, request) of a command, or None."""
        asked = cluster, command, from_server
        if asked in _HANDLERS:
            return _HANDLERS[asked]
        if asked not in _ASKED_SELDOM:
            return None
        if cluster == _PRICE:
            from . import gbz_price as module
        else:
            from . import gbz_calendar as module
        return module.HANDLERS[(command, from_server)]


def change_of_tenancy(device, request):
    """Publish Change of Tenancy: Restrict Data (GCS09)."""
    device.records.restrict(request.now_s, request.values["implementationDateTime"])
    return zcl.SUCCESS


def clear_event_log(device, request):
    """Clear Event Log Request, of its own log."""
    device.logbook.named("Event Log").clear()
    device.events.post(EVENT_LOG_CLEARED, request.now_s)
    gbz_events.answer_cleared(request)


_HANDLERS = {
    (0x0702, 0x06, False): gbz_metering.get_snapshot,
    (0x0702, 0x08, False): gbz_metering.get_sampled_data,
    (0x0705, 0x07, False): gbz_prepayment.get_snapshot,
    (0x0705, 0x08, False): gbz_prepayment.get_top_up_log,
    (0x0705, 0x0A, False): gbz_prepayment.get_debt_log,
    (0x0708, 0x00, True): change_of_tenancy,
    (0x0709, 0x00, False): gbz_events.get_event_log,
    (0x0709, 0x01, False): clear_event_log,
}
# The meter's too, whose modules are loaded when they are asked for.
_ASKED_SELDOM = (
    (_PRICE, 0x00, False),
    (_PRICE, 0x0B, False),
    (_CALENDAR, 0x01, False),
    (_CALENDAR, 0x02, False),
    (_CALENDAR, 0x03, False),
    (_CALENDAR, 0x04, False),
)

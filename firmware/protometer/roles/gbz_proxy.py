"""The Gas Proxy Function's side of GBZ: attributes as the gas meter told them, and its own logs.

(CS10a, CS10b, CS11, GCS09, GCS13 to GCS17, GCS33, GCS46, GCS60, GCS61)
"""

from ..han import zcl
from ..model.events import EVENT_LOG_CLEARED
from . import gbz_events, gbz_metering, gbz_prepayment


class ProxySide:
    """What GbzServer asks a Gas Proxy Function for.

    device: has `mirror`, `records` (GasRecords), `logbook` and `events`.
    """

    def __init__(self, device):
        self.device = device

    def reader(self, use_case, cluster, identifiers, now_s):
        """Return what gives (type, value) of an attribute, None for one that was never told."""

        def read(identifier):
            return self.device.mirror.look_up(cluster, identifier)

        return read

    def module(self, cluster):
        """Return what has a REFUSALS for a cluster."""
        return gbz_events if cluster == 0x0709 else None

    def handler(self, module, cluster, command, from_server):
        """Return the function(device, request) of a command, or None."""
        return _HANDLERS.get((cluster, command, from_server))


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
    (0x0708, 0x00, True): change_of_tenancy,
    (0x0709, 0x00, False): gbz_events.get_event_log,
    (0x0709, 0x01, False): clear_event_log,
}

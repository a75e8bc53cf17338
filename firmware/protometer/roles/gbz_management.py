"""Device Management of remote parties: identities, contact, Privacy PIN, behaviour of events.

(GCS11, GCS20, GCS20r, GCS36, GCS41, GCS44)
"""

from micropython import const

from ..han import zcl
from ..han.zcl_types import get_uint
from ..model.command import CommandRefused
from ..records.event_settings import SUPPLIER_EVENTS_OF_GAS, bits_of
from .gbz_request import text_of

_FAMILY = const(0x8100)
# Bits of an event's configuration: written to a log, of which there are two, alerted to the WAN,
# shared with the HAN, sounding an alarm.
LOGGED = const(0x03)
ALERTED = const(0x08)
SHARED = const(0x10)
ALARMED = const(0x40)
_OTHERS = const(0xA4)
_SETTINGS = (
    ("Logging Supplier", LOGGED),
    ("Alerts Supplier", ALERTED),
    ("Alerts HAN", SHARED),
    ("Alarms", ALARMED),
)


def change_of_supplier(meter, request):
    """Publish Change of Supplier: the name and the telephone number of the Supplier."""
    values = request.values
    yield from request.write(meter, "Supplier Name", text_of(values["proposedProviderName"]))
    contact = text_of(values["proposedProviderContactDetails"])
    yield from request.write(meter, "Supplier Telephone Number", contact)
    return zcl.SUCCESS


def request_new_password(meter, request):
    """Request New Password Response, of no characters: Disable Privacy PIN Protection."""
    if request.values["password"]:
        raise CommandRefused("Disable Privacy PIN Protection: there is a password")
    yield from request.perform(meter, "Disable Privacy PIN Protection", {})
    return zcl.SUCCESS


def update_site(meter, request):
    """Update Site ID: the Meter Point Reference Number."""
    yield from request.write(
        meter, "Meter Point Reference Number", text_of(request.values["siteId"])
    )
    return zcl.SUCCESS


def update_customer(meter, request):
    """Update CIN: the Customer Identification Number."""
    number = text_of(request.values["customerIdNumber"])
    yield from request.write(meter, "Customer Identification Number", number)
    return zcl.SUCCESS


def set_events(meter, request):
    """Set Event Configuration: what becomes of the events of a list."""
    configuration = request.values["eventConfiguration"]
    if configuration & _OTHERS or configuration & LOGGED not in (0, LOGGED):
        raise CommandRefused("Set Event Configuration: 0x%02x" % configuration)
    codes = _listed(request.values["eventConfigurationPayload"])
    mask = bits_of(codes)
    for setting, bits in _SETTINGS:
        action = mask if configuration & bits else bytes(len(mask))
        arguments = {"setting": setting, "mask": mask, "action": action}
        yield from request.perform(meter, "Configure Events", arguments)
    return zcl.SUCCESS


def _listed(octets):
    """Return the codes of an "apply by list" payload; CommandRefused for a list that is none."""
    count = octets[0] if octets else 0
    if len(octets) != 1 + 2 * count:
        raise CommandRefused("Set Event Configuration: the list is not of %d" % count)
    codes = [get_uint(octets, at, 2) for at in range(1, len(octets), 2)]
    for code in codes:
        if code & 0xFF00 != _FAMILY or code & 0xFF not in SUPPLIER_EVENTS_OF_GAS:
            raise CommandRefused("Set Event Configuration: no event 0x%04x" % code)
    return codes


def get_events(meter, request):
    """Get Event Configuration, of all events that the Supplier may configure."""
    settings = meter.event_settings
    answer = {"commandIndex": 0, "totalCommands": 1}
    rows = []
    for low in SUPPLIER_EVENTS_OF_GAS:
        code = _FAMILY | low
        configuration = 0
        for holds, bits in (
            (settings.reaches_log(code), LOGGED),
            (settings.is_alerted(code), ALERTED),
            (settings.is_shared(code), SHARED),
            (settings.sounds_alarm(code), ALARMED),
        ):
            if holds:
                configuration |= bits
        rows.append({"eventId": code, "eventConfiguration": configuration})
    answer["eventConfigurationPayload"] = rows
    request.answer("ReportEventConfiguration", answer)


HANDLERS = {
    (0x01, True): change_of_supplier,
    (0x02, True): request_new_password,
    (0x03, True): update_site,
    (0x04, True): set_events,
    (0x05, True): get_events,
    (0x06, True): update_customer,
}

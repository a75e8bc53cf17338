"""What becomes of an event: log, Alert, HAN, Alarm (SMETS2 5.5.2, 5.7.4.1, 5.7.4.51, 4.6.4.34).

Each setting is a string of 256 bits, bit n (the lowest first) for the code 0x81//n of the Supplier
or 0x80//n of the Network Operator (ESME-COM-04). Critical events, 0x8Fxx, can't be switched off.
"""

from micropython import const

from ..model.command import NETWORK_OPERATOR, SUPPLIER, BadFormat, NoAuthority
from .event_logs import log_of

_FAMILY = const(0xFF00)
_SUPPLIER_FAMILY = const(0x8100)
_NETWORK_FAMILY = const(0x8000)
_OCTETS = const(32)

# Setting as a Command names it: (originator, data item).
SETTINGS = {
    "Alerts Supplier": (SUPPLIER, "alerts_supplier"),
    "Alerts HAN": (SUPPLIER, "alerts_han"),
    "Alarms": (SUPPLIER, "event_alarms"),
    "Logging Supplier": (SUPPLIER, "event_logging_supplier"),
    "Alerts Network Operator": (NETWORK_OPERATOR, "alerts_network_operator"),
    "Logging Network Operator": (NETWORK_OPERATOR, "event_logging_network_operator"),
}
# Events that are written to a log and never sent (Annex B, class L), and 0x8168.
_NO_ALERT = (
    0x8145,
    0x8154,
    0x8155,
    0x8161,
    0x8162,
    0x8168,
    0x8F43,
    0x8F47,
    0x8F48,
    0x8F49,
    0x8F4A,
    0x8F4B,
    0x8F4C,
    0x8F4D,
    0x8F4E,
    0x8F4F,
    0x8F51,
    0x8F52,
    0x8F53,
    0x8F57,
    0x8F58,
    0x8F59,
    0x8F5A,
    0x8F5B,
    0x8F60,
    0x8F63,
    0x8F64,
    0x8F82,
)
# Events that HAN Devices hear of too, unless the setting says otherwise.
_ALSO_TO_HAN = (0x810D, 0x8119, 0x8168, 0x81AA, 0x81AB, 0x81C4, 0x8F34)
# The events of a gas meter that its Supplier may configure, 0x81nn each, in the order in which
# they are told (GCS20r).
SUPPLIER_EVENTS_OF_GAS = (
    b"\x0d\x0e\x19\x45\x54\x55\x61\x62\x68\x83\x84\xa1\xa4\xa5\xa6\xa7\xa8\xa9\xaa\xab\xac\xad"
    b"\xae\xaf\xb0\xb1\xb2\xb3\xb4\xb5\xb6\xb9\xba\xbc\xbd\xbe\xbf\xc0\xc2\xc3\xc4\xc5\xa0\xc6"
)


class EventSettings:
    """Says of each event code where it goes."""

    def __init__(self, data):
        self._data = data

    def is_logged(self, code):
        """Tell whether an event is written to its log."""
        return self._is_on(code, "event_logging_supplier", "event_logging_network_operator")

    def reaches_log(self, code):
        """Tell whether an event has a log and is written to it."""
        return log_of(code) is not None and self.is_logged(code)

    def is_alerted(self, code):
        """Tell whether an event is sent to the remote parties as an Alert."""
        if code in _NO_ALERT:
            return False
        return self._is_on(code, "alerts_supplier", "alerts_network_operator")

    def is_shared(self, code):
        """Tell whether an event is shared with HAN Devices."""
        return code in _ALSO_TO_HAN and self._is_on(code, "alerts_han", "")

    def sounds_alarm(self, code):
        """Tell whether an event raises an Alarm at the meter; critical ones are not configured."""
        return code & _FAMILY == _SUPPLIER_FAMILY and self._bit("event_alarms", code, False)

    def check_configure(self, by, setting, mask, action):
        """Return what configure takes; raises where the setting is not the originator's."""
        if setting not in SETTINGS:
            raise BadFormat("Configure Events: no setting %s" % setting)
        owner, item = SETTINGS[setting]
        if not by & owner or not hasattr(self._data, item):
            raise NoAuthority("Configure Events: %s is not for this originator" % setting)
        if len(mask) != _OCTETS or len(action) != _OCTETS:
            raise BadFormat("Configure Events: mask and action take 32 octets each")
        return [by, setting, mask, action]

    def configure(self, now_s, by, setting, mask, action):
        """Set the bits that the mask names as the action says (GBCS ECS25a, ECS25b, GCS20).

        mask, action: 32 octets, the highest code first, as a 256-bit number is written.
        """
        held = getattr(self._data, SETTINGS[setting][1])
        for index in range(_OCTETS):
            chosen = mask[_OCTETS - 1 - index]
            held[index] = held[index] & ~chosen & 0xFF | action[_OCTETS - 1 - index] & chosen

    def _is_on(self, code, supplier, network):
        family = code & _FAMILY
        if family == _SUPPLIER_FAMILY:
            return self._bit(supplier, code, True)
        if family == _NETWORK_FAMILY and network:
            return self._bit(network, code, True)
        return True

    def _bit(self, item, code, otherwise):
        """Return a setting's bit for a code; otherwise: of a device without that setting."""
        setting = getattr(self._data, item, None)
        if setting is None:
            return otherwise
        bit = code & 0xFF
        return setting[bit >> 3] >> (bit & 7) & 1 == 1


def bits_of(codes):
    """Return the 32 octets of a mask or action that name these codes."""
    octets = bytearray(_OCTETS)
    for code in codes:
        bit = code & 0xFF
        octets[_OCTETS - 1 - (bit >> 3)] |= 1 << (bit & 7)
    return bytes(octets)

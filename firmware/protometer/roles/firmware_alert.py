"""The alert of firmware that was to be activated at a later date (GBCS 11.5)."""

from micropython import const

from ..gbcs import asn1
from ..gbcs.alerts import FIRMWARE_REFERENCE
from ..gbcs.generalized_time import generalized
from ..model import events
from ..model.firmware_version import version_octets

_MESSAGE_CODE = const(0x00CA)
_EUI = const(8)
_SUCCESS = const(0)
_ACTIVATION_FAILED = const(3)


def reference(execution):
    """Return what an activation of a later date keeps for its alert (GBCS 11.5)."""
    counter = execution.counter.to_bytes(_EUI, "big")
    return FIRMWARE_REFERENCE + execution.message.originator + counter


def due(device, kept, event, at_s):
    """Return (message code, entity, payload) of the alert of an activation that was due.

    kept: its reference(); event: whether it could be done.
    """
    at = len(FIRMWARE_REFERENCE)
    entity, counter = kept[at : at + _EUI], kept[at + _EUI :]
    done = event == events.FUTURE_COMMAND_DONE
    version = version_octets(device.data.firmware_version)
    payload = asn1.sequence(
        asn1.integer(event),
        asn1.time(generalized(at_s)),
        asn1.integer(int.from_bytes(counter, "big")),
        asn1.sequence(
            asn1.integer(_SUCCESS if done else _ACTIVATION_FAILED), asn1.octet_string(version)
        ),
    )
    return _MESSAGE_CODE, entity, payload

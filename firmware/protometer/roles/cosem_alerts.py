"""Alerts with DLMS payloads of an outage, and of a hub's (GBCS ECS80, CS14, DBCH09)."""

from ..gbcs import axdr, data_notification
from ..gbcs.cosem_objects import TYPES
from ..gbcs.date_time import date_time

# Message codes of Alerts.
OUTAGE = 0x0067
DEVICE_LOG_CHANGED = 0x0018
SUB_GHZ_SETTINGS_CHANGED = 0x0113


def outage(event, at_s, counter, from_s, until_s):
    """Return the payload of the Alert that supply is back; from_s, until_s: it was out."""
    contents = [axdr.encode("o", date_time(second)) for second in (from_s, until_s)]
    return data_notification.encode(counter, event, at_s, contents)


def sub_ghz_settings(data, event, at_s, counter):
    """Return the payload of the Alert that a hub's Sub GHz settings have changed."""
    from .cosem_hub import settings_of

    content = axdr.encode(TYPES["sub-ghz"], settings_of(data))
    return data_notification.encode(counter, event, at_s, [content])


def device_log(data, log, event, at_s, counter):
    """Return the payload of the Alert that a hub's Device Log has changed, with its backup."""
    from .cosem_hub import backup_of

    content = axdr.encode(TYPES["backup"], backup_of(data, log, at_s))
    return data_notification.encode(counter, event, at_s, [content])

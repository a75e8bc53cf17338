"""What alerts carry behind code and time, from the device whose event it was.

Each takes (device, code, at_s, detail) and returns a list of octets: each a DLMS data, in an ASN.1
message an element, of a gas device what is behind the time. Those that are encrypted take (device,
protect), an engine's Protect or None, and return None where there is nothing to tell or nobody to.
"""

from ..gbcs import axdr
from ..gbcs.date_time import date_time

_HASH_HEAD = b"\x09\x20"
_GAS = "G"
_CAUSE = 2
# Of a controller that nothing limits.
_FULL_LEVEL = 100
# Sub GHz: a mask of channels, and outcomes of an octet each; 0 for as it should be.
_MASK = (32, 4)
_AS_IT_SHOULD = b"\x00"


def _octets(device, octets):
    return [octets if _GAS in device.data.role else axdr.encode("o", octets)]


def cause(device, code, at_s, detail):
    """Return the cause of a failure of integrity, 0 to 9 (GSME-MON-04)."""
    return _octets(device, detail.to_bytes(_CAUSE, "big"))


def image_hash(device, code, at_s, detail):
    """Return the hash of the firmware image that was verified (GBCS 11.2.6)."""
    held = bytes(device.data.staged_hash)
    return _octets(device, _HASH_HEAD + held if _GAS in device.data.role else held)


def outage(device, code, at_s, detail):
    """Return when the supply went and when it came back (GBCS ECS80)."""
    return [axdr.encode("o", date_time(second)) for second in (detail, at_s)]


def billing_data_log(device, protect):
    """Return, sliced, the newest entry of the Billing Data Log, encrypted (GBCS ECS68, GCS53)."""
    if protect is None:
        return None
    if _GAS in device.data.role:
        from .gbz_metering import billing_content

        content = yield from billing_content(device, protect)
    else:
        from .cosem_alerts import billing_content
        from .cosem_server import forget_topics

        content = yield from billing_content(device, protect)
        forget_topics()
    return None if content is None else [content]


def level_limit_ended(device, code, at_s, detail):
    """Return which auxiliary controller is free of its limit, and its level (GBCS ECS102)."""
    return [axdr.encode("u8", detail), axdr.encode("u8", _FULL_LEVEL)]


def channel_change(device, code, at_s, detail):
    """Return the Sub GHz channel that the hub went to, and how (GBCS DBCH07)."""
    mask = _MASK[0], detail.to_bytes(_MASK[1], "big")
    return [axdr.encode("{s32o}", [mask, _AS_IT_SHOULD])]


def channel_scan(device, code, at_s, detail):
    """Return what came of a scan of Sub GHz channels (GBCS DBCH08)."""
    return [axdr.encode("{oo}", [_AS_IT_SHOULD, _AS_IT_SHOULD])]


def sub_ghz_configuration(device, code, at_s, detail):
    """Return the hub's Sub GHz settings (GBCS DBCH09)."""
    from ..gbcs.cosem_objects import TYPES
    from .cosem_hub import settings_of

    return [axdr.encode(TYPES["sub-ghz"], settings_of(device.data))]


def device_log_backup(device, code, at_s, detail):
    """Return the hub's Device Log, to be kept elsewhere (GBCS CS14)."""
    from ..gbcs.cosem_objects import TYPES
    from .cosem_hub import backup_of

    return [axdr.encode(TYPES["backup"], backup_of(device.data, device.device_log, at_s))]


def device_log(device, code, at_s, detail):
    """Return the Device Log of a Gas Proxy Function, to be kept elsewhere (GBCS GCS62)."""
    from .asn1_devices import entries

    return [entries(device)]

"""A Communications Hub as COSEM has it: Device Log, joining, Sub GHz channels (GBCS CCS, DBCH)."""

from micropython import const

from ..gbcs.date_time import date_time, date_time_of_week
from .cosem_server import CosemRefused

_MASK = const(32)
_MASKS = const(4)
_SCAN = const(0)


def add(run, argument, value):
    """Add a device to the Device Log; its kind says nothing to a hub."""
    identifier, kind, code, _ = value
    run.device.device_log.add(run.now_s, identifier, kind, code)


def set_join_timeout(run, argument, value):
    """Set for how many seconds joining is open."""
    run.data.hub_join_timeout_s = value


def open_joining(run, argument, value):
    """Open the HAN for joining."""
    if not value:
        raise CosemRefused("joining: closes by itself")
    run.device.open_joining(run.now_s)


def remove(run, argument, value):
    """Remove a device from the Device Log."""
    run.device.device_log.remove(run.now_s, value)


def restore(run, argument, value):
    """Restore the Device Log that another hub had."""
    extended_pan, devices = value
    run.device.device_log.restore(run.now_s, extended_pan, devices)


def devices(run, argument, value):
    """Return the Device Log with what has been heard of each device."""
    data = run.data
    answer = []
    for place, (identifier, _) in enumerate(run.device.device_log.entries()):
        heard = [identifier, (8, bytes((data.hub_device_status[place],)))]
        heard += data.hub_device_rssi_dbm[3 * place : 3 * place + 3]
        heard += data.hub_device_lqi[3 * place : 3 * place + 3]
        heard.append(date_time_of_week(data.hub_device_heard_s[place]))
        heard.append(data.hub_device_hops[place])
        heard += data.hub_device_transmissions[2 * place : 2 * place + 2]
        heard += data.hub_device_versions[2 * place : 2 * place + 2]
        answer.append(heard)
    return answer


def backup(run, which, value):
    """Return a Device Log to be kept elsewhere: when, of which HAN, its devices."""
    log = run.device.device_log
    if which == "current":
        return backup_of(run.data, log, run.now_s)
    return [date_time(run.now_s), run.data.hub_historic_pan, log.historic()]


def backup_of(data, log, now_s):
    """Return the Device Log as a backup has it."""
    return [date_time(now_s), data.hub_extended_pan, log.entries()]


def _bits(mask):
    return _MASK, mask.to_bytes(4, "big")


def channel(run, argument, value):
    """Return the Sub GHz channel in use, as a mask."""
    return _bits(run.data.sub_ghz_channel)


def sub_ghz_settings(run, argument, value):
    """Return which Sub GHz channels may be used, and the settings of their use."""
    return settings_of(run.data)


def settings_of(data):
    """Return the settings as they are sent."""
    return [_bits(mask) for mask in data.sub_ghz_masks] + list(data.sub_ghz_settings)


def set_sub_ghz_settings(run, argument, value):
    """Set them."""
    masks = [int.from_bytes(octets, "big") for _, octets in value[:_MASKS]]
    run.device.set_sub_ghz(masks, value[_MASKS:])


def scan(run, argument, value):
    """Have the Sub GHz channels scanned."""
    if value != _SCAN:
        raise CosemRefused("scan: no request %d" % value)
    run.device.scan()

"""The home area network of the desk: its three devices, and what commissioning left in each."""

from protometer.model import command as commands

PAN_ID = "1a62"
CHANNEL = 20

# Short address and EUI-64 of each role.
DEVICES = {
    "CH": ("0000", "00db1234567890a1"),
    "ESME": ("0001", "00db1234567890a0"),
    "IHD": ("0002", "00db1234567890a2"),
}
# The display is the meter's child: what it and the hub say goes through the meter.
ROUTES = {"IHD": {"0000": "0001"}, "CH": {"0002": "0001"}}
# What roles/assembly.py wants to know beside the network.
SETTINGS = {
    "displays": ["0002"],
    "meter": "0001",
    "loss_bound_mwh": 10_000,
    "commit_s": 900,
}

# Who may be said to send a Command.
ORIGINATORS = {
    "supplier": commands.SUPPLIER,
    "user": commands.USER_INTERFACE,
    "ppmid": commands.PPMID,
}


def network_description(role, network_key):
    """Return the description of a role's Network; network_key: 32 hex digits."""
    short_address, extended_address = DEVICES[role]
    return {
        "short_address": short_address,
        "extended_address": extended_address,
        "pan_id": PAN_ID,
        "channel": CHANNEL,
        "network_key": network_key,
        "key_sequence": 0,
        "devices": dict(DEVICES.values()),
        "routes": ROUTES.get(role, {}),
    }

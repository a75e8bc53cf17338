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
# EUI-64s of devices that join a network by themselves.
EXTENDED_ADDRESSES = {role: extended for role, (_, extended) in DEVICES.items()}
EXTENDED_ADDRESSES["GSME"] = "00db1234567890a3"
EXTENDED_ADDRESSES["PPMID"] = "00db1234567890a4"
EXTENDED_ADDRESSES["HCALCS"] = "00db1234567890a5"
# The display is the meter's child: what it and the hub say goes through the meter.
ROUTES = {"IHD": {"0000": "0001"}, "CH": {"0002": "0001"}}
# The desk's Supplier: whose top-ups the meters take, and the secret it shares with each of them.
UTRN = {
    "supplier": "90b3d51f30010000",
    "secret": "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
}
# What roles/assembly.py wants to know beside the network.
SETTINGS = {
    "utrn": UTRN,
    "displays": ["0002"],
    "meter": "0001",
    "loss_bound_mwh": 10_000,
    "commit_s": 900,
}

# The letters of a role's dictionary, and what variants of the electricity meter add.
_LETTERS = {"ESME": "E", "GSME": "G", "HCALCS": "S", "IHD": "I", "PPMID": "U", "CH": "H"}
# `ic`: measured by a metering IC, as those with more than one element or phase always are; `fram`:
# with a FRAM for the state; `display`: with a display and two keys of its own.
_VARIANTS = {
    "twin": "T",
    "polyphase": "P",
    "alcs": "L",
    "boost": "B",
    "ic": "",
    "fram": "",
    "display": "",
}

_VARIANTS_OF = {"ESME": tuple(_VARIANTS), "GSME": ("fram", "display")}

# Who may be said to send a Command.
ORIGINATORS = {
    "supplier": commands.SUPPLIER,
    "user": commands.USER_INTERFACE,
    "ppmid": commands.PPMID,
    "network": commands.NETWORK_OPERATOR,
    "broker": commands.ACCESS_CONTROL_BROKER,
    "hcalcs": commands.HCALCS,
    # A Type 2 Device may send none.
    "display": 0,
}


def role_letters(device):
    """Return the letters of a device as it is named: `ESME`, `GSME`, `ESME:twin,alcs,boost`.

    ValueError for a role or a variant that is unknown.
    """
    role, _, variants = device.partition(":")
    if role not in _LETTERS:
        raise ValueError("%s is none of %s" % (role, ", ".join(sorted(_LETTERS))))
    letters = _LETTERS[role]
    for variant in variants.split(",") if variants else ():
        if variant not in _VARIANTS_OF.get(role, ()):
            raise ValueError("%s has no variant %s" % (role, variant))
        letters += _VARIANTS[variant]
    return letters


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

"""A network that the desk's hub forms itself: who is on it, how, and who knows of whom.

Devices join by install code and agree keys by certificates of a test authority; what their owners
would tell them beforehand is a list of Commands.
"""

from binascii import unhexlify

from host_tools.node.home import EXTENDED_ADDRESSES, ORIGINATORS

HUB = "CH"
# Devices beside the hub.
JOINERS = ("ESME", "GSME", "IHD", "PPMID", "HCALCS")
# 05-3474 annex C.6.1's install code and its check: every device's on the desk.
INSTALL_CODE = "83fed3407a939723a5c639b26916d505c3b5"
CHANNELS = (11, 15, 20, 25)
# How a device is on the network, where it is no router.
_KINDS = {
    "GSME": {"sleepy": True},
    "IHD": {"end_device": True},
    "PPMID": {"end_device": True},
}
# Of those whom an electricity meter knows, its Device Log has the Device Type.
DEVICE_TYPES = {"IHD": 2, "PPMID": 1, "HCALCS": 1}
_HCALCS_SWITCH = 1
_ADD = "Add Device Security Credentials"


def own_network(role, certificates, install_codes=None):
    """Return the description of a role's Network; certificates: as that has them, in hex.

    install_codes: of each device, for a network that is not on the desk.
    """
    codes = install_codes or dict.fromkeys(JOINERS, INSTALL_CODE)
    described = {
        "extended_address": EXTENDED_ADDRESSES[role],
        "channels": list(CHANNELS),
        "certificates": certificates,
    }
    if role == HUB:
        described["admits"] = [[EXTENDED_ADDRESSES[other], codes[other]] for other in codes]
    else:
        described["install_code"] = codes[role]
    described.update(_KINDS.get(role, {}))
    return described


def introductions(role, has_loads):
    """Return the Commands that tell a role of the others: [name, arguments, originator].

    has_loads: of an electricity meter with auxiliary load control, to which the HCALCS belongs.
    """
    if role == "HCALCS":
        return [[_ADD, {"identifier": EXTENDED_ADDRESSES["ESME"]}, "broker"]]
    if role != "ESME":
        return []
    told = [
        [_ADD, {"identifier": EXTENDED_ADDRESSES[other], "type": device_type}, "broker"]
        for other, device_type in DEVICE_TYPES.items()
    ]
    if has_loads:
        paired = {"switch": _HCALCS_SWITCH, "identifier": EXTENDED_ADDRESSES["HCALCS"]}
        told.append(["Set ALCS Or HCALCS", paired, "supplier"])
    return told


def introduce(device, commands, now_s):
    """Have a role carry out introductions."""
    for name, arguments, originator in commands:
        values = dict(arguments)
        values["identifier"] = unhexlify(values["identifier"])
        device.execute(name, values, ORIGINATORS[originator], now_s)

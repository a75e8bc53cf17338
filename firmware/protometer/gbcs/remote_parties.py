"""Remote parties by role: numbers of GBCS, letters of use_cases.tbl, originators of Commands."""

from micropython import const

from ..model import command

ROOT = const(0)
RECOVERY = const(1)
SUPPLIER = const(2)
NETWORK_OPERATOR = const(3)
ACCESS_CONTROL_BROKER = const(4)
TRANSITIONAL_COS = const(5)
WAN_PROVIDER = const(6)
LOAD_CONTROLLER = const(8)
# Not a role of a certificate: a device that the Device Log holds, a PPMID to a gas meter, and that
# to a PPMID.
DEVICE = const(0x80)

_ROLES = {
    RECOVERY: ("R", command.RECOVERY),
    SUPPLIER: ("S", command.SUPPLIER),
    NETWORK_OPERATOR: ("N", command.NETWORK_OPERATOR),
    ACCESS_CONTROL_BROKER: ("A", command.ACCESS_CONTROL_BROKER),
    TRANSITIONAL_COS: ("T", command.TRANSITIONAL_COS),
    WAN_PROVIDER: ("W", command.WAN_PROVIDER),
    LOAD_CONTROLLER: ("L", command.LOAD_CONTROLLER),
    DEVICE: ("U", command.PPMID),
}


def letter(role):
    """Return a role's letter in use_cases.tbl, "-" for one that sends nothing."""
    return _ROLES.get(role, ("-", 0))[0]


def originator(role):
    """Return the originator of Commands that a role is, 0 for one that sends none."""
    return _ROLES.get(role, ("-", 0))[1]

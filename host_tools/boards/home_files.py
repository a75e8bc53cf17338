"""Network files for boards that are a home of their own: a hub, and who joins its network.

Install codes and certificates are new each time, of a test authority that is forgotten at once:
who is to come later needs a new home. Entity identifiers are those that roles have as shipped.
"""

import json
import secrets
from pathlib import Path
from typing import Any

from host_tools.certificates import TestAuthority
from host_tools.node.home import EXTENDED_ADDRESSES
from host_tools.node.own_network import DEVICE_TYPES, HUB, own_network
from protometer.kernel.crc16 import crc16

from .device import ROLE_PARTS

_SUITE = 2
_CODE_OCTETS = 16
_CRC_BEGINS = 0xFFFF
# Whom a meter knows; a gas meter's displays ask the hub.
_KNOWN = {"ESME": ("IHD", "PPMID"), "GSME": ("PPMID",)}


class HomeError(ValueError):
    """Files of another home are in the way; the message is one line."""


def home_files() -> dict[str, dict[str, Any]]:
    """Return the content of a network file for each role that a board may have."""
    authority = TestAuthority.made(_SUITE, secrets.token_bytes)
    codes = {role: _install_code() for role in ROLE_PARTS if role != HUB}
    made = {}
    for role in ROLE_PARTS:
        issued = authority.issue(bytes.fromhex(EXTENDED_ADDRESSES[role]), secrets.token_bytes)
        held = [_SUITE, *(part.hex() for part in issued.parts())]
        made[role] = own_network(role, [held], codes)
        # All channels, as a neighbour's network may be on any.
        del made[role]["channels"]
        if role in _KNOWN:
            log = {EXTENDED_ADDRESSES[other]: DEVICE_TYPES[other] for other in _KNOWN[role]}
            made[role]["device_log"] = log
    return made


def write_home(folder: Path) -> list[Path]:
    """Write home_files() into a folder and return the files; HomeError if one is there."""
    made = {folder / f"{role.lower()}.json": network for role, network in home_files().items()}
    for path in made:
        if path.exists():
            raise HomeError(f"{path}: is there already, of another home")
    folder.mkdir(parents=True, exist_ok=True)
    for path, network in made.items():
        path.write_text(json.dumps(network, indent=4) + "\n", encoding="utf-8")
    return list(made)


def _install_code() -> str:
    code = secrets.token_bytes(_CODE_OCTETS)
    check = crc16(code, len(code), _CRC_BEGINS) ^ _CRC_BEGINS
    return (code + check.to_bytes(2, "little")).hex()

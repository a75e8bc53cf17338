"""Install codes: what a new device shares with its trust centre (Zigbee 05-3474, 4.6.3.4)."""

from ..crypto.aes_mmo import mmo_hash
from ..kernel.crc16 import crc16

_CRC_BEGINS = 0xFFFF


class InstallCodeError(ValueError):
    """An install code was mistyped."""


def link_key(code):
    """Return the link key that an install code, with its two octets of check, stands for."""
    check = crc16(code, len(code) - 2, _CRC_BEGINS) ^ _CRC_BEGINS
    if check != code[-2] | code[-1] << 8:
        raise InstallCodeError("its last four digits do not fit")
    return mmo_hash(code)

"""Firmware Version as GBCS has it: four octets."""

from binascii import unhexlify

from micropython import const

_OCTETS = const(4)


def version_octets(version):
    """Return the octets of a version's text.

    Of eight hexadecimal digits these; of a text like "0.3.0" an octet for each number.
    """
    if len(version) == 2 * _OCTETS and "." not in version:
        try:
            return unhexlify(version)
        except ValueError:
            return version.encode()[:_OCTETS]
    parts = [int(part) & 0xFF if part.isdigit() else 0 for part in version.split(".")]
    return bytes((parts + [0] * _OCTETS)[:_OCTETS])

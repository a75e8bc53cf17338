"""Makes UTRNs as a Supplier does, with other code than the meter's (rows GSME-UTRN)."""

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.concatkdf import ConcatKDFHash

from host_tools.node.home import UTRN
from protometer.model.dictionary import Data

PENNY_MP = 1_000
UNITS = {"pence": 0, "pounds": 1}
MOST_VALUE = 8191
MOST_COUNTER = 2**32 - 1

_BASE = 7394156990786306048
_ALGORITHM = bytes.fromhex("60857406080300")
_COMMAND = b"\x01"
# Rotations and reflections of a pentagon, as permutations of its corners.
_ROTATIONS = [tuple((corner + turn) % 5 for corner in range(5)) for turn in range(5)]
_REFLECTIONS = [tuple((turn - corner) % 5 for corner in range(5)) for turn in range(5)]
_SYMMETRIES = [*_ROTATIONS, *_REFLECTIONS]
_ROW_ONE = "1576283094"
_FINAL = "1267583094"


class UtrnRequestError(ValueError):
    """A UTRN can't be made of what was asked for; the message says why."""


def make_utrn(
    shared_secret: bytes, supplier: bytes, device: bytes, counter: int, value: int, unit: str
) -> str:
    """Return the 20 digits of one top-up.

    shared_secret: 32 octets, of the Supplier's prepayment and the meter's key agreement keys;
    supplier, device: entity identifiers of 8 octets; counter: the UTRN counter, 32 bits, never
    used before; value: up to 8191 of the unit, "pence" or "pounds". UtrnRequestError if one of
    them can't be.
    """
    _check(shared_secret, supplier, device, counter, value, unit)
    originator_counter = (counter << 32).to_bytes(8, "big")
    high = ((counter % 1024) << 15 | UNITS[unit] << 13 | value).to_bytes(4, "big")
    transaction = b"\x09" + _COMMAND + originator_counter
    information = _ALGORITHM + supplier + transaction + device
    key = ConcatKDFHash(SHA256(), 16, information).derive(shared_secret)
    additional = b"\x11" + bytes(5) + supplier + device + _COMMAND + originator_counter + high
    tag = AESGCM(key).encrypt(supplier + bytes(4), b"", additional)
    number = _BASE + int.from_bytes(high + tag[-4:], "big")
    return f"{number}{check_digit(str(number))}"


def desk_utrn(role: str, counter: int, value_mp: int) -> str:
    """Return a top-up of the desk's Supplier for one of its meters, in whole pence or pounds."""
    octets = [bytes.fromhex(text) for text in (UTRN["secret"], UTRN["supplier"])]
    device = bytes(getattr(Data(role[0]), f"{role.lower()}_identifier"))
    pence, rest = divmod(value_mp, PENNY_MP)
    if rest:
        raise UtrnRequestError(f"value: {value_mp} mp is no whole number of pence")
    if pence <= MOST_VALUE:
        return make_utrn(*octets, device, counter, pence, "pence")
    return make_utrn(*octets, device, counter, pence // 100, "pounds")


def check_digit(digits: str) -> str:
    """Return the digit that belongs behind the 19 of a UTRN."""
    state = _SYMMETRIES[0]
    for place, digit in enumerate(digits, 4):
        for _ in range(place % 8):
            digit = _ROW_ONE[int(digit)]
        symmetry = _SYMMETRIES[int(digit)]
        state = tuple(state[corner] for corner in symmetry)
    return _FINAL[_SYMMETRIES.index(state)]


def _check(
    shared_secret: bytes, supplier: bytes, device: bytes, counter: int, value: int, unit: str
) -> None:
    for name, octets, size in (
        ("shared secret", shared_secret, 32),
        ("supplier", supplier, 8),
        ("device", device, 8),
    ):
        if len(octets) != size:
            raise UtrnRequestError(f"{name}: {len(octets)} octets, not {size}")
    if unit not in UNITS:
        raise UtrnRequestError(f"unit: {unit} is neither pence nor pounds")
    if not 0 <= value <= MOST_VALUE:
        raise UtrnRequestError(f"value: {value} is outside 0..{MOST_VALUE}")
    if not 0 <= counter <= MOST_COUNTER:
        raise UtrnRequestError(f"counter: {counter} is outside 0..{MOST_COUNTER}")

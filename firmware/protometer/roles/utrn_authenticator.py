"""Tells whether a UTRN was made by this meter's Supplier for this meter (GSME-UTRN-04).

The Supplier and the meter share a secret by key agreement, the Supplier with the key it keeps for
prepayment. A key of its own is derived for each counter; the token carries the last four octets
of the tag.
"""

from ..crypto.gcm import gmac
from ..crypto.key_derivation import FOR_COMMAND, derive_key

_SECURITY_HEADER = b"\x11\x00\x00\x00\x00\x00"
_IV_ENDING = bytes(4)
# Both the flag of a command and the purpose of its key.
_COMMAND_FLAG = bytes((FOR_COMMAND,))
_TAG_OCTETS = 4


def utrn_authenticator(shared_secret, supplier, device):
    """Return authentic(counter, high, low) as UtrnEntry takes it.

    shared_secret: 32 octets; supplier, device: entity identifiers of 8 octets.
    """

    def authentic(counter, high, low):
        # The originator counter has the UTRN counter above and zeros below.
        originator_counter = counter.to_bytes(4, "big") + bytes(4)
        key = derive_key(shared_secret, supplier, device, FOR_COMMAND, originator_counter)
        additional = _SECURITY_HEADER + supplier + device + _COMMAND_FLAG + originator_counter
        tag = gmac(key, supplier + _IV_ENDING, additional + high.to_bytes(4, "big"))
        return int.from_bytes(tag[-_TAG_OCTETS:], "big") == low

    return authentic

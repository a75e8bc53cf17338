"""The desk's Supplier, as its electricity meter knows it."""

from binascii import unhexlify

from host_tools.node.home import UTRN
from protometer.model.dictionary import Data
from protometer.roles.utrn_authenticator import utrn_authenticator


def meter_authenticator():
    """Return what tells the desk's Supplier's UTRNs for its electricity meter."""
    secret, supplier = unhexlify(UTRN["secret"]), unhexlify(UTRN["supplier"])
    return utrn_authenticator(secret, supplier, Data("E").esme_identifier)

"""A meter believes its own Supplier's codes, and no others."""

import pytest

from protometer.prepayment.utrn import decode
from protometer.roles.utrn_authenticator import utrn_authenticator
from tests.crypto.utrn_vectors import ESME, ESME_SECRET, GSME_SECRET, SUPPLIER, VECTORS


def authenticator(secret=ESME_SECRET, supplier=SUPPLIER, device=ESME):
    return utrn_authenticator(*map(bytes.fromhex, (secret, supplier, device)))


@pytest.mark.req("GSME-UTRN-04")
@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector[7])
def test_published_codes_are_authentic(vector):
    device, secret, counter, text = vector[0], vector[1], vector[2] >> 32, vector[7]
    authentic = authenticator(secret, SUPPLIER, device)
    utrn = decode(text)
    assert authentic(counter, utrn.high, utrn.low)
    for other in (
        (counter + 1024, utrn.high, utrn.low),
        (counter, utrn.high ^ 1, utrn.low),
        (counter, utrn.high, utrn.low ^ 1),
    ):
        assert not authentic(*other)


@pytest.mark.req("GSME-UTRN-04")
@pytest.mark.parametrize(
    "other",
    [{"secret": GSME_SECRET}, {"supplier": SUPPLIER[:-1] + "1"}, {"device": ESME[:-1] + "1"}],
)
def test_the_code_of_another_supplier_or_meter_is_not(other):
    utrn = decode(VECTORS[0][7])
    assert authenticator()(1, utrn.high, utrn.low)
    assert not authenticator(**other)(1, utrn.high, utrn.low)

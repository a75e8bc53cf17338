"""The five bitmaps of Payment Mode, as GBCS sends them."""

import pytest

from protometer.gbcs.payment_control import decode, encode

# GSME-CFG-16: bitmap, Payment Mode, Suspend Debt Disabled, Suspend Debt Emergency.
BITMAPS = [
    (0x0C94, 0, True, False),
    (0x0097, 1, False, True),
    (0x0497, 1, True, True),
    (0x0897, 1, False, False),
    (0x0C97, 1, True, False),
]


@pytest.mark.req("GSME-CFG-16")
@pytest.mark.parametrize(("bitmap", "mode", "disabled", "emergency"), BITMAPS)
def test_the_five_bitmaps(bitmap, mode, disabled, emergency):
    assert encode(mode, disabled, emergency) == bitmap
    assert decode(bitmap) == (mode, disabled, emergency)


def test_credit_mode_has_one_bitmap_whatever_is_suspended():
    for disabled in (False, True):
        for emergency in (False, True):
            assert encode(0, disabled, emergency) == 0x0C94


def test_nothing_else_is_one():
    known = {bitmap for bitmap, *_ in BITMAPS}
    for bitmap in range(0x10000):
        if bitmap not in known:
            with pytest.raises(ValueError, match="payment control: there is no 0x"):
                decode(bitmap)

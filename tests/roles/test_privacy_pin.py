"""The Privacy PIN: what it opens, for how long, and who may take it off."""

import pytest

from protometer.model.command import SUPPLIER, USER_INTERFACE
from protometer.model.dictionary import Data, find
from protometer.roles.privacy_pin import PinError, PrivacyPin

NOW_S = 800_000_000


@pytest.fixture(params=["E", "G"])
def pin(request):
    return PrivacyPin(Data(request.param))


@pytest.fixture
def closed(pin):
    """A PIN of 4711, and nobody at the meter."""
    pin.set_pin(NOW_S, "4711")
    pin.close()
    return pin


def wrong(pin, after_s, typed="0000"):
    with pytest.raises(PinError):
        pin.allow_access(NOW_S + after_s, typed)


@pytest.mark.req("ESME-DST-02", "GSME-DST-03", "GSME-DST-05")
def test_nothing_is_hidden_until_the_consumer_sets_a_pin(pin):
    assert not pin.is_protected()
    assert pin.is_open(NOW_S)
    pin.set_pin(NOW_S, "4711")
    assert pin.is_protected()
    # Who has just set it is in.
    assert pin.is_open(NOW_S + 29)
    assert not pin.is_open(NOW_S + 30)


@pytest.mark.req("GSME-DST-03", "ESME-DST-02")
@pytest.mark.parametrize("text", ["", "471", "47110", "47x1", "\u00b2\u00b2\u00b2\u00b2"])
def test_a_pin_is_four_digits(closed, text):
    closed.allow_access(NOW_S, "4711")
    with pytest.raises(PinError, match="takes 4 digits"):
        closed.set_pin(NOW_S, text)
    closed.close()
    closed.allow_access(NOW_S, "4711")


@pytest.mark.req("ESME-DST-03", "GSME-DST-04", "GSME-UIC-03")
def test_a_session_lasts_30_s_after_the_last_key(closed):
    assert not closed.is_open(NOW_S)
    closed.allow_access(NOW_S, "4711")
    assert closed.is_open(NOW_S + 29)
    closed.key(NOW_S + 29)
    assert closed.is_open(NOW_S + 58)
    assert not closed.is_open(NOW_S + 59)
    # A key alone opens nothing, and neither does the clock set back.
    closed.key(NOW_S + 60)
    assert not closed.is_open(NOW_S + 60)
    assert not closed.is_open(NOW_S + 1)


def test_a_clock_set_back_ends_the_session(closed):
    closed.allow_access(NOW_S, "4711")
    assert not closed.is_open(NOW_S - 1)


@pytest.mark.req("ESME-DST-02", "GSME-DST-05")
def test_changing_the_pin_takes_the_pin(closed):
    with pytest.raises(PinError, match="the PIN is needed"):
        closed.set_pin(NOW_S, "0815")
    closed.allow_access(NOW_S, "4711")
    closed.set_pin(NOW_S, "0815")
    closed.close()
    wrong(closed, 0, "4711")
    closed.allow_access(NOW_S, "0815")


@pytest.mark.req("ESME-DST-02", "GSME-DST-05", "GSME-UIC-05", "GSME-HIC-10", "ESME-HIC-07")
def test_disabling_takes_the_pin_unless_the_supplier_does_it(closed):
    with pytest.raises(PinError, match="the PIN is needed"):
        closed.disable(NOW_S, USER_INTERFACE)
    assert closed.is_protected()
    closed.disable(NOW_S, SUPPLIER)
    assert not closed.is_protected()
    closed.set_pin(NOW_S, "4711")
    closed.close()
    closed.allow_access(NOW_S, "4711")
    closed.disable(NOW_S, USER_INTERFACE)
    assert not closed.is_protected()
    assert closed.is_open(NOW_S + 1000)


@pytest.mark.req("GSME-DST-06")
def test_three_wrong_pins_cost_five_seconds_and_never_more(closed):
    for round_s in (0, 100, 200):
        for after_s in (0, 1):
            wrong(closed, round_s + after_s)
            assert closed.wait_s(NOW_S + round_s + after_s) == 0
        wrong(closed, round_s + 2)
        assert closed.wait_s(NOW_S + round_s + 2) == 5
        with pytest.raises(PinError, match="too soon"):
            closed.allow_access(NOW_S + round_s + 6, "4711")
        assert closed.wait_s(NOW_S + round_s + 7) == 0
    closed.allow_access(NOW_S + 207, "4711")


@pytest.mark.req("GSME-DST-06")
def test_the_right_pin_begins_the_count_anew(closed):
    wrong(closed, 0)
    wrong(closed, 1)
    closed.allow_access(NOW_S + 2, "4711")
    wrong(closed, 3)
    assert closed.wait_s(NOW_S + 3) == 0


@pytest.mark.req("ESME-CON-06", "GSME-CON-05")
@pytest.mark.parametrize("role", ["E", "G"])
def test_the_pin_outlives_a_power_cut_and_the_session_does_not(role):
    data = Data(role)
    PrivacyPin(data).set_pin(NOW_S, "4711")
    woken = PrivacyPin(data)
    assert not woken.is_open(NOW_S)
    woken.allow_access(NOW_S, "4711")


@pytest.mark.req("ESME-CON-06", "GSME-CON-05")
def test_write_configuration_data_does_not_write_the_pin():
    assert find("E", "Privacy PIN").marks == find("G", "Privacy PIN").marks == "NS"

"""UTRNs: what a code says, whether it may be credited, and that it is good once."""

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from host_tools.scenarios import RUNTIMES
from host_tools.utrn import check_digit as digit_by_symmetries
from protometer.model.dictionary import Data
from protometer.model.events import Outbox
from protometer.prepayment.utrn import (
    UtrnEntry,
    UtrnError,
    check_digit,
    decode,
    recover_counter,
)
from tests.crypto.utrn_vectors import VECTORS
from tests.on_runtimes import check_golden
from tests.samples import FUZZ_SAMPLES, UTRN_SAMPLES

WORKLOAD = Path(__file__).with_name("utrn_workload.py")
BASE = 7394156990786306048
# 2024-01-01T00:00:00Z.
NOW_S = 757_382_400
NOT_AUTHENTIC, NOT_FOR_DEVICE, DUPLICATE = 0x8F63, 0x8F64, 0x8F51
SUSPENDED, LOCKED_OUT = 0x81C4, 0x81C5


def code(counter_bits=0, value_class=1, value=10, low=7, above=0):
    token = above << 57 | counter_bits << 47 | value_class << 45 | value << 32 | low
    number = str(BASE + token)
    return number + digit_by_symmetries(number)


class Stand:
    """An entry that believes codes ending in 7, and what it says."""

    def __init__(self, authentic=lambda counter, high, low: low == 7):
        self.data = Data("E")
        self.asked = []
        self._authentic = authentic
        self.power_on()

    def power_on(self):
        def asked(*token):
            self.asked.append(token)
            return self._authentic(*token)

        self.outbox = Outbox()
        self.entry = UtrnEntry(self.data, self.outbox, asked)

    def check(self, text, after_s=0, manual=False):
        return self.entry.accept(NOW_S + after_s, text, manual)

    def refused(self, text, after_s=0, manual=False):
        """Return the event codes of a refusal, in their order."""
        with pytest.raises(UtrnError):
            self.check(text, after_s, manual)
        codes = []
        while len(self.outbox):
            codes.append(self.outbox.take()[0])
        return codes


@pytest.mark.req("GSME-UTRN-01", "GSME-UTRN-02")
@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector[7])
def test_published_codes(vector):
    _, _, counter, unit, value, _, tag, text = vector
    utrn = decode(text)
    assert utrn.value_mp == value * (1_000, 100_000)[unit]
    assert (utrn.value_class, utrn.counter_bits) == (unit, counter >> 32)
    assert utrn.low == int(tag[-8:], 16)
    assert utrn.high == (counter >> 32) << 15 | unit << 13 | value


@pytest.mark.req("GSME-UTRN-02")
@pytest.mark.parametrize(
    ("fields", "value_mp"),
    [
        ({"value_class": 0, "value": 0}, 0),
        ({"value_class": 0, "value": 1}, 1_000),
        ({"value_class": 0, "value": 8191}, 8_191_000),
        ({"value_class": 1, "value": 8191}, 819_100_000),
        ({"counter_bits": 1023, "low": 0xFFFF_FFFF}, 1_000_000),
    ],
)
def test_bounds_of_the_fields(fields, value_mp):
    utrn = decode(code(**fields))
    assert utrn.value_mp == value_mp
    assert utrn.counter_bits == fields.get("counter_bits", 0)
    assert utrn.low == fields.get("low", 7)


@pytest.mark.req("GSME-UTRN-01", "GSME-UTRN-02", "GSME-UTRN-03")
@pytest.mark.parametrize(
    ("text", "message", "event"),
    [
        ("", "0 digits, a UTRN has 20", 0),
        (code()[:-1], "19 digits, a UTRN has 20", 0),
        (code() + "0", "21 digits, a UTRN has 20", 0),
        (code()[:-1] + "x", "a UTRN has digits only", 0),
        (code()[:-1] + "\u00b2", "a UTRN has digits only", 0),
        (code()[:-1] + str((int(code()[-1]) + 1) % 10), "the check digit is wrong", 0),
        (code(value_class=2), "value class 2", NOT_FOR_DEVICE),
        (code(value_class=3), "value class 3", NOT_FOR_DEVICE),
        (code(above=1), "not a UTRN of a GB meter", NOT_FOR_DEVICE),
        (str(BASE - 1) + digit_by_symmetries(str(BASE - 1)), "not a UTRN", NOT_FOR_DEVICE),
    ],
)
def test_no_utrn(text, message, event):
    with pytest.raises(UtrnError, match=message) as caught:
        decode(text)
    assert caught.value.reason == event


@given(st.text(max_size=40) | st.text("0123456789", min_size=20, max_size=20))
@settings(max_examples=FUZZ_SAMPLES)
def test_any_text_is_a_utrn_or_refused(text):
    try:
        utrn = decode(text)
    except UtrnError:
        return
    assert 0 <= utrn.value_mp <= 819_100_000
    assert 0 <= utrn.counter_bits < 1024


@pytest.mark.req("GSME-UTRN-03")
@pytest.mark.parametrize("seed", range(UTRN_SAMPLES))
def test_the_check_digit_finds_one_wrong_digit_and_two_exchanged(seed):
    rng = random.Random(seed)
    digits = "".join(rng.choice("0123456789") for _ in range(19))
    expected = check_digit(digits)
    assert str(expected) == digit_by_symmetries(digits)
    at = rng.randrange(18)
    other = str((int(digits[at]) + rng.randint(1, 9)) % 10)
    assert check_digit(digits[:at] + other + digits[at + 1 :]) != expected
    if digits[at] != digits[at + 1]:
        exchanged = digits[:at] + digits[at + 1] + digits[at] + digits[at + 2 :]
        assert check_digit(exchanged) != expected


@pytest.mark.req("GSME-UTRN-03")
def test_a_wrong_digit_is_refused_without_cryptography_and_uses_nothing_up():
    stand = Stand()
    wrong = code(5)[:-1] + str((int(code(5)[-1]) + 1) % 10)
    assert stand.refused(wrong) == []
    assert stand.asked == []
    assert stand.check(code(5)) == (1_000_000, 5)


@pytest.mark.req("GSME-UTRN-05")
@pytest.mark.parametrize(
    ("bits", "largest", "counter"),
    [
        (7, 0, 7),
        (0, 512, 0),
        (0, 513, 1024),
        (1000, 2048 + 487, 2048 + 1000 - 1024),
        (1000, 2048 + 488, 2048 + 1000),
        (1023, 510, 1023),
        (1023, 1024 + 510, 1023),
        (3, 2**32 - 1, 2**32 - 1024 + 3),
    ],
)
def test_the_counter_next_to_the_largest(bits, largest, counter):
    assert recover_counter(bits, largest) == counter


@pytest.mark.req("GSME-UTRN-05")
@pytest.mark.parametrize("seed", range(UTRN_SAMPLES))
def test_no_other_counter_with_these_bits_is_nearer(seed):
    rng = random.Random(seed)
    largest, bits = rng.randrange(2 ** rng.randint(1, 32)), rng.randrange(1024)
    counter = recover_counter(bits, largest)
    assert counter % 1024 == bits
    assert 0 <= counter < 2**32
    for other in (counter - 1024, counter + 1024):
        assert abs(counter - largest) <= abs(other - largest) or not 0 <= other < 2**32


@pytest.mark.req("GSME-UTRN-06", "GSME-UTRN-07")
def test_a_counter_is_good_once():
    stand = Stand()
    value_mp, counter = stand.check(code(5))
    assert (value_mp, counter) == (1_000_000, 5)
    stand.entry.use(counter)
    # Whatever else the code says, and after a power cut.
    stand.power_on()
    assert stand.refused(code(5)) == [DUPLICATE]
    assert stand.refused(code(5, value=99)) == [DUPLICATE]
    assert stand.check(code(4)) == (1_000_000, 4)


@pytest.mark.req("GSME-UTRN-06")
def test_a_hundred_counters_are_remembered_and_older_ones_refused():
    stand = Stand()
    for counter in range(2, 204, 2):
        stand.entry.use(stand.check(code(counter))[1])
    # 101 were used; of 2 to 202 the oldest remembered is 4.
    assert sorted(stand.data.utrn_counter_cache) == list(range(4, 204, 2))
    assert stand.refused(code(2)) == [DUPLICATE]
    assert stand.refused(code(3)) == [DUPLICATE]
    assert stand.refused(code(4)) == [DUPLICATE]
    assert stand.check(code(5)) == (1_000_000, 5)


@pytest.mark.req("GSME-UTRN-06")
def test_codes_below_the_floor_of_another_key_are_refused():
    stand = Stand()
    stand.entry.use(stand.check(code(9))[1])
    stand.entry.replace_key(lambda *token: True, 5)
    assert stand.refused(code(4)) == [DUPLICATE]
    assert stand.check(code(5)) == (1_000_000, 5)
    # What was used with the other key says nothing of this one's.
    assert stand.check(code(9)) == (1_000_000, 9)
    # 79348 is 77 * 1024 + 500; the floor outlives a power cut.
    stand.entry.replace_key(lambda *token: True, 79_348)
    stand.power_on()
    assert stand.refused(code(499)) == [DUPLICATE]
    assert stand.check(code(500)) == (1_000_000, 79_348)
    assert stand.check(code(501)) == (1_000_000, 79_349)


@pytest.mark.req("GSME-UTRN-07")
def test_codes_that_are_not_authentic():
    assert Stand().refused(code(5, low=8)) == [NOT_AUTHENTIC]
    assert Stand().refused(code(5, value_class=2)) == [NOT_FOR_DEVICE]
    data, outbox = Data("E"), Outbox()
    with pytest.raises(UtrnError, match="not authentic"):
        UtrnEntry(data, outbox).accept(NOW_S, code(5), False)


@pytest.mark.req("GSME-UTRN-08")
def test_the_checks_in_their_order():
    """Each code has all faults from one on; the first of them is what is told."""
    stand = Stand()
    stand.entry.use(5)
    for after_s in range(5):
        stand.refused(code(5), after_s, manual=True)
    late = {"after_s": 10, "manual": True}
    wrong_digit = code(5, low=8)[:-1] + str((int(code(5, low=8)[-1]) + 1) % 10)
    with pytest.raises(UtrnError, match="19 digits"):
        stand.check(wrong_digit[1:], **late)
    with pytest.raises(UtrnError, match="check digit"):
        stand.check(wrong_digit, **late)
    assert stand.refused(code(5, low=8), **late) == [LOCKED_OUT]
    assert stand.refused(code(5, low=8)) == [DUPLICATE]
    assert stand.asked == []
    assert stand.refused(code(6, low=8)) == [NOT_AUTHENTIC]
    assert stand.asked == [(6, 6 << 15 | 1 << 13 | 10, 8)]


@pytest.mark.req("GSME-UTRN-08")
def test_checking_alone_does_not_use_a_counter_up():
    stand = Stand()
    before = list(stand.data.utrn_counter_cache)
    for _ in range(3):
        assert stand.check(code(5)) == (1_000_000, 5)
    assert list(stand.data.utrn_counter_cache) == before


@pytest.mark.req("GSME-UTRN-10")
def test_five_failures_in_ten_minutes_suspend_the_keypad_for_an_hour():
    stand = Stand()
    wrong = code(5, low=8)
    for after_s in (0, 150, 300, 450):
        assert stand.refused(wrong, after_s, manual=True) == [NOT_AUTHENTIC]
    assert not stand.entry.is_suspended(NOW_S + 450)
    assert stand.refused(wrong, 600, manual=True) == [NOT_AUTHENTIC, SUSPENDED]
    stand.power_on()
    # A good code is refused at the keypad, not over the HAN; trying again prolongs nothing.
    assert stand.refused(code(5), 4_199, manual=True) == [LOCKED_OUT]
    assert stand.check(code(5), 4_199) == (1_000_000, 5)
    assert stand.check(code(5), 4_200, manual=True) == (1_000_000, 5)
    # And then there are five new attempts.
    for after_s in (4_200, 4_201, 4_202, 4_203):
        assert stand.refused(wrong, after_s, manual=True) == [NOT_AUTHENTIC]
    assert stand.refused(wrong, 4_204, manual=True) == [NOT_AUTHENTIC, SUSPENDED]


@pytest.mark.req("GSME-UTRN-10")
def test_what_does_not_suspend_the_keypad():
    stand = Stand()
    wrong = code(5, low=8)
    # Five failures in a second more than ten minutes, and any number over the HAN.
    for after_s in (0, 150, 300, 450, 601):
        assert stand.refused(wrong, after_s, manual=True) == [NOT_AUTHENTIC]
    for _ in range(20):
        assert stand.refused(wrong, 601) == [NOT_AUTHENTIC]
    assert stand.check(code(5), 602, manual=True) == (1_000_000, 5)


@pytest.mark.req("GSME-UTRN-10")
@pytest.mark.parametrize("text", ["1", code()[:-1] + "x", code(value_class=3), code(5, low=8)])
def test_every_kind_of_wrong_code_counts(text):
    stand = Stand()
    for _ in range(4):
        assert SUSPENDED not in stand.refused(text, manual=True)
    assert SUSPENDED in stand.refused(text, manual=True)


def test_a_clock_set_back_suspends_no_longer_than_an_hour():
    stand = Stand()
    for _ in range(5):
        stand.refused("1", manual=True)
    assert stand.check(code(5), -1, manual=True) == (1_000_000, 5)


@pytest.mark.req("GSME-UTRN-12")
@pytest.mark.parametrize("first", [True, False])
def test_the_first_arrival_wins(first):
    stand = Stand()
    stand.entry.use(stand.check(code(5), manual=first)[1])
    assert stand.refused(code(5), manual=first) == [DUPLICATE]
    assert stand.refused(code(5), manual=not first) == [DUPLICATE]


@pytest.mark.runtime
@pytest.mark.req(
    "GSME-UTRN-01",
    "GSME-UTRN-02",
    "GSME-UTRN-03",
    "GSME-UTRN-04",
    "GSME-UTRN-05",
    "GSME-UTRN-06",
    "GSME-UTRN-08",
    "GSME-UTRN-10",
    "GSME-UTRN-12",
)
@pytest.mark.parametrize("runtime", RUNTIMES)
def test_a_meters_top_ups_on_every_runtime(runtime):
    check_golden(runtime, WORKLOAD)

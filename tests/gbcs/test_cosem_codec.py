"""A-XDR, compact arrays, dates and access-requests: round trips, and the error of all faults."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from host_tools.node.cosem_requests import REFERENCE_COUNTER, item, payload
from protometer.gbcs import axdr, compact_array, date_time
from protometer.gbcs.access_request import read_request
from protometer.gbcs.cosem_objects import TYPES, look_up
from protometer.gbcs.execution import PayloadError
from protometer.kernel.slices import finish
from protometer.model.command import CommandRefused
from tests.samples import AXDR_SAMPLES

INTEGERS = {f"{s}{n}": (s == "i", n) for s in "iu" for n in (8, 16, 32)}


def values(template):
    """A strategy for the values of a template."""
    if template in INTEGERS:
        signed, bits = INTEGERS[template]
        least = -(1 << bits - 1) if signed else 0
        return st.integers(least, least + (1 << bits) - 1)
    return {
        "b": st.booleans(),
        "e": st.integers(0, 255),
        "n": st.none(),
        "o": st.binary(max_size=300),
        "o4": st.binary(min_size=4, max_size=4),
        "o-9": st.binary(max_size=9),
        "s12": st.binary(min_size=2, max_size=2).map(lambda octets: (12, octets)),
    }[template]


@st.composite
def typed(draw, depth=2):
    """A template and a value of it."""
    kinds = [*INTEGERS, "b", "e", "n", "o", "o4", "o-9", "s12"]
    if depth:
        kinds += ["{", "["]
    kind = draw(st.sampled_from(kinds))
    if kind == "{":
        parts = draw(st.lists(typed(depth - 1), max_size=4))
        return "{" + "".join(part[0] for part in parts) + "}", [part[1] for part in parts]
    if kind == "[":
        template, value = draw(typed(depth - 1))
        return f"[{template}]", [value] * draw(st.integers(0, 3))
    return kind, draw(values(kind))


@given(typed())
@settings(max_examples=AXDR_SAMPLES, deadline=None)
def test_what_is_encoded_is_taken_back(pair):
    template, value = pair
    octets = axdr.encode(template, value)
    assert axdr.take(octets, 0, template) == (value, len(octets))
    for end in range(len(octets)):
        with pytest.raises(PayloadError):
            axdr.take(octets[:end], 0, template)


@pytest.mark.parametrize(
    "template", sorted({t for each in TYPES.values() for t in each.split(">")})
)
def test_any_octets_give_a_value_or_the_one_error(template):
    rng = random.Random(template)
    for _ in range(AXDR_SAMPLES):
        octets = bytes(
            rng.choice((0, 1, 2, 3, 4, 9, 17, 18, 22, rng.randrange(256)))
            for _ in range(rng.randrange(40))
        )
        try:
            _, end = axdr.take(octets, 0, template)
        except PayloadError:
            continue
        assert 0 < end <= len(octets)


@pytest.mark.parametrize(
    ("octets", "template"),
    [
        ("0903010203", "o4"),
        ("090a00000000000000000000", "o-9"),
        ("0981050102030405", "o"),
        ("09820010", "o"),
        ("0983000001ff", "o"),
        ("020111ff", "{u8u8}"),
        ("020311ff11ff11ff", "{u8u8}"),
        ("12ff", "u16"),
        ("05ffffffff", "u32"),
        ("01", "[u8]"),
        ("", "u8"),
        ("01", "?{u8}"),
    ],
)
def test_data_of_another_form_is_refused(octets, template):
    with pytest.raises(PayloadError):
        axdr.take(bytes.fromhex(octets), 0, template)


def test_null_data_stands_for_what_may_be_left_out():
    assert axdr.take(b"\x00", 0, "?{u8}") == (None, 1)
    assert axdr.encode("{?{u8}e}", [None, 1]) == bytes.fromhex("02020016 01".replace(" ", ""))


@pytest.mark.parametrize(
    ("layout", "entries", "octets"),
    [
        ("II", [(1, 2), (3, 4)], "130202060610 00000001000000020000000300000004"),
        ("IHeI", [(1, 2, 3, 4)], "130204061216060b 000000010002 03 00000004"),
        ("I2I", [(1, 2, 3)], "1302020601000206 0c 000000010000000200000003"),
        ("I8s", [(1, bytes(range(8)))], "130202060 90d 00000001 08 0001020304050607"),
        ("Ii", [], "130202060500"),
    ],
)
def test_compact_arrays(layout, entries, octets):
    octets = bytes.fromhex(octets.replace(" ", ""))
    packed = compact_array.Packed(layout)
    for entry in entries:
        packed.add(entry)
    assert packed.octets() == octets
    assert compact_array.take(octets, 0, layout) == (entries, len(octets))
    with pytest.raises(PayloadError):
        compact_array.take(octets[:-1], 0, layout)


@given(st.integers(1, 49_710 * 86_400 - 1))
def test_date_times_there_and_back(at_s):
    assert date_time.seconds(date_time.date_time(at_s)) == at_s


def test_never_and_at_once():
    assert date_time.date_time(date_time.NEVER_S).hex() == "ffffffffffffffffff8000ff"
    assert date_time.seconds(bytes.fromhex("ffffffffffffffffff8000ff")) == date_time.NEVER_S
    assert date_time.seconds(bytes.fromhex("0000000000000000008000ff")) == date_time.AT_ONCE
    assert date_time.date_time_of_week(473_385_600).hex() == "07df010104000000008000ff"


@pytest.mark.parametrize(
    "octets",
    [
        "07df021dff000000008000ff",
        "07df0101ff180000008000ff",
        "07df0101ff003c00008000ff",
        "07df0101ff00000000003cff",
        "07ce0101ff000000008000ff",
        "0fff0101ff000000008000ff",
    ],
)
def test_what_is_no_time_is_refused(octets):
    with pytest.raises(CommandRefused):
        date_time.seconds(bytes.fromhex(octets))


RANDOMISED = 0x003D
OFFSET = item("1 0-0:94.44.0.0 g2")


def test_a_request_is_taken_apart():
    octets = payload(RANDOMISED, "E", [OFFSET])
    request = finish(read_request(octets, REFERENCE_COUNTER))
    assert [one.key() for one in request.items] == [OFFSET[0]]
    assert finish(request.take_values(["n"])) == [None]


@pytest.mark.parametrize("at", range(19))
def test_a_request_with_an_octet_less_or_more_is_none(at):
    octets = payload(RANDOMISED, "E", [OFFSET])
    for broken in (octets[:at], octets + bytes(at + 1)):
        with pytest.raises(PayloadError):
            finish(finish(read_request(broken, REFERENCE_COUNTER)).take_values(["n"]))


def test_a_request_of_another_counter_is_refused():
    with pytest.raises(PayloadError):
        finish(read_request(payload(RANDOMISED, "E", [OFFSET]), REFERENCE_COUNTER + 1))


def test_objects_belong_to_their_use_cases():
    assert look_up(RANDOMISED, [OFFSET[0]], "E")[0].argument == "randomised_offset_s"
    for code, key in (
        (0x003C, OFFSET[0]),
        (RANDOMISED, "1 0-0:94.44.0.9 g2"),
        (0xFFFF, OFFSET[0]),
    ):
        with pytest.raises(PayloadError):
            look_up(code, [key], "E")

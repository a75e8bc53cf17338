"""Payloads of GBZ: what is written is read back, other octets are refused; what may be in them."""

import random

import pytest

from protometer.gbcs import gbz, gbz_template, use_case
from protometer.gbcs.execution import PayloadError
from protometer.han.cluster_command import find
from protometer.kernel.slices import finish
from protometer.model.dictionary import Data
from protometer.model.table import rows
from tests.samples import GBZ_SAMPLES

FIELDS = ("cluster", "control", "sequence", "command", "payload", "from_s", "sealed_as")


def matched(code, components):
    return finish(gbz_template.match(code, components))


def values(component):
    return [getattr(component, name) for name in FIELDS]


def a_component(rng):
    sealed_as = rng.choice([None, None, rng.randrange(1 << 16)])
    return gbz.Component(
        rng.randrange(1 << 16),
        rng.randrange(256),
        rng.randrange(256),
        rng.randrange(256),
        rng.randbytes(rng.randrange(300)),
        rng.choice([None, rng.randrange(1 << 32)]),
        sealed_as,
    )


def some_payload(rng):
    return gbz.encode([a_component(rng) for _ in range(rng.randrange(5))])


def test_the_octets_of_a_payload_are_these():
    """One plain, one with a date, one that is encrypted, the third of its message."""
    payload = gbz.encode(
        [
            gbz.Component(0x0702, 0x00, 0, 0x00, b"\x02\x03"),
            gbz.Component(0x0705, 0x01, 1, 0x09, b"\x01", from_s=0x3881_8890),
            gbz.Component(0x0702, 0x19, 2, 0x06, b"\xaa\xbb", sealed_as=2),
        ]
    )
    assert payload.hex() == (
        "0109 03 00 0702 0005 00 00 00 0203 10 0705 0008 38818890 01 01 09 01"
        " 03 0702 0009 0002 19 02 06 0002 aabb"
    ).replace(" ", "")


def test_what_is_written_is_read_back():
    for seed in range(GBZ_SAMPLES):
        rng = random.Random(seed)
        components = [a_component(rng) for _ in range(rng.randrange(6))]
        decoded = gbz.decode(gbz.encode(components))
        assert [values(one) for one in decoded] == [values(one) for one in components]


def test_any_octets_are_a_payload_or_refused():
    refused = 0
    for seed in range(GBZ_SAMPLES):
        rng = random.Random(f"octets {seed}")
        octets = bytearray(some_payload(rng))
        for _ in range(rng.randrange(4)):
            octets[rng.randrange(len(octets))] = rng.randrange(256)
        octets = octets[: rng.randrange(len(octets) + 1)] if rng.random() < 0.3 else octets
        try:
            assert gbz.encode(gbz.decode(octets)) == octets
        except PayloadError as error:
            refused += 1
            assert str(error)
    assert refused > GBZ_SAMPLES // 5


@pytest.mark.parametrize(
    "octets",
    ["", "0109", "010900ff", "010a00", "010901", "01090101", "0109010107020002000000", "010901"]
    + ["010901010702000300000000", "01090100070200030000", "01090141070200030000 00"],
)
def test_what_is_cut_off_or_too_long_is_refused(octets):
    with pytest.raises(PayloadError):
        gbz.decode(bytes.fromhex(octets))


def test_no_more_components_than_a_count_tells():
    component = gbz.Component(1, 0, 0, 0, b"")
    assert len(gbz.decode(gbz.encode([component] * 255))) == 255
    with pytest.raises(PayloadError, match="256 components"):
        gbz.encode([component] * 256)


def test_alerts_are_of_code_time_and_content():
    assert gbz.encode_alert(0x8F30, 0x1C37_4A80).hex() == "0109008f301c374a80"
    kept = gbz.reference(0x006F, 0x3E9, [(0x0705, 0x03), (0x0707, 0x00)])
    contents = [content.hex() for content in gbz.future_contents(kept)]
    head = "0e006f00000000000003e9"
    assert contents == [head + "07050103", head + "07070100"]
    assert gbz.future_contents(b"") == []


def kinds():
    return list(rows(gbz_template._TABLE, gbz_template._COLUMNS))


def test_the_table_has_the_use_cases_that_carry_gbz_and_no_others():
    of_table = {int(row[0], 16) for row in kinds()}
    table = rows(use_case._TABLE, use_case._COLUMNS)
    codes = {int(row[0], 16) for row in table if row[3] == use_case.GBZ}
    assert of_table == codes


def test_every_kind_is_a_command_of_the_cluster_and_fixes_its_fields():
    for row in kinds():
        kind = gbz_template.Kind(row)
        if kind.attributes is not None:
            assert kind.attributes
            assert kind.answer in (0x08, 0x18)
            continue
        command = find(kind.cluster, kind.from_server, kind.command)
        for choice in (0, -1):
            fixed = {name: allowed[choice] for name, allowed in kind._fixed}
            known = finish(command.decode_in_slices(command.encode(fixed)))
            kind.check(known)
        if kind._fixed:
            with pytest.raises(PayloadError):
                kind.check({})
        if kind.answer is not None:
            assert kind.answer & 0x01


def test_components_are_those_of_the_use_case_in_order():
    def debts(count, first=0):
        return [gbz.Component(0x0705, 0x01, first + at, 0x02, b"") for at in range(count)]

    assert len(matched(0x006E, debts(3))) == 3
    for wrong in (debts(2), debts(4), debts(3, 1), []):
        with pytest.raises(PayloadError):
            matched(0x006E, wrong)
    sealed = debts(3)
    sealed[1].sealed_as = 0
    dated = debts(3)
    dated[1].from_s = 0
    other = debts(3)
    other[2].control = 0x09
    for wrong in (sealed, dated, other):
        with pytest.raises(PayloadError):
            matched(0x006E, wrong)
    with pytest.raises(PayloadError, match="0x0019"):
        matched(0x0019, debts(1))


def test_days_may_be_as_many_as_the_use_case_says():
    def tariff(days, blocks):
        commands = [0x00] + [0x01] * days + [0x02, 0x03, 0x04]
        components = [(0x0707, command) for command in commands]
        components += [(0x0700, 0x04)] + [(0x0700, 0x06)] * blocks + [(0x0700, 0x05)]
        return [
            gbz.Component(cluster, 0x09, at, command, b"")
            for at, (cluster, command) in enumerate(components)
        ]

    for days in (1, 4):
        for blocks in (0, 1):
            asked = tariff(days, blocks)
            assert len(matched(0x006B, asked)) == len(asked)
    for days, blocks in ((0, 0), (5, 0), (1, 2)):
        with pytest.raises(PayloadError):
            matched(0x006B, tariff(days, blocks))


def test_the_dictionary_of_a_gas_meter_has_what_remote_parties_read():
    from protometer.han.attributes import AttributeTable
    from protometer.roles.gbz_meter import _SPECIAL

    data, table = Data("G"), AttributeTable("GR")
    for row in kinds():
        kind = gbz_template.Kind(row)
        for identifier in kind.attributes or ():
            attribute = table.find(kind.cluster, identifier)
            assert attribute or (kind.cluster, identifier) in _SPECIAL, (row, hex(identifier))
            if attribute and not attribute.is_constant():
                assert hasattr(data, attribute.item())

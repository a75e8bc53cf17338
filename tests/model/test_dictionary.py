"""The data dictionary: its table as a whole, and reading and writing by name."""

from array import array

import pytest

from protometer.model import dictionary
from protometer.model.calendar_fields import ANY_YEAR
from protometer.model.command import CommandRefused
from protometer.model.dictionary import Data, Item, ItemError, find, items, read, write
from protometer.model.register import RegisterBank
from protometer.model.switching_table import pack
from protometer.model.table import TableError, rows
from protometer.tariff.electricity_tariff import PRIMARY

# Every kind of device; of an attribute that two hold in their own ways, each.
ROLES = ("ETPLB", "G", "S", "I", "U", "M", "H", "F")
EACH = [item for role in ROLES for item in items(role)]
EVERY = {item.attribute: item for item in reversed(EACH)}
TYPES = {
    "INT8",
    "INT16",
    "INT32",
    "UINT8",
    "UINT16",
    "UINT32",
    "ENUM8",
    "BOOL",
    "UTC",
    "OCTETS",
    "TEXT",
    "REGISTER",
}
# SMETS2 5.7.4.42, 5.7.4.50, 5.7.4.48, 5.7.5.11, 5.7.5.34: how many entries each array has.
SIZES = {
    "tariff_tou_prices": 48,
    "tariff_tou_registers": 48,
    "days_energy_wh": 9,
    "weeks_energy_wh": 6,
    "months_energy_wh": 14,
    "days_cost_mp": 9,
    "weeks_cost_mp": 6,
    "months_cost_mp": 14,
    "active_import_register": 1,
}


def test_every_row_is_of_a_known_type_for_known_roles_with_known_marks():
    for item in EACH:
        assert item.base in TYPES, item.name
        assert set(item.roles) <= set("ETPLBGSIHUMF"), item.name
        assert item.roles, item.name
        assert set(item.marks) <= set("NWVAPFSH-"), item.name
        assert item.attribute.isidentifier()
        assert item.clause == "-" or item.clause[0] in "4568", item.name


def test_names_and_attributes_are_unique():
    for role in ROLES:
        held = list(items(role))
        assert len({item.name for item in held}) == len(held)
        assert len({item.attribute for item in held}) == len(held)
    every = {row[1] for row in rows(dictionary._TABLE, 9)}
    assert every == set(EVERY)


@pytest.mark.parametrize("item", EVERY.values(), ids=lambda item: item.attribute)
def test_the_default_lies_within_the_bounds(item):
    shipped = item.shipped()
    if item.base == "REGISTER":
        assert isinstance(shipped, RegisterBank)
        assert len(shipped) == item.size
    elif item.base in ("TEXT", "OCTETS"):
        assert len(shipped) <= item.size
    else:
        values = list(shipped) if item.is_array else [shipped]
        assert len(values) == item.size
        assert all(item.least <= value <= item.greatest for value in values)
        assert item.least <= item.greatest
        array(item.code, [item.least, item.greatest])


def test_sizes_of_the_arrays():
    assert {name: EVERY[name].size for name in SIZES} == SIZES


def test_the_shipped_switching_table_is_one_rate_for_ever():
    trivial = pack(PRIMARY, [(ANY_YEAR, 1, 1, 0)], [[0] * 7], [[(0, 0)]], [])
    assert Data("E").tariff_switching_table == trivial
    # The greatest table: 4 seasons, 4 weeks, 16 days of 48 points, 50 special days.
    greatest = pack(
        PRIMARY,
        [(ANY_YEAR, month, 1, 0) for month in (1, 4, 7, 10)],
        [[0] * 7] * 4,
        [[(minute, 0) for minute in range(48)]] * 16,
        [(ANY_YEAR, 1, 1, 0)] * 50,
    )
    assert len(greatest) == find("E", "Tariff Switching Table").size


def test_a_role_holds_its_items_and_no_others():
    meter, display, hub = Data("E"), Data("I"), Data("H")
    assert hasattr(meter, "supply_inhibits")
    assert not hasattr(display, "supply_inhibits")
    assert not hasattr(meter, "secondary_tou_prices")
    assert hasattr(Data("ET"), "secondary_tou_prices")
    assert hasattr(Data("G"), "calorific_value")
    assert hasattr(display, "daily_budget_mp")
    assert not hasattr(meter, "daily_budget_mp")
    assert not hasattr(hub, "meter_balance_mp")
    assert hub.nwk_frame_counter == 0


def test_two_dictionaries_share_nothing():
    one, other = Data("E"), Data("E")
    one.tariff_tou_prices[3] = 7
    one.active_import_register.add(0, 5)
    assert other.tariff_tou_prices[3] == 0
    assert other.active_import_register.wh(0) == 0


# (item, value, complaint)
REFUSED = [
    ("No Such Item", 1, "No Such Item: no such data item"),
    ("Daily Budget", 1, "Daily Budget: no such data item"),
    ("Meter Balance", 1, "Meter Balance: may not be written"),
    ("Payment Mode", 1, "Payment Mode: may not be written"),
    ("Model Type", "X", "Model Type: may not be written"),
    ("Randomised Offset Limit", 1800, "Randomised Offset Limit: 1800 is outside 0..1799"),
    ("Randomised Offset Limit", -1, "Randomised Offset Limit: -1 is outside 0..1799"),
    ("Emergency Credit Limit", -1, "Emergency Credit Limit: -1 is outside 0..2147483647"),
    (
        "Disablement Threshold",
        -(1 << 31),
        "Disablement Threshold: -2147483648 is outside -2147483647..2147483647",
    ),
    (
        "Medium High Power Threshold",
        1 << 32,
        "Medium High Power Threshold: 4294967296 is outside 0..4294967295",
    ),
    ("Currency Units", "GBP", "Currency Units: takes an integer"),
    ("Currency Units", 826.0, "Currency Units: takes an integer"),
    ("Currency Units", None, "Currency Units: takes an integer"),
]


@pytest.mark.parametrize(("name", "value", "complaint"), REFUSED)
def test_a_refused_write_says_why_and_changes_nothing(name, value, complaint):
    data = Data("E")
    before = {item.attribute: getattr(data, item.attribute) for item in items("E")}
    with pytest.raises(ItemError) as refusal:
        write(data, name, value)
    assert str(refusal.value) == complaint
    assert isinstance(refusal.value, CommandRefused)
    after = {item.attribute: getattr(data, item.attribute) for item in items("E")}
    assert before == after


WRITABLE = [
    item
    for role in ("ETPLB", "G")
    for item in items(role)
    if set("WVA") & set(item.marks) and item.base != "TEXT" and not item.only
]


@pytest.mark.parametrize("item", WRITABLE, ids=lambda item: item.attribute)
def test_every_writable_item_takes_its_bounds_and_nothing_beyond(item):
    data = Data("G" if "E" not in item.roles and "G" in item.roles else "ETPLB")
    for value in (item.least, item.greatest):
        write(data, item.name, value)
        assert read(data, item.name) == value
    for value in (item.least - 1, item.greatest + 1):
        with pytest.raises(ItemError):
            write(data, item.name, value)
    assert read(data, item.name) == item.greatest


@pytest.mark.req("ESME-CON-05", "GSME-CON-04")
@pytest.mark.parametrize("name", ["UTRN Counter Cache", "UTRN Counter Floor", "Privacy PIN"])
def test_internal_data_is_never_read(name):
    for role in ("E", "G"):
        with pytest.raises(ItemError, match="may not be read"):
            read(Data(role), name)


def test_an_item_that_takes_certain_values_only():
    data = Data("E")
    write(data, "Currency Units", 978)
    assert data.currency_units == 978
    with pytest.raises(ItemError, match=r"^Currency Units: 840 is none of \[826, 978\]$"):
        write(data, "Currency Units", 840)
    write(data, "Debt Recovery Rate 1 Period", 3600)
    with pytest.raises(ItemError):
        write(data, "Debt Recovery Rate 1 Period", 3601)


def test_text_and_arrays_are_checked_by_their_own_rules():
    text = Item(["Label", "label", "-", "E", "TEXT(4)", "-", "-", "", "W"])
    text.check("abcd")
    for value in ("abcde", "\u00e9\u00e9\u00e9", 5):
        with pytest.raises(ItemError) as refusal:
            text.check(value)
        assert str(refusal.value) == "Label: takes text of up to 4 octets"
    prices = find("E", "Tariff TOU Price Matrix")
    with pytest.raises(ItemError, match="not a single value"):
        prices.check(1)
    flag = find("E", "Suspend Debt Emergency")
    flag.check(True)
    with pytest.raises(ItemError):
        flag.check(2)


def test_read_gives_plain_values():
    data = Data("E")
    data.active_import_register.add(0, 1_234_567)
    data.tariff_tou_registers.add(2, 9_999)
    assert read(data, "Active Import Register") == 1234
    assert read(data, "Tariff TOU Register Matrix") == [0, 0, 9] + [0] * 45
    assert read(data, "Cumulative Days Energy") == [0] * 9
    assert read(data, "Model Type") == "METER001"
    assert read(data, "ESME Identifier").hex() == "00db1234567890a0"
    with pytest.raises(ItemError):
        read(data, "Nothing")


def test_a_table_with_a_missing_column_names_its_line(tmp_path):
    table = tmp_path / "x.tbl"
    table.write_text("# comment\n\na | b\na | b | c\n")
    with pytest.raises(TableError, match=r"x\.tbl line 4: 3 columns, expected 2"):
        list(rows(str(table), 2))

"""Tables as a role has them on a board: all rows that it reads, and few others."""

import pytest

from host_tools.boards.closure import FACE, FIRMWARE, JOINS, RADIO, closure
from host_tools.boards.tables import RoleTables
from host_tools.node.home import role_letters

COMMANDS, ATTRIBUTES, ITEMS = (
    "protometer/han/cluster_commands.tbl",
    "protometer/han/attributes.tbl",
    "protometer/model/items.tbl",
)


def rows(role, table, *kinds):
    paths = closure(role, ("file", RADIO, FACE, *kinds))
    (path,) = (path for path in paths if path.as_posix() == table)
    octets = RoleTables(FIRMWARE, paths, role_letters(role)).octets(path)
    return [line.split("|") for line in octets.decode().splitlines()]


def commands(role, *kinds):
    return {row[3] for row in rows(role, COMMANDS, *kinds)}


def test_a_role_has_what_it_sends_and_takes_on_the_han():
    assert {"PublishPrice", "GetCurrentPrice"} <= commands("ESME", JOINS)
    assert "PublishCalorificValue" not in rows("IHD", COMMANDS, JOINS)


@pytest.mark.parametrize(
    ("role", "name"),
    [
        # It asks its hub for a mirror, which answers.
        ("GSME", "RequestMirror"),
        ("GSME", "RequestMirrorResponse"),
        ("CH", "RequestMirror"),
        ("CH", "RequestMirrorResponse"),
        # Of GBZ: what remote parties ask (GCS02), and what they are answered.
        ("GSME", "ChangePaymentMode"),
        ("GSME", "ChangePaymentModeResponse"),
        ("GSME", "SetLowCreditWarningLevel"),
    ],
)
def test_a_role_has_what_its_modules_ask_for(role, name):
    assert name in commands(role, JOINS)


def test_who_takes_no_gbz_has_none_of_its_commands():
    assert "ChangePaymentMode" not in commands("ESME", JOINS)


def test_a_hub_knows_the_attributes_that_it_mirrors():
    gas_alone = {("0x0000", "0x0003")}
    assert gas_alone <= {tuple(row[:2]) for row in rows("CH", ATTRIBUTES, JOINS)}
    assert not gas_alone & {tuple(row[:2]) for row in rows("ESME", ATTRIBUTES, JOINS)}


def test_a_gas_meter_has_what_it_tells_remote_parties_alone():
    assert any(row[3] == "R" for row in rows("GSME", ATTRIBUTES, JOINS))


@pytest.mark.parametrize("role", ["IHD", "PPMID"])
def test_a_display_has_the_items_that_it_keeps_of_the_gas_meter(role):
    assert "Gas Told" in {row[0] for row in rows(role, ITEMS, JOINS)}
    assert "Gas Told" not in {row[0] for row in rows(role, ITEMS)}

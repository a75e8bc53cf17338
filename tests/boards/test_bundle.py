"""Bundles: the closure of a role's imports, the same octets every time, the frozen manifest."""

import ast
import hashlib
import json
import shutil
from pathlib import Path

import pytest

from host_tools.boards.board import find_board
from host_tools.boards.bundle import MANIFEST, WITH_LINES, BundleError, bundle, rows
from host_tools.boards.closure import FIRMWARE, closure, driver_modules
from host_tools.boards.device import NetworkFile
from tests.boards.home_network import NETWORK

METER_KINDS = ("pulse", "relay", "file", "spinel", "pio")
# The same assembly, with each role's modules imported by the function that needs them.
LAZY_ASSEMBLY = '''"""Puts a role together."""


def electricity_meter():
    from .esme import Esme


def in_home_display():
    from .ihd import Ihd


ROLES = {"ESME": electricity_meter, "IHD": in_home_display}
'''


def firmware_copy(tmp_path):
    copy = tmp_path / "firmware"
    shutil.copytree(FIRMWARE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    return copy


def modules(role, kinds, firmware=FIRMWARE):
    return {path.as_posix() for path in closure(role, kinds, firmware)}


def test_only_the_drivers_named_are_in_the_closure():
    found = modules("ESME", METER_KINDS)
    drivers = {path for path in found if "/drivers/" in path and "__init__" not in path}
    assert drivers == {
        "protometer/drivers/meter/pulse_meter.py",
        "protometer/drivers/meter/pio_counter.py",
        "protometer/drivers/meter/counted_rate.py",
        "protometer/drivers/switch/load_switch.py",
        "protometer/drivers/memory/file_memory.py",
        "protometer/drivers/radio/hdlc.py",
        "protometer/drivers/radio/spinel.py",
        "protometer/drivers/radio/spinel_radio.py",
    }


# Board, and the drivers of its meter beside switch and energy.
CARRIED = (
    ("pico", {"pio_counter", "counted_rate", "file_memory"}),
    ("pico_fram", {"pio_counter", "counted_rate", "file_memory", "fram"}),
    ("esp32_devkitc", {"hardware_counter", "counted_rate", "file_memory"}),
    (
        "esp32_devkitc_partition",
        {"hardware_counter", "counted_rate", "file_memory", "flash_blocks"},
    ),
)


@pytest.mark.parametrize(("board", "drivers"), CARRIED)
def test_a_board_carries_its_own_drivers_only(tmp_path, board, drivers):
    made = bundle("ESME", tmp_path / "out", find_board(board))
    carried = {Path(file.path).stem for file in made.files if "/drivers/" in file.path}
    assert carried == drivers | {"pulse_meter", "load_switch"}


# Board, and what drives its radio.
RADIOS = (("pico", {"hdlc", "spinel", "spinel_radio"}), ("pico2", {"mrf24j40"}))


@pytest.mark.parametrize(("board", "drivers"), RADIOS)
@pytest.mark.parametrize("has_network", [True, False])
def test_a_radio_comes_along_with_its_network(tmp_path, board, drivers, has_network):
    network = NetworkFile.model_validate(NETWORK) if has_network else None
    made = bundle("ESME", tmp_path / "out", find_board(board), network)
    paths = {file.path for file in made.files}
    carried = {Path(path).stem for path in paths if "/drivers/radio/" in path}
    assert carried == (drivers if has_network else set())
    assert any("/han/" in path for path in paths) == has_network


@pytest.mark.parametrize("role", ["ESME", "GSME"])
def test_a_meter_brings_its_display_where_the_board_gives_it_one(tmp_path, role):
    board = find_board("pico")
    plain = bundle(role, tmp_path / "plain", board)
    faced = bundle(role, tmp_path / "faced", board.model_copy(update={"meter_display": True}))
    before, after = ({file.path for file in made.files} for made in (plain, faced))
    assert not {path for path in before if "/ui/" in path}
    assert {
        "protometer/roles/meter_ui.mpy",
        "protometer/ui/keypad.mpy",
        "protometer/ui/meter_pages.tbl",
        "protometer/drivers/display/ssd1306.mpy",
    } <= after - before


def test_a_prepayment_interface_brings_keypad_and_pages_and_no_pages_of_a_meter(tmp_path):
    network = NetworkFile.model_validate({**NETWORK, "meter": "0001"})
    made = bundle("PPMID", tmp_path / "out", find_board("pico"), network)
    files = {file.path: file for file in made.files}
    assert {
        "protometer/roles/ppmid_ui.mpy",
        "protometer/ui/keypad.mpy",
        "protometer/ui/ppmid_keypad.mpy",
        "protometer/ui/meter_actions.tbl",
        "protometer/ui/ihd_screen.mpy",
        "protometer/drivers/display/ssd1306.mpy",
    } <= set(files)
    assert not {"protometer/ui/meter_pages.mpy", "protometer/ui/meter_pages.tbl"} & set(files)
    # The commands that it sends, and what they are answered.
    commands = files["protometer/han/cluster_commands.tbl"].octets
    for name in (b"|ConsumerTopUp|", b"|ConsumerTopUpResponse|", b"|LocalChangeSupply|"):
        assert name in commands
    assert b"|ResetLoadLimitCounter|" not in commands


def test_tables_come_with_the_modules_that_read_them():
    tables = {path for path in modules("ESME", (*METER_KINDS, "radio")) if path.endswith(".tbl")}
    assert {"protometer/model/items.tbl", "protometer/han/attributes.tbl"} <= tables


@pytest.mark.parametrize(
    ("role", "theirs", "others"),
    [
        ("CH", {"forming", "trust_centre"}, {"joining", "polling"}),
        ("ESME", {"joining", "polling"}, {"forming", "trust_centre"}),
    ],
)
def test_who_forms_a_network_joins_none(role, theirs, others):
    names = {Path(name).stem for name in modules(role, ("radio", "file", "joins"))}
    assert theirs <= names
    assert not others & names


@pytest.mark.parametrize("role", ["ESME", "GSME", "IHD", "PPMID", "CH"])
def test_who_was_commissioned_brings_nothing_to_join_with(role):
    names = {Path(name).stem for name in modules(role, ("radio", "file"))}
    assert {"stack", "network"} <= names
    assert (
        not {"membership", "joining", "forming", "zdo", "key_establishment", "tunneling"} & names
    )


# A board without a network loads no module of the network.
@pytest.mark.parametrize("role", ["ESME", "GSME", "IHD", "PPMID", "CH"])
@pytest.mark.parametrize(
    "kinds", [("radio",), ("radio", "joins"), ("radio", "joins", "face")], ids=len
)
def test_what_a_module_imports_when_it_is_loaded_comes_with_it(role, kinds):
    found = closure(role, ("pulse", "gas_pulse", "relay", "file", "spinel", "pio", *kinds))
    missing = {
        (path.as_posix(), wanted)
        for path in found
        if path.suffix == ".py"
        for node in ast.parse((FIRMWARE / path).read_text()).body
        if isinstance(node, ast.ImportFrom) and node.level
        for wanted in modules_of(node, path)
        if (FIRMWARE / wanted).is_file() and Path(wanted) not in found
    }
    assert missing == set()


def modules_of(node, path):
    """Return the files that an import statement of a module may mean."""
    origin = path.parents[node.level - 1].joinpath(*(node.module or "").split("."))
    return [f"{origin}.py", *(f"{origin}/{alias.name}.py" for alias in node.names)]


def test_a_role_that_imports_for_itself_brings_no_other_role(tmp_path):
    copy = firmware_copy(tmp_path)
    (copy / "protometer/roles/assembly.py").write_text(LAZY_ASSEMBLY, encoding="utf-8")
    meter = modules("ESME", METER_KINDS, copy)
    assert "protometer/roles/esme.py" in meter
    assert not {path for path in meter if "ihd" in path or "/ui/" in path}
    display = modules("IHD", ("ssd1306", "file"), copy)
    assert "protometer/ui/ihd_screen.py" in display
    assert "protometer/metering/active_import.py" not in display


def test_every_driver_kind_names_a_module_that_is_there():
    for module in driver_modules().values():
        assert (FIRMWARE / module.replace(".", "/")).with_suffix(".py").is_file()


def test_an_unknown_role_has_no_closure():
    with pytest.raises(KeyError):
        closure("CAD", ())


def test_a_bundle_is_the_same_to_the_octet_and_lists_itself(tmp_path):
    board = find_board("pico")
    made = bundle("ESME", tmp_path / "one", board)
    again = bundle("ESME", tmp_path / "two", board)
    assert made == again
    listed = json.loads((tmp_path / "one" / MANIFEST).read_text(encoding="utf-8"))
    there = {
        path.relative_to(tmp_path / "one").as_posix(): path
        for path in (tmp_path / "one").rglob("*")
        if path.is_file() and path.name != MANIFEST
    }
    assert listed == {
        name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in there.items()
    }
    assert {"main.py", "boot.py", "protometer.json", "protometer/main.mpy"} <= set(listed)


def test_the_rows_add_up_to_what_is_in_the_folder(tmp_path):
    made = bundle("IHD", tmp_path / "out", find_board("pico"))
    *packages, total = rows(made)
    size = sum(path.stat().st_size for path in (tmp_path / "out").rglob("*") if path.is_file())
    assert total[0] == "total"
    assert total[3] == size == sum(package[3] for package in packages)
    assert total[1] == sum(package[1] for package in packages)


def test_a_later_bundle_replaces_an_earlier_one_but_nothing_else(tmp_path):
    bundle("IHD", tmp_path / "out", find_board("pico"))
    assert (tmp_path / "out/protometer/drivers/display/ssd1306.mpy").exists()
    bundle("ESME", tmp_path / "out", find_board("pico"))
    assert not (tmp_path / "out/protometer/drivers/display/ssd1306.mpy").exists()
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "diary.txt").write_text("dear diary", encoding="utf-8")
    with pytest.raises(BundleError, match="not empty, and not an earlier bundle$"):
        bundle("ESME", mine, find_board("pico"))


def test_a_module_that_does_not_compile_is_named(tmp_path):
    copy = firmware_copy(tmp_path)
    # Valid for CPython and refused by MicroPython.
    with (copy / "protometer/kernel/ticks.py").open("a", encoding="utf-8") as module:
        module.write("\n\ndef positional(ticks_ms, /):\n    return ticks_ms\n")
    with pytest.raises(BundleError, match=r"^protometer/kernel/ticks\.py: "):
        bundle("ESME", tmp_path / "out", find_board("pico"), firmware=copy)


def test_the_frozen_manifest_freezes_package_and_start_scripts():
    frozen = []

    def package(path, **options):
        frozen.append((path, options))

    source = (FIRMWARE / "manifest.py").read_text(encoding="utf-8")
    exec(compile(source, "manifest.py", "exec"), {"package": package, "module": package})
    level = {"opt": WITH_LINES}
    assert frozen == [("protometer", level), ("main.py", level), ("boot.py", level)]
    assert all(Path(FIRMWARE, path).exists() for path, _ in frozen)


def test_no_module_needs_const_when_it_runs():
    # Their import of it is left out: each use must be one that the compiler folds.
    for path in (FIRMWARE / "protometer").rglob("*.py"):
        tree = ast.parse(path.read_text())
        folded = {id(node.value) for node in tree.body if isinstance(node, ast.Assign)}
        names = [node for node in ast.walk(tree) if getattr(node, "id", "") == "const"]
        calls = [node for node in ast.walk(tree) if getattr(node, "func", None) in names]
        assert len(calls) == len(names), path
        for call in calls:
            assert id(call) in folded, path
            allowed = (ast.Constant, ast.Name, ast.Load, ast.BinOp, ast.UnaryOp, ast.operator)
            inner = [*ast.walk(call.args[0])]
            assert all(isinstance(part, (*allowed, ast.unaryop)) for part in inner), path

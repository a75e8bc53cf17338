"""The commands as a person types them."""

import pytest
from click.testing import CliRunner

from host_tools.boards.commands import COMMANDS

BY_NAME = {command.name: command for command in COMMANDS}


def run(name, *arguments):
    return CliRunner().invoke(BY_NAME[name], arguments)


def test_all_boards_are_listed_with_chip_and_flash():
    done = run("boards")
    assert done.exit_code == 0
    rows = {line.split()[0]: line for line in done.output.splitlines()}
    assert rows["pico2"].split()[-4:] == ["rp2350", "4096", "KB", "flash"]
    assert len(rows) == 7


def test_one_board_shows_its_pins_and_functions():
    done = run("boards", "pico")
    assert "heap free at the prompt: 236832" in done.output
    assert "  display.sda      GP4      I2C0 SDA" in done.output.splitlines()


def test_a_bundle_shows_its_packages_and_total(tmp_path):
    done = run("bundle", "--role", "ESME", "--out", str(tmp_path / "out"))
    assert done.exit_code == 0, done.output
    lines = done.output.splitlines()
    assert lines[0].split() == ["package", "modules", "source", "bytes", "board", "bytes"]
    assert lines[-2].startswith("total ")
    assert lines[-1].startswith("ESME for Raspberry Pi Pico: ")


FAULTS = (
    (("boards", "uno"), "Error: uno: no such board; there are "),
    (
        ("flash", "--board", "pico", "--role", "ESME", "--port", "/dev/nothing"),
        "Error: /dev/nothing: there is no such port; ",
    ),
    (
        ("bundle", "--role", "ESME", "--network", "none.json"),
        "Error: none.json: No such file or directory",
    ),
)


@pytest.mark.parametrize(("arguments", "message"), FAULTS)
def test_a_fault_is_one_line_and_no_traceback(arguments, message):
    done = run(*arguments)
    assert done.exit_code == 1
    assert done.output.startswith(message)
    assert done.output.count("\n") == 1


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_help_has_an_example(name):
    assert f"Example: protometer {name} " in run(name, "--help").output

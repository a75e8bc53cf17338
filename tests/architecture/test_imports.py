"""The import rules hold, and would notice a breach."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINTER = Path(sys.executable).parent / "lint-imports"
# An import against the grain for each kind of rule: (file, line put at its end).
BREACHES = [
    ("kernel/ring.py", "from ..model import calendar"),
    ("metering/active_import.py", "from ..tariff import pricing"),
    ("prepayment/account.py", "from ..supply import load_switch"),
    ("store/journal.py", "from ..han import zcl"),
    ("han/price.py", "from ..prepayment import account"),
    ("gbcs/envelope.py", "from ..han import zcl"),
    ("ui/formats.py", "from ..han import zcl"),
    ("drivers/meter/pulse_meter.py", "from ...model import events"),
    ("roles/esme.py", "from ..drivers.meter import pulse_meter"),
    ("model/register.py", "import host_tools.desk"),
]


def _lint(root):
    return subprocess.run(
        [LINTER, "--no-cache"],
        cwd=root,
        env={**os.environ, "PYTHONPATH": f"{root}:{root / 'firmware'}"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_rules_hold():
    done = _lint(ROOT)
    assert done.returncode == 0, done.stdout


def test_every_package_has_a_rule():
    with open(ROOT / "pyproject.toml", "rb") as file:
        contracts = tomllib.load(file)["tool"]["importlinter"]["contracts"]
    ruled = {module for contract in contracts for module in contract["source_modules"]}
    packages = {
        f"protometer.{path.parent.name}"
        for path in (ROOT / "firmware/protometer").glob("*/__init__.py")
    }
    assert ruled == packages


@pytest.mark.parametrize(("file", "line"), BREACHES)
def test_a_breach_is_found(tmp_path, file, line):
    shutil.copytree(ROOT / "firmware", tmp_path / "firmware")
    shutil.copytree(
        ROOT / "host_tools", tmp_path / "host_tools", ignore=shutil.ignore_patterns("node_modules")
    )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    with open(tmp_path / "firmware/protometer" / file, "a") as source:
        source.write(f"\n{line}\n")
    done = _lint(tmp_path)
    assert done.returncode == 1, done.stdout
    package = file.split("/")[0]
    assert f"protometer.{package} is not allowed to import " in done.stdout

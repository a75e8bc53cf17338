"""Facts that must stand in two files because two programs read them."""

import json
import tomllib
from pathlib import Path

from protometer.model.dictionary import items

ROOT = Path(__file__).parents[2]


def test_the_firmware_says_the_version_of_the_project():
    with open(ROOT / "pyproject.toml", "rb") as file:
        version = tomllib.load(file)["project"]["version"]
    (item,) = (item for item in items("E") if item.name == "Firmware Version")
    assert item.shipped() == version
    assert f"## {version}" in (ROOT / "CHANGELOG.md").read_text()


def test_lock_files_name_no_registry():
    for folder in ("wasm", "interop", "interop/mqtt"):
        package_lock = (ROOT / f"host_tools/{folder}/package-lock.json").read_text()
        assert "resolved" not in json.dumps(json.loads(package_lock))
    assert "http" not in (ROOT / "requirements.lock").read_text()

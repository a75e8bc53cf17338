"""The facts of Smart Energy 1.4 that the tables of the firmware are held against."""

import json
from functools import cache
from pathlib import Path


@cache
def facts():
    """Return smart_energy.json."""
    return json.loads(Path(__file__).with_suffix(".json").read_text())


@cache
def attributes(cluster, side="server"):
    """Return {identifier: type} of a cluster's attributes."""
    found = {}
    for run in facts()["clusters"][f"0x{cluster:04x}"][side]:
        identifiers, kind = run.split()
        first, _, last = identifiers.partition("-")
        for identifier in range(int(first, 16), int(last or first, 16) + 1):
            found[identifier] = kind
    return found

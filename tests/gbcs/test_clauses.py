"""What objects and attributes stand for is what GBCS's own tables say: by clauses of SMETS2."""

import json
import re

import pytest

from protometer.model.dictionary import items
from tests import reference_data
from tests.gbcs import live_gbz_attributes
from tests.gbcs.live_cosem import TABLE

PATH = reference_data.folder() / "gbcs" / "use_cases.json"
needed = pytest.mark.skipif(not PATH.is_file(), reason=f"GBCS's tables are not at {PATH}")
# Handlers whose argument names items, by their attributes or by their SMETS2 names.
BY_ATTRIBUTE = ("item", "items", "date", "voltage.set_value")
BY_NAME = ("next", "activate", "write")
# Told of the hub itself, whose items have clauses of CHTS.
OF_THE_HUB = {("1 0-0:96.1.6.255 g2", 0x00FA), ("1 0-0:96.1.4.255 g2", 0x00FA)}
# Fewer would be tables that nothing was read from.
LEAST = {"D": 150, "Z": 30}
# Of gas the prices of blocks and of rates are in one row, which has the clause of blocks.
BLOCK_PRICES, RATE_PRICES = "4.6.4.29", "4.6.4.32"
HEX = re.compile(r"0x[0-9A-Fa-f]{4}")


def rows(column):
    """Yield (message code, row by its columns) of the tables with a column."""
    for one in json.loads(PATH.read_text())["usecases"].values():
        code = str(one.get("message_code", ""))
        for table in one["content"]:
            columns = [" ".join(name.split()) for name in table["columns"] or []]
            if column in columns and code.startswith("0x"):
                for row in table["rows"]:
                    yield int(code, 16), dict(zip(columns, row, strict=False))


def clauses(text):
    """Return the clauses that a text names."""
    return set(re.findall(r"\d+(?:\.\d+)+", text))


def known(letters):
    return {item.attribute: item for item in items(letters)}


@needed
def test_objects_are_of_the_items_that_the_tables_name():
    told = {}
    for code, row in rows("OBIS code"):
        key = row.get("class"), row.get("OBIS code"), row.get("attribute/ method no.")
        told.setdefault((*key, code), set()).update(clauses(row.get("ref.", "")))
    attributes = known("ETPLBH")
    names = {item.name: item for item in attributes.values()}
    compared = 0
    for key, _, _, handler, argument, codes in TABLE:
        held = []
        if handler in BY_ATTRIBUTE:
            held = [attributes[place.partition("[")[0]] for place in argument.split()]
        elif handler in BY_NAME:
            held = [names[argument]]
        object_class, name, use = key.split()
        for code in [int(text, 16) for text in codes.split()]:
            wanted = told.get((object_class, name, use[1:], code))
            if wanted is None or (key, code) in OF_THE_HUB:
                continue
            for item in held:
                assert wanted & clauses(item.clause), (key, code, item.name)
                compared += 1
    assert compared > LEAST["D"]


@needed
def test_attributes_are_of_the_items_that_the_tables_name():
    told, cluster = {}, 0
    for _, row in rows("cluster: ID"):
        # A cluster is named where it begins.
        found = HEX.findall(row.get("cluster: ID", ""))
        cluster = int(found[0], 16) if found else cluster
        for text in HEX.findall(row.get("attribute/ value/ parameter", "")):
            told.setdefault((cluster, int(text, 16)), set()).update(clauses(row["ref."]))
    attributes, compared = known("G"), 0
    for key, place in live_gbz_attributes.PLAIN.items():
        item = attributes[place.partition("[")[0]]
        if BLOCK_PRICES in told.get(key, ()):
            told[key].add(RATE_PRICES)
        if told.get(key):
            assert told[key] & clauses(item.clause), (key, item.name)
            compared += 1
    assert compared > LEAST["Z"]

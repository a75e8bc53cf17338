"""Every COSEM object that remote parties read: what of the model is behind it, and its value.

A Read names the places of the model that an answer depends on, and reckons the answer from them.
"""

from host_tools.node.cosem_requests import item, protected
from protometer.gbcs import cosem_objects
from protometer.gbcs.cosem_objects import CosemObject
from protometer.gbcs.date_time import date_time
from protometer.model.table import rows, table_path
from tests.gbcs import live_cosem_logs, live_cosem_settings
from tests.gbcs.live_read import Read

TABLE = list(rows(table_path(cosem_objects.__file__, "cosem_objects.tbl"), 6))
NEVER_S = 0xFFFF_FFFF
LATER_S = 600_000_000
# Places whose values are reckoned from others, which are altered instead.
_BEHIND = {
    "active_power_import_w": ["power"],
    "emergency_credit_balance_mp": ["emergency credit"],
    "randomised_offset_s": ["randomised_offset_number", "randomised_offset_limit_s"],
    "active_tariff_price_mp": ["price in force", "tariff_tou_price_scale"],
    "secondary_active_tariff_price_mp": [
        "secondary price in force",
        "secondary_tou_price_scale",
    ],
    "supply_state": ["supply"],
    "firmware_version": ["firmware"],
    **{f"alcs_state[{n}]": [f"switch {n}"] for n in range(5)},
}


def objects(code, letters):
    """Return {key: CosemObject} of what a use case may carry to a device of these letters."""
    found = {}
    for row in TABLE:
        if f"{code:04x}" in row[-1].split() and set(row[1]) <= set(letters):
            found[row[0]] = CosemObject(row)
    return found


def is_read(one, key):
    """Tell whether an object is read: also by a method that does nothing else."""
    return key.split()[-1][0] in "grp" or one.handler in ("protected.get", "hub.backup")


def asked(code, letters, since_s):
    """Return (items that read all of a use case, Read of each value that is answered)."""
    found = objects(code, letters)
    items, reads = [], []
    sealed = [key for key in found if key.split()[-1][0] == "p"]
    for key, one in found.items():
        if one.handler == "protected.get":
            of_log = sealed[0].startswith("7 ")
            between = (since_s, LATER_S) if of_log else ()
            items.append(item(*protected(key, sealed, *between)))
            reads += [read_of(found[name]) for name in sealed]
        elif is_read(one, key) and key not in sealed:
            is_log = key.split()[-1][0] == "r"
            items.append(item(key, (since_s, NEVER_S) if is_log else None))
            reads.append(read_of(one))
    return items, reads


def read_of(one):
    """Return the Read of an object."""
    return _READS[one.handler](one.argument)


def _item(argument):
    def value(device, since_s):
        held = device.value(argument + "[0]" if argument.endswith("_register") else argument)
        return held.encode() if isinstance(held, str) else held

    place = argument + "[0]" if argument.endswith("_register") else argument
    return Read(_BEHIND.get(argument, [place]), value)


def _items(argument):
    each = [_item(name) for name in argument.split()]
    return Read(
        [place for one in each for place in one.places],
        lambda device, since_s: [one.value(device, since_s) for one in each],
    )


# Scaler and unit of DLMS that never change, with what they say.
UNITS = {
    "0 27": "W",
    "0 30": "Wh",
    "0 32": "varh",
    "0 255": "a count",
    "-5 254": "100 000ths of the currency unit",
}


def _constant(argument):
    assert argument in UNITS
    return Read([], lambda device, since_s: [int(number) for number in argument.split()])


def _date(argument):
    return Read([argument], lambda device, since_s: date_time(device.value(argument)))


def _protected(argument):
    raise AssertionError("what is in it is read, see asked()")


_READS = {
    "item": _item,
    "items": _items,
    "constant": _constant,
    "date": _date,
    "tariff.is_sterling": lambda argument: Read(
        ["currency_units"], lambda device, since_s: device.data.currency_units == 826
    ),
    "protected.get": _protected,
    **live_cosem_logs.READS,
    **live_cosem_settings.READS,
}

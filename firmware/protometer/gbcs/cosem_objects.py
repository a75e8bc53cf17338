"""Finds what `cosem_objects.tbl` says of attributes and methods, and who may carry them."""

from ..kernel.slices import finish
from ..model.table import rows, table_path
from .access_request import ACTION, SET
from .execution import PayloadError

PROTECTED = "p"

_TABLE = table_path(__file__, "cosem_objects.tbl")
_COLUMNS = 6
# Types that more than one row has, or that are long.
TYPES = {
    "backup": "{o12o8[{o8o16}]}",
    "charge": "{{i8i8}{u16o6i8}[{o-1i16}]}",
    "collection": "[{o6o6s3}]",
    "days": "[{u16o5u8}]",
    "devices": "[{o8s8i8i8i8u8u8u8o12u8u8u8u8u8}]",
    "profiles": "[{u8[{o4o6u16}]}]",
    "protected": "{[{u16o6i8u16{e?{o12o12}}}][{e{oooo{e{oo}}}}]}>{[{e{oooo{e{oo}}}}]o}",
    "rules": "[{u16bo6u16o4u16sso5o5}]",
    "seasons": "[{o-8o12o-4}]",
    "sub-ghz": "{s32s32s32s32u16u16u8u16u8u8u16u8u16u16u16}",
    "weeks": "[{o-4u8u8u8u8u8u8u8}]",
}


class CosemObject:
    """One row: `devices`, the letters needed; `taken`, `answered`, templates of A-XDR types (of
    logs the layout of an entry); `handler` and `argument`.
    """

    def __init__(self, row):
        key, self.devices, kind, self.handler, self.argument, _ = row
        use = key[key.rfind(" ") + 1]
        taken, _, answered = kind.partition(">")
        taken = TYPES.get(taken, taken)
        # Some types have two parts already.
        if ">" in taken:
            taken, answered = taken.split(">")
        self.answered = TYPES.get(answered, answered) or taken
        self.taken = taken if use in (SET, ACTION) else "n"

    def is_of(self, role):
        """Tell whether a device of these letters has it."""
        return all(letter in role for letter in self.devices)


def look_up(code, keys, role):
    """Return at once what look_up_in_slices() does."""
    return finish(look_up_in_slices(code, keys, role))


def look_up_in_slices(code, keys, role):
    """Return, sliced, the CosemObject of each key, as access_request.key_of() has them.

    code: the message code of the use case that carries them; PayloadError where it may not.
    role: the device's letters, which decide where several kinds of devices have an object.
    """
    found = dict.fromkeys(keys)
    wanted = "%04x" % code
    for row in rows(_TABLE, _COLUMNS, holding=wanted):
        if row[0] in found and wanted in row[-1].split():
            one = CosemObject(row)
            if found[row[0]] is None or one.is_of(role):
                found[row[0]] = one
            yield
    for key in keys:
        if found[key] is None:
            raise PayloadError("access-request: %s is not for use case %04x" % (key, code))
    return [found[key] for key in keys]

"""Use cases of GBCS: one row of `use_cases.tbl` each, found by message code."""

from ..model.table import rows, table_path

_TABLE = table_path(__file__, "use_cases.tbl")
_COLUMNS = 6

DLMS = "D"
GBZ = "Z"
ASN1 = "A"


class UseCase:
    """One use case: `code`, `name`, and `payload`, one of DLMS, GBZ, ASN1."""

    def __init__(self, row):
        code, self.name, self.devices, self.payload, self.roles, self.marks = row
        self.code = int(code, 16)

    def is_critical(self, letter):
        """Tell whether a role, by its letter, has to sign it."""
        return "C" in self.marks or ("c" in self.marks and letter != "A")

    def signs_response(self, signed):
        """Tell whether the response is signed; signed: the command was."""
        return signed or "s" in self.marks

    def is_protected(self):
        """Tell whether a counter is good once."""
        return "R" in self.marks

    def may_lack_mac(self):
        """Tell whether it may come without authentication code."""
        return "m" in self.marks

    def has_time(self):
        """Tell whether the response's header has the time."""
        return "T" in self.marks

    def takes_own_counter(self):
        """Tell whether attributes for a party whose certificate came have an own counter."""
        return "h" not in self.marks

    def tells_clock_status(self):
        """Tell whether that time says how reliable it is."""
        return "K" in self.marks


def table():
    """Yield the columns of all use cases, in order."""
    return rows(_TABLE, _COLUMNS)


def find(code):
    """Return the UseCase of a message code, or None."""
    for row in rows(_TABLE, _COLUMNS, "0x%04x" % code):
        return UseCase(row)
    return None

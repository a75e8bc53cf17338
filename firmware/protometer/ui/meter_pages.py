"""The pages of a meter's own display: `meter_pages.tbl`, read a page at a time.

Only where each page begins is kept in memory.
"""

from ..model.enumerations import (
    ARMED,
    CREDIT_MODE,
    EMERGENCY_SELECTED,
    ENABLED,
    PREPAYMENT_MODE,
)
from ..model.table import table_path
from .meter_formats import FORMATS
from .notices import emergency_can_be_activated
from .text_lines import line_count

_TABLE = table_path(__file__, "meter_pages.tbl")
HIDDEN = "(PIN)"


def _prepayment(view):
    return view.data.payment_mode == PREPAYMENT_MODE


def _activated(view):
    return _prepayment(view) and bool(view.data.credit_status & EMERGENCY_SELECTED)


def _offered(view):
    return emergency_can_be_activated(view.data)


def _boosting(view):
    return (view.value("boost_ends_s") or 0) > view.now_s


# When a line is shown, by the names that the table uses.
_WHEN = {
    "-": lambda view: True,
    "armed": lambda view: view.data.supply_state == ARMED,
    "blocks": lambda view: view.data.block_thresholds_in_use > 0,
    "boosting": _boosting,
    "credit": lambda view: view.data.payment_mode == CREDIT_MODE,
    "emergency offered": _offered,
    "emergency off": lambda view: not _activated(view),
    "emergency on": _activated,
    "message": lambda view: bool(view.data.supplier_message),
    "no blocks": lambda view: view.data.block_thresholds_in_use == 0,
    "no emergency offer": lambda view: _prepayment(view) and not _offered(view),
    "not armed": lambda view: view.data.supply_state != ARMED,
    "not boosting": lambda view: not _boosting(view),
    "not enabled": lambda view: view.data.supply_state != ENABLED,
    "prepayment": _prepayment,
    "protected": lambda view: bool(view.data.privacy_pin),
}


class Line:
    """One row of the table: a line of a page, or a list of lines."""

    def __init__(self, columns):
        self.page, self.label, value, form, marks, self.letters, self._when, action = columns
        cut = value.find("[")
        self.name = value if cut < 0 else value[:cut]
        self._index = None if cut < 0 else int(value[cut + 1 : -1])
        self._format = form
        self.is_private = "P" in marks
        self.is_large = "L" in marks
        star = marks.find("*")
        self.is_list = star >= 0
        # A list in rows of so many has two numbers in its labels.
        self._row_size = int(marks[star + 1 :] or 0) if self.is_list else 0
        self.action = None if action == "-" else action

    def is_shown(self, view):
        """Tell whether the line is shown now."""
        return _WHEN[self._when](view)

    def count(self, view):
        """Return how many lines it makes."""
        if not self.is_list:
            return 1
        value = view.value(self.name)
        if value is None:
            return 0
        return line_count(value) if isinstance(value, str) else len(value)

    def label_of(self, number):
        """Return the label of one of its lines, numbered from 0."""
        if not self.is_list or not self.label:
            return self.label
        if self._row_size:
            return self.label % (number // self._row_size + 1, number % self._row_size + 1)
        return self.label % (number + 1)

    def text(self, view, number):
        """Return the value of one of its lines, numbered from 0."""
        index = number if self.is_list else self._index
        return FORMATS[self._format](view, self.name, index)


class MeterPages:
    """The pages of one kind of meter; letters: those of model/items.tbl."""

    def __init__(self, letters):
        self._letters = letters
        # Where in the table each page begins.
        self._places = []
        page = None
        place = 0
        with open(_TABLE, "rb") as table:
            octets, line = _next_line(table)
            while line:
                if line.page != page and self._is_for(line):
                    self._places.append(place)
                    page = line.page
                place += octets
                octets, line = _next_line(table)

    def __len__(self):
        return len(self._places)

    def lines(self, page, view):
        """Return the lines of a page that are shown now; none: the page isn't."""
        shown = []
        with open(_TABLE, "rb") as table:
            table.seek(self._places[page])
            _, line = _next_line(table)
            title = line.page
            while line and line.page == title:
                if self._is_for(line) and line.is_shown(view):
                    shown.append(line)
                _, line = _next_line(table)
        return shown

    def after(self, page, view):
        """Return the next page that is shown, round to the first."""
        for _ in range(len(self._places)):
            page = (page + 1) % len(self._places)
            if self.lines(page, view):
                break
        return page

    def _is_for(self, line):
        return any(letter in line.letters for letter in self._letters)


def _next_line(table):
    """Return (octets read, Line) of a table's next row, None instead of it at the end."""
    octets = 0
    while True:
        row = table.readline()
        octets += len(row)
        if not row:
            return octets, None
        text = row.decode().strip()
        if text and text[0] != "#":
            return octets, Line([column.strip() for column in text.split("|")])

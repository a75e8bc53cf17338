"""The tables behind a meter's own display: every name means something, [PIN] marks agree."""

import ast
import inspect
from pathlib import Path

import pytest

from protometer.model.dictionary import items
from protometer.model.table import rows
from protometer.ui import keypad as flow
from protometer.ui import meter_actions, meter_pages
from protometer.ui.keypad import FLOW, IDLE, Keypad
from protometer.ui.meter_formats import FORMATS
from protometer.ui.meter_pages import MeterPages
from protometer.ui.meter_view import MeterView
from tests.ui.meter_stand import Stand

FOLDER = Path(meter_pages.__file__).parent
PAGES = list(rows(str(FOLDER / "meter_pages.tbl"), 8))
ACTIONS = list(rows(str(FOLDER / "meter_actions.tbl"), 8))
VARIANTS = ("E", "ET", "EP", "EL", "EB", "ETLB", "G")
# Values that are no items: worked out, of other parts, or nothing to look at.
NO_ITEMS = {"-", "debt_to_clear_mp", "last_credits", "now_s", "han_linked", "alarm_event"}
# Hidden though they bear no mark themselves: they tell what marked items tell.
TELL_TALES = {
    "debt_to_clear_mp",
    "last_credits",
    "emergency_credit_used_mp",
    "days_energy_wh",
    "debt_recovery_per_payment",
}


def name_of(row):
    return row[2].split("[")[0]


def test_every_name_in_the_table_means_something():
    known_actions = {action[0] for action in ACTIONS} | {"-", "prompt"}
    for row in PAGES:
        _, label, _, form, marks, letters, when, action = row
        assert form in FORMATS, row
        assert when in meter_pages._WHEN, row
        assert action in known_actions, row
        assert set(letters) <= set("ETPLBG"), row
        assert set(marks) <= set("PL*-0123456789"), row
        assert label.count("%d") == (2 if marks[-1:].isdigit() else "*" in marks) or not label, row


def test_every_format_and_condition_is_used():
    assert {row[3] for row in PAGES} == set(FORMATS)
    assert {row[6] for row in PAGES} == set(meter_pages._WHEN)
    begun = {row[7] for row in PAGES} | {"open"}
    assert {action[0] for action in ACTIONS} == begun - {"-", "prompt"}


@pytest.mark.parametrize("letter", ["E", "T", "L", "B", "G"])
def test_every_value_is_an_item_or_worked_out(letter):
    known = {item.attribute for item in items(letter)} | NO_ITEMS
    assert [row for row in PAGES if letter in row[5] and name_of(row) not in known] == []


@pytest.mark.req("ESME-DSP-01")
def test_pin_marks_are_those_of_the_items_and_alike_for_every_variant():
    marked = {item.attribute: "P" in item.marks for item in items("ETPLBG")}
    hidden = {}
    for row in PAGES:
        name, is_hidden = name_of(row), "P" in row[4]
        assert hidden.setdefault(name, is_hidden) == is_hidden, row
        if name in marked and name not in TELL_TALES:
            assert is_hidden == marked[name], row
    for left, right in (("E", "G"), ("E", "T"), ("E", "L"), ("E", "B"), ("E", "P")):
        for one in items(left):
            for other in items(right):
                if one.attribute == other.attribute:
                    assert ("P" in one.marks) == ("P" in other.marks), one.name


@pytest.mark.parametrize("letters", VARIANTS)
def test_key_a_shows_every_page_of_a_meter_and_no_other(letters):
    stand = Stand(letters)
    seen = []
    for _ in range(len(stand.pages)):
        seen.append(stand.keypad.lines()[0].page)
        stand.press(flow.KEY_A)
        if stand.keypad.page == 0:
            break
    titles = list(dict.fromkeys(row[0] for row in PAGES if set(letters) & set(row[5])))
    # Without a message, a boost or a PIN.
    absent = {"Message", "Boost off", "PIN off"}
    if letters == "G":
        absent |= {"Block prices", "Thresholds"}
    assert seen == [title for title in titles if title not in absent]
    assert stand.keypad.page == 0


def test_a_page_whose_reason_has_gone_gives_way_to_the_default():
    stand = Stand()
    stand.go_to("Debt")
    stand.data.payment_mode = 0
    assert stand.shown()[0] == "08:05 Balance +"


def test_what_a_view_does_not_have_is_not_known():
    view = MeterView(object(), "E")
    assert view.value("no_such_item") is None
    assert view.value("no_such_item", 3) is None


def test_stepping_through_the_pages_comes_round():
    pages, view = MeterPages("E"), Stand().view
    page, seen = 0, []
    for _ in range(len(pages)):
        page = pages.after(page, view)
        seen.append(page)
    turn = seen.index(0) + 1
    assert turn == len(set(seen)) > 15


def test_the_flow_is_a_function_of_state_and_input():
    pairs = [(state, given) for state, given, _, _ in FLOW]
    assert len(pairs) == len(set(pairs))
    # Whatever a person left, time ends it; in sleep there is nothing left to end.
    awake = {state for state, _, _, _ in FLOW} - {flow.ASLEEP}
    assert {state for state, given, _, _ in FLOW if given == IDLE} == awake


def test_every_step_of_the_flow_is_there_and_every_step_is_in_the_flow():
    named = {step for _, _, step, _ in FLOW}
    tree = ast.parse(inspect.getsource(Keypad))
    source = inspect.getsource(Keypad)
    methods = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    assert named <= methods
    steps = source[source.index("# The steps.") :]
    defined = {line.split("(")[0].strip()[4:] for line in steps.split("\n") if "def _" in line}
    # Two that steps share.
    assert defined - named == {"_begin"}


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action[0])
def test_an_action_has_words_for_each_outcome(action):
    found = meter_actions.find(action[0])
    assert found.command and found.hint and found.refused(ValueError())
    assert found.question or found.name == "acknowledge"
    assert found.done or found.name == "open"
    with pytest.raises(KeyError):
        meter_actions.find("no such action")

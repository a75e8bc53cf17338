"""Supply and auxiliary loads as COSEM controls them (GBCS ECS42-44, ECS47, 47a, 47e, ECS61e).

An auxiliary controller is a switch of the meter or an HCALCS, on or off: of the levels that later
controllers have it knows none and all.
"""

from micropython import const

from ..gbcs import axdr
from ..gbcs.date_time import AT_ONCE, NEVER_S, date_time, seconds
from ..model import events
from ..model.enumerations import NOT_CONNECTED, PROPORTIONAL, SWITCHED
from ..supply.auxiliary_load import CLOSED, OPENED, REVERTED
from ..supply.load_demand import SWITCHES
from .cosem_schedules import switch_of
from .cosem_server import CosemRefused

_MINUTE_S = const(60)
_MOST_MINUTES = const(0xFFFF)
_FULL = const(100)
_EUI = const(8)
_LEVELS = b"\xff"
_DRAFT = "auxiliary controller"


def supply_script(run, argument, value):
    """Execute the one script of Supply that the use case is for: `51 Enable Supply`."""
    script, _, name = argument.partition(" ")
    if value != int(script):
        raise CosemRefused("supply: no script %d here" % value)
    return run.perform(name, {})


def identifier(run, switch, value):
    """Return what a controller is: an HCALCS by its identifier, zeros for a switch of the meter.

    One octet for a controller of levels, none where there is nothing.
    """
    data = run.data
    end = _EUI * int(switch)
    kind = data.alcs_kinds[int(switch) - 1]
    if kind == SWITCHED:
        return data.hcalcs_identifiers[end - _EUI : end]
    return _LEVELS if kind == PROPORTIONAL else b""


def set_identifier(run, switch, value):
    """Make a switch an HCALCS, by its identifier, or by zeros one of the meter."""
    arguments = {"switch": int(switch), "identifier": value}
    return run.perform("Set ALCS Or HCALCS", arguments)


def state(run, switch, value):
    """Return a controller's state, as JSON.

    Through a closed switch flows in what flows out; a controller of levels tells them.
    """
    data = run.data
    index = int(switch) - 1
    kind = data.alcs_kinds[index]
    if kind == NOT_CONNECTED:
        return b"{}"
    if kind == SWITCHED:
        output = through = _FULL if data.alcs_state[index] else 0
    else:
        output, through = data.alcs_output_percent[index], data.alcs_input_percent[index]
    text = '{"outputState": %d, "inputState": %d' % (output, through)
    information = getattr(data, "alcs_information_" + switch)
    if information:
        text += ', "other-data": "%s"' % information
    return (text + "}").encode()


def _noted(run, switch, name, value):
    run.draft(_DRAFT)[name + switch] = value


def close_minutes(run, switch, value):
    """Take for how many minutes a switch is to be closed."""
    _noted(run, switch, "close", value)


def open_minutes(run, switch, value):
    """Take for how many minutes a switch is to be open."""
    _noted(run, switch, "open", value)


def begin(run, switch, value):
    """Take when a controller's period begins."""
    _noted(run, switch, "begin", seconds(value))


def end(run, switch, value):
    """Take when a controller's period ends."""
    _noted(run, switch, "end", seconds(value))


def set_for_minutes(run, argument, value):
    """Set HCALCS or ALCS State: the switch, and to close, open or revert it (ALCS-ALC-06)."""
    switch, action = value >> 8, value & 0xFF
    draft = run.draft(_DRAFT)
    arguments = {"switch": switch, "action": action}
    name = {CLOSED: "close", OPENED: "open"}.get(action)
    if name:
        if name + str(switch) not in draft:
            raise CosemRefused("auxiliary load: no minutes for switch %d" % switch)
        arguments["minutes"] = draft[name + str(switch)]
    yield from run.perform("Set HCALCS Or ALCS State", arguments)
    run.device.loads.limit(switch, 0)


def _for_period(run, switch, action):
    """Set a switch for the period that was given: if not, from now on, for as long as can be."""
    draft = run.draft(_DRAFT)
    begin_s = draft.get("begin%d" % switch, AT_ONCE)
    end_s = draft.get("end%d" % switch, NEVER_S)
    arguments = {"switch": switch, "action": action}
    if action != REVERTED:
        minutes = (end_s - max(begin_s, run.now_s)) // _MINUTE_S
        arguments["minutes"] = min(minutes, _MOST_MINUTES)
    yield from run.perform("Set HCALCS Or ALCS State", arguments, begin_s)
    # What limited it before does so no longer.
    run.device.loads.limit(switch, 0)


def set_for_period(run, argument, value):
    """Set a controller's state: any level but none closes the switch."""
    switch, level = switch_of(value)
    if level > _FULL:
        return _for_period(run, switch, REVERTED)
    return _for_period(run, switch, CLOSED if level else OPENED)


def limit_for_period(run, argument, value):
    """Limit a controller's level: a switch keeps within less than all by being open."""
    switch, level = switch_of(value)
    loads = run.device.loads
    if level > _FULL:
        loads.end_limit(switch, run.now_s)
    yield from _for_period(run, switch, OPENED if level < _FULL else REVERTED)
    if level <= _FULL:
        loads.limit(switch, value >> 8)
        contents = _limited(run, switch, value >> 8, level)
        run.execution.alerts.append((events.LEVEL_LIMIT_TAKEN, contents))


def _limited(run, switch, script, level):
    """Return what the Alert of a limit says: whose, from when until when, the level (ECS101)."""
    draft = run.draft(_DRAFT)
    begin_s = draft.get("begin%d" % switch, AT_ONCE)
    begins = date_time(run.now_s if begin_s == AT_ONCE else begin_s)
    ends = date_time(draft.get("end%d" % switch, NEVER_S))
    values = (("u8", script), ("o", begins), ("o", ends), ("u8", level))
    return [axdr.encode(kind, value) for kind, value in values]


def set_boosted(run, index, value):
    """Set whether the Boost Function controls a switch."""
    control = list(run.data.boost_control)
    control[int(index)] = int(value)
    return run.perform("Set Boost Function Control", {"control": control[:SWITCHES]})

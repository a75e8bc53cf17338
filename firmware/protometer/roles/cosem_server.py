"""Carries out DLMS access-requests on a device: each attribute and method by its row of the table.

`gbcs/cosem_objects.tbl` says what an object is of the device's. What is set or read as it stands
is done here; topics with structures of their own have a module each, imported when it is used.

Items run in order. After the first that fails nothing is executed any more, and whoever asked
undoes the whole message (GBCS 7.2.6.1). Where several items make up one SMETS2 Command they are
gathered in a draft, and the Command runs with the last of them.
"""

from ..gbcs import axdr
from ..gbcs.access_request import (
    HARDWARE_FAULT,
    OTHER_REASON,
    SUCCESS,
    encode_response,
    read_request,
)
from ..gbcs.compact_array import Packed
from ..gbcs.cosem_objects import look_up_in_slices
from ..gbcs.data_notification import reference
from ..gbcs.date_time import AT_ONCE, NEVER_S, date_time, seconds
from ..kernel.slices import sliced
from ..kernel.unload import unload
from ..model.command import CommandRefused
from ..model.dictionary import find

_TOPICS = (
    "alerts",
    "clock",
    "configuration",
    "hub",
    "load_control",
    "logs",
    "prepayment",
    "protected",
    "registers",
    "schedules",
    "tariff",
    "voltage",
)
_NULL = b"\x00"
# Types whose values are octets.
_STRINGS = "ovt"
# Of a log in one answer: no message brings more.
_MOST_OCTETS = 8_192


class CosemRefused(CommandRefused):
    """What was asked can't be done on this device, or says something it has no place for."""


class CosemServer:
    """Executes the payloads of DLMS use cases on a device: a meter, or what has its interface.

    device: has `data`, perform(), `logbook`; see Meter.
    """

    def __init__(self, device):
        self._device = device

    def prepare(self, execution, payload):
        """Read, sliced, an access-request; return what carries it out, sliced, to its response.

        PayloadError for what is none, or carries what its use case has not. Where an item fails
        `execution.failed` is set.
        """
        request = yield from read_request(payload, execution.counter)
        items = request.items
        role = self._device.data.role
        keys = [item.key() for item in items]
        yield
        objects = yield from look_up_in_slices(execution.use_case.code, keys, role)
        yield
        values = yield from request.take_values([one.taken for one in objects])
        run = CosemRun(self._device, execution, items, objects)

        def carry_out():
            try:
                answers, results = yield from _executed(run, execution, values)
            finally:
                forget_topics()
            yield
            return encode_response(execution.counter, items, answers, results)

        return carry_out


def _executed(run, execution, values):
    """Execute, sliced, items until one fails; return the encoded data and the result of each."""
    answers, results = [], []
    for index in range(len(values)):
        answer = _NULL
        result = OTHER_REASON
        if not execution.failed:
            try:
                answer = yield from run.execute(index, values[index])
                result = SUCCESS
            except (CommandRefused, OSError):
                execution.failed = True
                result = HARDWARE_FAULT
            yield
        answers.append(answer)
        results.append(result)
    return answers, results


class CosemRun:
    """One request under way, as handlers see it.

    `device`, `data`, `execution`, `now_s`; `item` and `object` that are being executed; `drafts`:
    of each group of items what they have set so far, by name, and their `objects`.
    """

    def __init__(self, device, execution, items, objects):
        self.device = device
        self.data = device.data
        self.execution = execution
        self.now_s = execution.now_s
        self.drafts = {}
        self._items = items
        self._objects = objects
        self.item = self.object = None

    def execute(self, index, value):
        """Carry out, sliced, an item; return its encoded data. CommandRefused or OSError where it
        fails.
        """
        if self.execution.fails_at == index:
            raise CosemRefused("item %d: its hardware is to fail" % index)
        self.item, self.object = self._items[index], self._objects[index]
        if not self.object.is_of(self.data.role):
            raise CosemRefused("%s: not of this device" % self.item.key())
        answer = yield from self.answer(self.object, value)
        yield from self._finish_draft(index)
        return _NULL if answer is None else answer

    def answer(self, cosem_object, value):
        """Have, sliced, an object's handler carry out what is asked; return encoded data, or None.

        A handler returns its answer, or sliced work that does.
        """
        handler = cosem_object.handler
        name, _, function = handler.partition(".")
        if not function:
            return (yield from sliced(_HANDLERS[name](self, cosem_object, value)))
        handle = getattr(_module(name), function)
        yield
        carried_out = yield from sliced(handle(self, cosem_object.argument, value))
        template = cosem_object.answered
        if carried_out is None or (isinstance(carried_out, bytes) and template[0] not in _STRINGS):
            # Nothing, or encoded already.
            return carried_out
        return (yield from axdr.encode_in_slices(template, carried_out))

    def perform(self, name, arguments, at_s=None, places=()):
        """Carry out, sliced, a SMETS2 Command, or keep it until at_s; places: of the items that an
        Alert then tells of.
        """
        if at_s is not None and at_s != AT_ONCE:
            arguments = dict(arguments)
            arguments["at_s"] = at_s
        execution = self.execution
        kept = b""
        if places and at_s not in (None, AT_ONCE, NEVER_S):
            kept = reference(execution.use_case.code, execution.counter, places)
        return self.device.perform(name, arguments, execution.originator, self.now_s, kept)

    def between(self):
        """Return the first and the last second that a log is asked for."""
        return self.item.between

    def draft(self, group):
        """Return the draft of a group of items."""
        if group not in self.drafts:
            self.drafts[group] = {"places": []}
        return self.drafts[group]

    def _finish_draft(self, index):
        """Carry out, sliced, what a group of items has drafted, if this was the last of it."""
        group = _group(self._objects[index])
        if group is None:
            return
        for later in range(index + 1, len(self._items)):
            if _group(self._objects[later]) == group:
                return
        module, function = _FINISH[group]
        finish_draft = getattr(_module(module), function)
        yield
        yield from sliced(finish_draft(self, self.drafts[group]))


def _group(cosem_object):
    """Return the group of items that one belongs to, or None."""
    if cosem_object.handler == "draft_at":
        return cosem_object.argument
    if cosem_object.handler == "draft":
        return cosem_object.argument.split(".")[0]
    return None


# What carries out a draft once it is complete: module and function(run, draft).
_FINISH = {
    "tariff": ("tariff", "set_tariff"),
    "price": ("tariff", "set_price"),
    "secondary tariff": ("tariff", "set_secondary_tariff"),
    "secondary price": ("tariff", "set_secondary_price"),
    "payment mode": ("prepayment", "set_mode"),
    "balance": ("prepayment", "reset_balance"),
    "debt": ("prepayment", "adjust_debt"),
    "non-disablement": ("schedules", "set_non_disablement"),
    "auxiliary": ("schedules", "set_auxiliary"),
}


def _module(name):
    """Import and return the module of a topic."""
    # By name, for a bundle is made of what is imported.
    if name == "registers":
        from . import cosem_registers as module
    elif name == "protected":
        from . import cosem_protected as module
    elif name == "logs":
        from . import cosem_logs as module
    elif name == "schedules":
        from . import cosem_schedules as module
    elif name == "tariff":
        from . import cosem_tariff as module
    elif name == "prepayment":
        from . import cosem_prepayment as module
    elif name == "voltage":
        from . import cosem_voltage as module
    elif name == "load_control":
        from . import cosem_load_control as module
    elif name == "clock":
        from . import cosem_clock as module
    elif name == "hub":
        from . import cosem_hub as module
    else:
        from . import cosem_configuration as module
    return module


def forget_topics():
    """Have the modules of topics out of memory: messages are few, and a board's heap is short."""
    for topic in _TOPICS:
        unload("roles.cosem_" + topic)


def value_of(data, attribute):
    """Return the value of an item, or of one element of it: `maximum_demand_w[0]`."""
    name, _, index = attribute.partition("[")
    value = getattr(data, name)
    if index:
        value = value[int(index[:-1])]
    elif hasattr(value, "wh"):
        value = value.wh(0)
    return value.encode() if isinstance(value, str) else value


def _item(run, cosem_object, value):
    return axdr.encode_in_slices(cosem_object.answered, value_of(run.data, cosem_object.argument))


def _items(run, cosem_object, value):
    values = [value_of(run.data, name) for name in cosem_object.argument.split()]
    return axdr.encode_in_slices(cosem_object.answered, values)


def _constant(run, cosem_object, value):
    numbers = [int(number) for number in cosem_object.argument.split()]
    return axdr.encode_in_slices(cosem_object.answered, numbers)


def _date(run, cosem_object, value):
    return axdr.encode_in_slices(
        cosem_object.answered, date_time(value_of(run.data, cosem_object.argument))
    )


def text_of(octets):
    """Return octets as text; CosemRefused where they are none."""
    try:
        return octets.decode()
    except ValueError:
        # UnicodeError is one.
        raise CosemRefused("text: not UTF-8")


def _configured(run, name, value):
    if find(run.data.role, name).base == "TEXT":
        value = text_of(value)
    elif isinstance(value, bool):
        value = int(value)
    return {"item": name, "value": value}


def _write(run, cosem_object, value):
    arguments = _configured(run, cosem_object.argument, value)
    return run.perform("Write Configuration Data", arguments)


def _next(run, cosem_object, value):
    run.draft(cosem_object.argument)["value"] = value


def _activate(run, cosem_object, value):
    name = cosem_object.argument
    if "value" not in run.draft(name):
        raise CosemRefused("%s: no value to activate" % name)
    arguments = _configured(run, name, run.draft(name)["value"])
    return run.perform("Write Configuration Data", arguments, seconds(value), [run.item.place])


def _command(run, cosem_object, value):
    name, _, argument = cosem_object.argument.partition(":")
    argument, _, fixed = argument.partition("=")
    arguments = {}
    if argument:
        arguments[argument] = int(fixed) if fixed else value
    return run.perform(name, arguments)


def _draft(run, cosem_object, value):
    group, _, name = cosem_object.argument.partition(".")
    run.draft(group)[name] = value


def _draft_at(run, cosem_object, value):
    draft = run.draft(cosem_object.argument)
    at_s = seconds(value)
    if draft.get("at_s", at_s) != at_s:
        raise CosemRefused("%s: to be activated at several times" % cosem_object.argument)
    draft["at_s"] = at_s
    draft["places"].append(run.item.place)


def _log(run, cosem_object, value):
    first_s, last_s = run.between()
    entries = run.device.logbook.named(cosem_object.argument).between(first_s, last_s)
    return compact(cosem_object.answered, entries)


def compact(layout, entries):
    """Return, sliced, log entries as a compact array, the oldest first; what is damaged is left
    out.

    CosemRefused where that is more than a message takes.
    """
    packed = Packed(layout)
    yield
    for entry in entries:
        if entry is None:
            continue
        packed.add(entry)
        if len(packed) > _MOST_OCTETS:
            raise CosemRefused("log: more than a message takes")
        yield
    return packed.octets()


_HANDLERS = {
    "item": _item,
    "items": _items,
    "constant": _constant,
    "date": _date,
    "write": _write,
    "next": _next,
    "activate": _activate,
    "command": _command,
    "draft": _draft,
    "draft_at": _draft_at,
    "log": _log,
}

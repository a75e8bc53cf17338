"""What a scenario reads of a device: its data items, and how they changed."""

from host_tools.node.scenario_text import hash_of, item_text, marks_text, shown, time_text
from protometer.model.dictionary import Data, find, items, read

# These change all the time.
_RUNNING = ("last_step_s", "nwk_frame_counter")
_LONGEST = 64


class ItemWords:
    """The words; desk: the Scenario that they are part of."""

    def __init__(self, desk):
        self._desk = desk
        # Of each device, its items as they were at the last `changes`.
        self._seen = {}
        self.verbs = {"read": self._read, "item": self._item, "changes": self._changes}

    def _read(self, words):
        data = self._desk.role().data
        for name in words:
            value = read(data, name)
            self._desk.say("%s = %s" % (name, _shown(find(data.role, name), value)))

    def _item(self, words):
        role = self._desk.role()
        for name in words:
            logs = [log for log in role.logbook.logs() if log.name == name]
            if logs:
                text = "log of %d entries" % logs[0].entries_kept + marks_text(logs[0].marks)
            else:
                text = item_text(find(role.data.role, name))
            self._desk.say("%s: %s" % (name, text))

    def _changes(self, words):
        """Print the items that differ from the last time, or from those of a new device."""
        data = self._desk.role().data
        name = self._desk.device().role_name
        table = [item for item in items(data.role) if item.attribute not in _RUNNING]
        seen = self._seen.get(name) or _values(table, Data(data.role))
        now = self._seen[name] = _values(table, data)
        for item, before, value in zip(table, seen, now):
            if not isinstance(value, list):
                if value != before:
                    self._desk.say("%s = %s" % (item.name, _shown(item, value)))
                continue
            for index in range(len(value)):
                if value[index] != before[index]:
                    text = _shown(item, value[index])
                    self._desk.say("%s [%d] = %s" % (item.name, index + 1, text))


def _values(table, data):
    values = []
    for item in table:
        value = getattr(data, item.attribute)
        if item.base == "REGISTER":
            value = [
                value.kwh[index] * 1_000_000 + value.mwh[index] for index in range(len(value))
            ]
        elif item.is_array:
            value = list(value)
        values.append(value)
    return values


def _shown(item, value):
    if item.base == "UTC":
        times = value if isinstance(value, list) else [value]
        return " ".join([time_text(at_s) for at_s in times])
    if isinstance(value, bytes) and len(value) > _LONGEST:
        return "%d octets, hash %08x" % (len(value), hash_of(value))
    return shown(value)

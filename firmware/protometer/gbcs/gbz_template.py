"""What the commands of GBZ may carry, use case by use case, and how they are answered.

`gbz_use_cases.tbl` has a row for each kind of component, in the order of the message.
"""

from micropython import const

from ..model.table import rows, table_path
from .execution import PayloadError

_TABLE = table_path(__file__, "gbz_use_cases.tbl")
_COLUMNS = 6
# Frame control of commands: profile-wide, of a cluster's client, of its server.
_READ = const(0x00)
_OF_CLIENT = const(0x01)
_OF_SERVER = const(0x09)
# Of Default Responses, in the direction opposite to the command's.
_TO_CLIENT = const(0x08)
_TO_SERVER = const(0x00)
_MOST = const(0xFF)


class Kind:
    """A kind of component of a use case.

    `cluster`, `control`, `command`: what it is; `attributes`: the identifiers that it may read,
    None where it is a cluster's command; `answer`: the frame control of its answer; `is_sealed`:
    whether that is encrypted; `default`: the frame control of a Default Response to it.
    """

    def __init__(self, row):
        _, cluster, command, times, carries, answer = row
        self.cluster = int(cluster, 0)
        least, _, most = times.partition("-")
        self.least, self.most = int(least), int(most or least)
        self.is_dated = False
        self.attributes = None
        self._fixed = []
        if command == "read":
            self.control, self.command = _READ, 0
            self.attributes = [int(text, 16) for text in carries.split()]
        else:
            self.control = _OF_SERVER if command[0] == "s" else _OF_CLIENT
            self.command = int(command[1:], 16)
            self._take(carries.split())
        answer, _, default = answer.partition("/")
        self.is_sealed = answer[-1] == "e"
        self.answer = None if answer == "-" else int(answer.rstrip("e"), 16)
        self.default = _TO_SERVER if self.control == _OF_SERVER else _TO_CLIENT
        if default:
            self.default = int(default, 16)

    def _take(self, texts):
        for text in texts:
            if text == "dated":
                self.is_dated = True
            elif text != "-":
                name, values = text.split("=")
                self._fixed.append((name, [int(value, 0) for value in values.split(",")]))

    @property
    def from_server(self):
        """Tell whether it is a command of the server side of its cluster."""
        return self.control == _OF_SERVER

    def is_of(self, component):
        """Tell whether a component is of this kind."""
        return (component.cluster, component.control, component.command) == (
            self.cluster,
            self.control,
            self.command,
        )

    def check(self, values):
        """Raise PayloadError unless the fields that the use case fixes are so."""
        for name, allowed in self._fixed:
            if values.get(name) not in allowed:
                raise PayloadError("GBZ: %s is %s" % (name, values.get(name)))


def match(code, components):
    """Return, sliced, the Kind of each component of a command with this message code.

    PayloadError where the components are not those of the use case, in their order and number.
    """
    kinds = []
    for row in rows(_TABLE, _COLUMNS, "0x%04x" % code):
        kinds.append(Kind(row))
        yield
    if not kinds:
        raise PayloadError("GBZ: message code 0x%04x has no components" % code)
    found = []
    at = 0
    for kind in kinds:
        count = 0
        while at < len(components) and count < kind.most and kind.is_of(components[at]):
            _check_frame(components[at], at, kind)
            found.append(kind)
            at += 1
            count += 1
            yield
        if count < kind.least:
            raise PayloadError("GBZ: component %d is not of its use case" % at)
    if at != len(components):
        raise PayloadError("GBZ: component %d is one too many" % at)
    return found


def _check_frame(component, number, kind):
    if component.sequence != number & _MOST:
        raise PayloadError("GBZ: component %d has number %d" % (number, component.sequence))
    if component.sealed_as is not None or (component.from_s is not None) != kind.is_dated:
        raise PayloadError("GBZ: component %d has another header" % number)

"""Carries out the payloads of GBZ: reads attributes, and runs the commands of clusters.

What a device has of both is its side's: gbz_meter's for a gas meter, gbz_proxy's for the Gas
Proxy Function. Everything is decoded and checked against the use case before anything is done.
"""

from micropython import const

from ..gbcs import gbz, gbz_template
from ..gbcs.execution import PayloadError
from ..han import zcl
from ..han.command_finder import find
from ..han.frame_error import FrameError
from ..han.zcl_types import put_uint, put_value
from ..kernel.slices import sliced
from ..model.command import CommandRefused
from .gbz_request import GbzRequest

_HARDWARE_FAILURE = const(0xC0)
# What stands in the place of a command that is not carried out, for one before it failed.
_NOT_EXECUTED = const(0xFF)


class _Fault(Exception):
    """The item that is to fail as if its hardware did."""


class GbzServer:
    """device: a Gsme, or a GasProxy."""

    def __init__(self, device):
        self._device = device

    def prepare(self, execution, payload):
        """Read, sliced, a command's payload; return what carries it out, sliced, to its response.

        PayloadError where it is malformed or not of its use case. Where an item fails
        `execution.failed` is set.
        """
        components = yield from gbz.decode_in_slices(payload)
        kinds = yield from gbz_template.match(execution.use_case.code, components)
        commands = _Commands()
        steps = []
        for component, kind in zip(components, kinds):
            step = _Step(component, kind)
            yield from step.read(commands)
            steps.append(step)
        run = _Run(_side_of(self._device), execution, commands)

        def carry_out():
            for step in steps:
                yield from run.take(step)
                yield
            yield from run.seal()
            return (yield from gbz.encode_in_slices(run.answers))

        return carry_out


def _side_of(device):
    """Return what a device has of attributes and commands; imported as it is used."""
    if hasattr(device, "mirror"):
        from .gbz_proxy import ProxySide

        return ProxySide(device)
    from .gbz_meter import MeterSide

    return MeterSide(device)


class _Commands:
    """Commands of clusters, each looked for once in a message."""

    def __init__(self):
        self._found = {}

    def find(self, cluster, from_server, name):
        """Return a ClusterCommand, as han.cluster_command.find() does."""
        wanted = cluster, from_server, name
        if wanted not in self._found:
            self._found[wanted] = find(*wanted)
        return self._found[wanted]


class _Step:
    """A component with its kind, and what it says: `values`, or `attributes` to be read."""

    def __init__(self, component, kind):
        self.component = component
        self.kind = kind

    def read(self, commands):
        """Take, sliced, what it says from the component."""
        component, kind = self.component, self.kind
        try:
            if kind.attributes is not None:
                self.attributes = zcl.decode_read_attributes(component.payload)
            else:
                command = commands.find(component.cluster, kind.from_server, component.command)
                yield
                self.values = yield from command.decode_in_slices(component.payload)
                self.command = command
        except FrameError as error:
            raise PayloadError(str(error))
        yield
        if kind.attributes is None:
            kind.check(self.values)
        elif [known for known in self.attributes if known not in kind.attributes]:
            raise PayloadError("GBZ: an attribute is not of the use case")


class _Run:
    """A message under way. Items are attributes and commands, numbered through the message."""

    def __init__(self, side, execution, commands):
        self.answers = []
        self.commands = commands
        self.execution = execution
        self.side = side
        # What several commands bring together for one Command of SMETS2.
        self.draft = {}
        self._item = 0
        self._sealed = 0

    def take(self, step):
        """Carry out, sliced, a step, unless one before it has failed; add what answers it."""
        if self.execution.failed:
            self._tell(step, _NOT_EXECUTED, zcl.FAILURE)
        elif step.kind.attributes is not None:
            yield from self._read(step)
        else:
            yield from self._command(step)

    def add(self, step, command, payload):
        """Answer a step with a command, which seal() encrypts where it is to be."""
        kind, sealed_as = step.kind, None
        if kind.is_sealed:
            if self.execution.protect is None:
                raise PayloadError("GBZ: there is nobody to encrypt for")
            sealed_as = self._sealed
            self._sealed += 1
        self._append(step, kind.answer, command, payload, sealed_as)

    def seal(self):
        """Encode, sliced, the answers, and encrypt those that are not for everybody."""
        for answer in self.answers:
            answer.payload = yield from sliced(answer.payload)
            if answer.sealed_as is not None:
                answer.payload = yield from sliced(self.execution.protect(bytes(answer.payload)))
            yield

    def _append(self, step, control, command, payload, sealed_as=None):
        asked = step.component
        self.answers.append(
            gbz.Component(
                asked.cluster, control, asked.sequence, command, payload, None, sealed_as
            )
        )

    def _tell(self, step, command, status):
        response = bytes((command, status))
        self._append(step, step.kind.default, zcl.DEFAULT_RESPONSE, response)

    def _due_to_fail(self):
        """Count an item, and tell whether it is the one that is to fail."""
        self._item += 1
        return self._item - 1 == self.execution.fails_at

    def _read(self, step):
        """Read, sliced, attributes: where one fails, those after it in the same command are read
        still.
        """
        octets = bytearray()
        execution = self.execution
        read = yield from sliced(
            self.side.reader(
                execution.use_case, step.component.cluster, step.attributes, execution.now_s
            )
        )
        for identifier in step.attributes:
            put_uint(octets, identifier, 2)
            if self._due_to_fail():
                execution.failed = True
                octets.append(_HARDWARE_FAILURE)
                continue
            found = read(identifier)
            if found is None:
                octets.append(zcl.UNSUPPORTED_ATTRIBUTE)
                continue
            octets.append(zcl.SUCCESS)
            octets.append(found[0])
            put_value(octets, *found)
            yield
        self.add(step, zcl.READ_ATTRIBUTES_RESPONSE, octets)

    def _command(self, step):
        asked, before, sealed = step.component, len(self.answers), self._sealed
        request = GbzRequest(self, step)
        module = self.side.module(asked.cluster)
        try:
            if self._due_to_fail():
                raise _Fault
            handler = self.side.handler(
                module, asked.cluster, asked.command, step.kind.from_server
            )
            if handler is None:
                raise CommandRefused("GBZ: this device has nothing for it")
            status = yield from sliced(handler(self.side.device, request))
        except (CommandRefused, OSError, _Fault) as refusal:
            request.refusal = refusal
            status = _HARDWARE_FAILURE
        self.execution.failed = status not in (None, zcl.SUCCESS, zcl.NOT_FOUND)
        if self.execution.failed:
            del self.answers[before:]
            self._sealed = sealed
            refusals = getattr(module, "REFUSALS", None) or {}
            refuse = refusals.get((asked.command, step.kind.from_server))
            if refuse:
                refuse(request)
                return
        if status is not None:
            self._tell(step, asked.command, status)

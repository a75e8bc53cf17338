"""What a meter does with the commands of the clusters: one module a cluster carries them out.

Of those modules the one that was used last is in memory, for a while: the next takes its place.
"""

from ..han import zcl
from ..han.command_finder import find
from ..han.frame_error import FrameError
from ..han.network import COORDINATOR
from ..kernel.slices import finish, sliced
from ..kernel.unload import lend, unload
from ..model.command import PPMID, CommandRefused
from ..model.enumerations import TYPE_1


def _load(cluster):
    """Import and return the module of a cluster; None where there is none."""
    # By name, for a bundle is made of what is imported.
    if cluster == 0x0003:
        from . import cluster_identify as module
    elif cluster == 0x0700:
        from . import cluster_price as module
    elif cluster == 0x0701:
        from . import cluster_load_control as module
    elif cluster == 0x0702:
        from . import cluster_metering as module
    elif cluster == 0x0703:
        from . import cluster_messaging as module
    elif cluster == 0x0705:
        from . import cluster_prepayment as module
    elif cluster == 0x0706:
        from . import cluster_energy_management as module
    elif cluster == 0x0707:
        from . import cluster_calendar as module
    elif cluster == 0x0708:
        from . import cluster_management as module
    elif cluster == 0x0709:
        from . import cluster_events as module
    else:
        return None
    return module


class Request:
    """A command that came: `values` of its fields, `source`, its short address, and `now_s`.

    `identifier`: the EUI-64 of who sent it, None where it is not known. What remote parties send
    is a GbzRequest instead.
    """

    is_remote = False

    def __init__(self, stack, source, sequence, command, payload, now_s):
        self.source = source
        self.now_s = now_s
        self.values = command.decode(payload)
        extended = stack.network.devices.extended_of(source)
        self.identifier = None if extended is None else bytes(reversed(extended))
        self._stack = stack
        self._sequence = sequence
        self._command = command

    def may_command(self, meter):
        """Tell whether who asks may ask for Commands: a Type 1 Device of the Device Log.

        From a Device that is not in the log it is an event (0x8F3E).
        """
        if self.identifier is None or not meter.devices.hears(self.identifier, self.now_s):
            return False
        return meter.devices.type_of(self.identifier) == TYPE_1

    def perform(self, meter, name, arguments):
        """Run a Command of SMETS2 for a PPMID, as a transaction of its own."""
        meter.execute(name, arguments, PPMID, self.now_s)

    def entries(self, meter, log, from_s, until_s):
        """Yield a log's entries in a range, without those of an earlier tenant."""
        return meter.restriction.between(log, from_s, until_s)

    def answer(self, name, values):
        """Send a command of the other side of the cluster as the answer, or a part of it."""
        asked = self._command
        command = find(asked.cluster, not asked.from_server, name)
        self.answer_octets(command.identifier, command.encode(values))

    def answer_octets(self, identifier, payload):
        """Send a command of the other side whose payload is encoded already."""
        asked = self._command
        self._stack.answer(
            self.source, asked.cluster, self._sequence, identifier, payload, not asked.from_server
        )

    def answer_several(self, name, values, field, rows, most, number, index="commandIndex"):
        """Send rows as a field of as many commands as they need, no more than `most` in one.

        number, index: the fields that say how many commands there are, and which this one is.
        """
        commands = max(-(-len(rows) // most), 1)
        values[number] = commands
        for part in range(commands):
            values[index] = part
            values[field] = rows[most * part : most * (part + 1)]
            self.answer(name, values)


class _Last:
    """The cluster whose module is in memory, for a role, and what that carries out."""

    key = module = None
    handlers = {}


def received(meter, stack, source, cluster, command, from_server, sequence, payload, now_s):
    """Carry out a command that came to a meter's Stack; return the status to be told, None where
    that is answered.

    FrameError where its payload is malformed.
    """
    kind, taken = Request, None
    if source == COORDINATOR and "G" in meter.data.role and not from_server:
        from . import proxy_request

        lend("roles.proxy_request")
        kind = proxy_request.ProxyRequest
        taken = proxy_request.handler(meter, stack, cluster, command)
    if taken is None:
        kind, taken = Request, _handlers(cluster, meter.data.role).get((command, from_server))
    if taken is None:
        return zcl.UNSUP_COMMAND
    command = find(cluster, from_server, command)
    request = kind(stack, source, sequence, command, payload, now_s)
    try:
        return finish(sliced(taken(meter, request)))
    except (CommandRefused, FrameError, OSError):
        # Refused; an answer that no frame takes; a log that fails.
        return zcl.FAILURE


def _handlers(cluster, role):
    """Have a cluster's module in memory, in place of the one before; return its handlers."""
    if _Last.key != (cluster, role):
        if _Last.module:
            unload(_Last.module)
        module = _load(cluster)
        _Last.key = cluster, role
        _Last.module = module.__name__.partition(".")[2] if module else None
        _Last.handlers = module.handlers(role) if module else {}
    if _Last.module:
        lend(_Last.module)
    return _Last.handlers

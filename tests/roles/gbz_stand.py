"""A gas meter that remote parties send messages of GBZ to, in plain, without their envelopes."""

from protometer.gbcs import gbz, use_case
from protometer.gbcs.execution import Execution
from protometer.han import cluster_command, zcl
from protometer.han.zcl_types import get_uint, get_value
from protometer.kernel.slices import finish
from protometer.model import command as commands
from protometer.roles.gbz_server import GbzServer
from protometer.roles.message_transaction import carried_out
from tests.roles import gsme_stand

PRICE, METERING, MESSAGING, PREPAYMENT = 0x0700, 0x0702, 0x0703, 0x0705
CALENDAR, MANAGEMENT, EVENTS, BASIC = 0x0707, 0x0708, 0x0709, 0x0000
COUNTER = 0x0000_0001_0000_03E9


def read(cluster, *identifiers):
    """A command to read attributes."""
    return cluster, None, identifiers, None


def ask(cluster, name, values=None, from_s=None):
    """A command of a cluster's client."""
    return cluster, (False, name), values or {}, from_s


def publish(cluster, name, values=None):
    """A command of a cluster's server, sent to the meter."""
    return cluster, (True, name), values or {}, None


def encoded(asked):
    """Return the payload of commands."""
    components = []
    for sequence, (cluster, named, values, from_s) in enumerate(asked):
        if named is None:
            octets = b"".join(identifier.to_bytes(2, "little") for identifier in values)
            components.append(gbz.Component(cluster, 0x00, sequence, 0x00, octets))
            continue
        from_server, name = named
        command = cluster_command.find(cluster, from_server, name)
        zeros = {field: 0 for field in ("providerId", "issuerEventId") if field in command._fields}
        octets = bytes(command.encode({**zeros, **values}))
        control = 0x09 if from_server else 0x01
        components.append(
            gbz.Component(cluster, control, sequence, command.identifier, octets, from_s)
        )
    return gbz.encode(components)


def told(component):
    """Return (frame control, name, values) of an answer; of attributes a dictionary."""
    payload = component.payload
    if component.control & zcl.CLUSTER_SPECIFIC:
        from_server = bool(component.control & zcl.SERVER_TO_CLIENT)
        command = cluster_command.find(component.cluster, from_server, component.command)
        return component.control, command.name, command.decode(payload)
    if component.command == zcl.DEFAULT_RESPONSE:
        return component.control, "default", tuple(payload)
    values, at = {}, 0
    while at < len(payload):
        identifier, status = get_uint(payload, at, 2), payload[at + 2]
        at += 3
        values[identifier] = (status, None)
        if not status:
            value, at = get_value(payload, at + 1, payload[at])
            values[identifier] = value
    return component.control, "attributes", values


class Stand(gsme_stand.Stand):
    """A gas meter; send() takes commands of a use case and returns what is told()."""

    def send_octets(self, code, payload, originator=commands.SUPPLIER, fails_at=None):
        """Execute a payload as one transaction and return the Components that answer it."""
        execution = Execution(use_case.find(code), originator, COUNTER, self.now_s, fails_at)
        execution.protect = lambda plaintext: plaintext
        answer = finish(carried_out(self.meter, GbzServer(self.meter), execution, payload))
        self.done = not execution.failed
        return gbz.decode(answer)

    def send(self, code, *asked, **how):
        """Execute commands and return what answers them."""
        return [told(answer) for answer in self.send_octets(code, encoded(asked), **how)]

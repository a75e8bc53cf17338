"""General commands that few ask for: writing, discovery, how reporting is set (ZCL 2.5).

Loaded when the first of them comes.
"""

from micropython import const

from ..model.command import CommandRefused
from ..model.dictionary import items
from . import zcl
from .frame_error import FrameError
from .zcl_types import get_uint, get_value, is_analogue, put_uint, put_value

_WRITE_ATTRIBUTES = const(0x02)
_WRITE_ATTRIBUTES_UNDIVIDED = const(0x03)
_WRITE_ATTRIBUTES_RESPONSE = const(0x04)
_WRITE_ATTRIBUTES_NO_RESPONSE = const(0x05)
_READ_REPORTING_CONFIGURATION = const(0x08)
_DISCOVER_ATTRIBUTES = const(0x0C)
_DISCOVER_COMMANDS_RECEIVED = const(0x11)
_DISCOVER_COMMANDS_GENERATED = const(0x13)
_DISCOVER_ATTRIBUTES_EXTENDED = const(0x15)

_READ_ONLY = const(0x88)
_NO_CLUSTER = const(-1)

# Access control of Discover Attributes Extended.
_READABLE = const(0x01)
_WRITABLE = const(0x02)
_REPORTABLE = const(0x04)
# What a discovery tells at once: with this it fits into a frame, sealed or not.
_MOST_OCTETS = const(56)


class GeneralCommands:
    """server: an AttributeServer; data: the dictionary that is written;

    commands(cluster, of_server, received) gives the identifiers of the commands known.
    """

    def __init__(self, server, data, commands):
        self._server = server
        self._data = data
        self._commands = commands

    def answer(self, cluster, command, payload, of_server):
        """Carry out a command; return (command, payload) of the response, or None for no answer.

        of_server: it addresses the server side of the cluster. A command that is not known
        raises KeyError, one that is malformed FrameError.
        """
        method = _METHODS[command]
        payload = method(self, cluster, command, payload, of_server)
        if command == _WRITE_ATTRIBUTES_NO_RESPONSE:
            return None
        if command in (_WRITE_ATTRIBUTES, _WRITE_ATTRIBUTES_UNDIVIDED):
            return _WRITE_ATTRIBUTES_RESPONSE, payload
        return command + 1, payload

    def _find(self, cluster, identifier, of_server):
        return self._server.table.find(cluster, identifier) if of_server else None

    def _write(self, cluster, command, payload, of_server):
        refusals = bytearray()
        writes = []
        for identifier, kind, value in _values_to_write(payload):
            attribute = self._find(cluster, identifier, of_server)
            status = self._check(attribute, kind, value)
            if status:
                refusals.append(status)
                put_uint(refusals, identifier, 2)
            else:
                writes.append((attribute, value))
        if not (refusals and command == _WRITE_ATTRIBUTES_UNDIVIDED):
            for attribute, value in writes:
                attribute.keep(self._data, value)
        return refusals or bytes((zcl.SUCCESS,))

    def _check(self, attribute, kind, value):
        if attribute is None:
            return zcl.UNSUPPORTED_ATTRIBUTE
        if not attribute.is_writable:
            return _READ_ONLY
        if kind != attribute.kind:
            return zcl.INVALID_DATA_TYPE
        for item in items(self._data.role):
            if item.attribute == attribute.item():
                try:
                    item.check(value)
                except CommandRefused:
                    return zcl.INVALID_VALUE
        return zcl.SUCCESS

    def _configure_reporting(self, cluster, command, payload, of_server):
        from .reporting_configuration import configure

        served = cluster if of_server else _NO_CLUSTER
        return configure(self._server.table, self._server.reporting, served, payload)

    def _reporting(self, cluster, command, payload, of_server):
        if not payload or len(payload) % 3:
            raise FrameError("ZCL: bad question")
        response = bytearray()
        for at in range(0, len(payload), 3):
            direction, identifier = payload[at], get_uint(payload, at + 1, 2)
            found = self._server.reporting.find(cluster, identifier)
            status = zcl.SUCCESS
            if direction or found is None:
                known = self._find(cluster, identifier, of_server)
                status = zcl.NOT_FOUND if known else zcl.UNSUPPORTED_ATTRIBUTE
            response.append(status)
            response.extend(payload[at : at + 3])
            if not status:
                response.append(found.kind)
                put_uint(response, found.report_s, 2)
                put_uint(response, found.longest_s, 2)
                if is_analogue(found.kind):
                    put_value(response, found.kind, found.change)
        return response

    def _attributes(self, cluster, command, payload, of_server):
        first, most = _from_and_most(payload, 2)
        found = self._server.table.identifiers(cluster) if of_server else ()
        found = [identifier for identifier in found if identifier >= first]
        extended = command == _DISCOVER_ATTRIBUTES_EXTENDED
        most = min(most, _MOST_OCTETS // (4 if extended else 3))
        response = bytearray((len(found) <= most,))
        for identifier in found[:most]:
            attribute = self._server.table.find(cluster, identifier)
            put_uint(response, identifier, 2)
            response.append(attribute.kind)
            if extended:
                response.append(_access(attribute))
        return response

    def _discover_commands(self, cluster, command, payload, of_server):
        first, most = _from_and_most(payload, 1)
        received = command == _DISCOVER_COMMANDS_RECEIVED
        known = sorted(self._commands(cluster, of_server, received))
        known = [identifier for identifier in known if identifier >= first]
        most = min(most, _MOST_OCTETS)
        return bytes((len(known) <= most,)) + bytes(known[:most])


_METHODS = {
    _WRITE_ATTRIBUTES: GeneralCommands._write,
    _WRITE_ATTRIBUTES_UNDIVIDED: GeneralCommands._write,
    _WRITE_ATTRIBUTES_NO_RESPONSE: GeneralCommands._write,
    zcl.CONFIGURE_REPORTING: GeneralCommands._configure_reporting,
    _READ_REPORTING_CONFIGURATION: GeneralCommands._reporting,
    _DISCOVER_ATTRIBUTES: GeneralCommands._attributes,
    _DISCOVER_ATTRIBUTES_EXTENDED: GeneralCommands._attributes,
    _DISCOVER_COMMANDS_RECEIVED: GeneralCommands._discover_commands,
    _DISCOVER_COMMANDS_GENERATED: GeneralCommands._discover_commands,
}


def _access(attribute):
    access = _READABLE
    if attribute.is_writable:
        access |= _WRITABLE
    if not attribute.is_constant():
        access |= _REPORTABLE
    return access


def _values_to_write(payload):
    """Yield (identifier, type, value); of what is malformed nothing is written."""
    at = 0
    values = []
    while at < len(payload):
        identifier, kind = get_uint(payload, at, 2), get_uint(payload, at + 2, 1)
        value, at = get_value(payload, at + 3, kind)
        values.append((identifier, kind, value))
    if not values:
        raise FrameError("ZCL: nothing to write")
    return values


def _from_and_most(payload, size):
    if len(payload) != size + 1:
        raise FrameError("ZCL: bad discovery")
    return get_uint(payload, 0, size), payload[size]

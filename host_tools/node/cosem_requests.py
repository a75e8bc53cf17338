"""Access-requests by the keys of the object table, executed on a device of the bench."""

from host_tools.node import gbcs_bench as bench
from protometer.gbcs import axdr
from protometer.gbcs.cosem_objects import look_up
from protometer.gbcs.date_time import date_time
from protometer.gbcs.execution import Execution
from protometer.kernel.slices import finish
from protometer.model.command import (
    ACCESS_CONTROL_BROKER,
    LOAD_CONTROLLER,
    NETWORK_OPERATOR,
    SUPPLIER,
)
from protometer.roles.cosem_server import CosemServer
from protometer.roles.message_transaction import carried_out

REFERENCE_COUNTER = 0x0102_0304
EVERYBODY = SUPPLIER | NETWORK_OPERATOR | ACCESS_CONTROL_BROKER | LOAD_CONTROLLER
AT_ONCE = bytes(9) + b"\x80\x00\xff"
# What of Set Tariff has a date.
TARIFF_DATES = (
    "20 0-0:13.0.0.255 s10",
    "9000 0-0:94.44.128.29 s6",
    "9000 0-0:94.44.2.0 s6",
    "113 0-0:19.20.4.255 s7",
    "113 0-0:19.20.0.255 s7",
    "9000 0-0:63.1.1.255 s6",
)
MARK, TAG = bytes.fromhex("3100000000"), bytes(12)
_USES = {"g": 1, "s": 2, "a": 3, "r": 4}


class UseCase:
    """A use case by its message code."""

    def __init__(self, code):
        self.code = code
        self.name = "%04x" % code


class Answer:
    """data: the encoded data of each item; results: their codes; failed: whether one did."""

    def __init__(self, octets, count, failed):
        self.octets = octets
        self.failed = failed
        self.results = [octets[at] for at in range(len(octets) - 2 * count + 1, len(octets), 2)]
        self.data = octets[8 : len(octets) - 2 * count - 1]


def item(key, value=None):
    """One item: its key as the table has it, and what is set or, of a range, (first, last)."""
    return key, value


def charge(amount, scale=-5):
    """What a charge that is for no commodity is set to."""
    return [[0, scale], [0, bytes(6), 0], [[b"", amount]]]


def place(key):
    """The class, logical name and number of a key."""
    object_class, name, use = key.split()
    group, _, rest = name.partition(":")
    octets = [int(part) for part in group.split("-") + rest.split(".")]
    return int(object_class).to_bytes(2, "big") + bytes(octets) + bytes((int(use[1:]),)), use[0]


def payload(code, role, items, counter=REFERENCE_COUNTER):
    """An access-request."""
    head = b"\xd9\x20" + (counter & 0xFFFFFF).to_bytes(3, "big") + b"\x00"
    specs, data = bytes((len(items),)), bytes((len(items),))
    objects = look_up(code, [key for key, _ in items], role)
    for (key, value), one in zip(items, objects):
        where, use = place(key)
        specs += bytes((_USES[use],)) + where
        if use == "r":
            column = (1, bytes.fromhex("00005e2c64ff"), 2, 0)
            specs += b"\x01" + axdr.encode(
                "{{u16o6i8u16}u32u32[n]}", [column] + list(value) + [[]]
            )
        data += axdr.encode(one.taken, value) if use in "sa" else b"\x00"
    return head + specs + data


def run(device, code, *items, fails_at=None, originator=EVERYBODY, now_s=bench.NOW_S):
    """Execute items under a use case as a transaction of the device."""
    execution = Execution(UseCase(code), originator, REFERENCE_COUNTER, now_s, fails_at)
    execution.device = bytes.fromhex("00db1234567890a0")
    execution.recipient = bytes.fromhex("90b3d51f30010000")
    execution.protect = lambda plaintext: MARK + plaintext + TAG
    asked = payload(code, device.data.role, items)
    answer = finish(carried_out(device, CosemServer(device), execution, asked))
    return Answer(answer, len(items), execution.failed)


def protected(key, names, first_s=None, last_s=None):
    """An item that reads attributes protected; names: keys of a table with the use p."""
    attributes = []
    for name in names:
        where, _ = place(name)
        restriction = (
            (0, None) if first_s is None else (1, (date_time(first_s), date_time(last_s)))
        )
        number = int.from_bytes(where[:2], "big")
        attributes.append((number, where[2:8], where[8], 0, restriction))
    parties = (2, (b"\x04" + bytes(8), bytes(8), bytes(8), b"", (2, (b"\x02", b""))))
    return key, (attributes, [parties])

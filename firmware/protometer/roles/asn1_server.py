"""Carries out the messages whose payload is ASN.1: each by its row here (GBCS 13, and 9, 11).

Topics have a module each, imported when one of its messages comes.
"""

from micropython import const

from ..crypto.der import GENERALIZED_TIME, NULL, DerError
from ..gbcs import asn1
from ..gbcs.date_time import NEVER_S
from ..gbcs.execution import PayloadError
from ..gbcs.generalized_time import parse_generalized
from .message_transaction import transacted
from .transaction import PARTLY

_CS02C = const(0x000A)
_CS02D = const(0x000B)
_CS02E = const(0x000C)
_CS04AC = const(0x000F)
_CS04B = const(0x0010)
_JOINS = (0x000D, 0x000E, 0x00AB, 0x00AF)
_UPDATES = tuple(range(0x0100, 0x010A)) + (0x0125, 0x0126)
# Topic and function(server, execution, payload), sliced, that returns the response's payload.
_METHODS = {
    0x0008: ("credentials", "provide"),
    0x011B: ("credentials", "provide"),
    _CS02C: ("own_credentials", "issue"),
    _CS02D: ("own_credentials", "take"),
    _CS02E: ("own_credentials", "give"),
    _CS04AC: ("devices", "unjoin"),
    _CS04B: ("devices", "unjoin"),
    0x0012: ("firmware", "activate"),
    0x0013: ("devices", "read_log"),
    0x007F: ("clock", "set_clock"),
    0x008C: ("devices", "restore_log"),
    0x0129: ("firmware", "read_version"),
}
_METHODS.update(dict.fromkeys(_JOINS, ("devices", "join")))
_METHODS.update(dict.fromkeys(_UPDATES, ("credentials", "update")))
# What each answers where its hardware fails: keys or certificates that can't be made, written or
# read, a log that can't be written, a link key that is not agreed.
_HARDWARE_FAULTS = {
    _CS02C: (2, 3),
    _CS02D: (6, 7),
    _CS02E: (3,),
    _CS04AC: (2,),
    _CS04B: (2,),
}
_HARDWARE_FAULTS.update(dict.fromkeys(_JOINS, range(5, 14)))


class Asn1Server:
    """Executes them for a device: data, transact(), perform(), clock, devices as a Meter's.

    anchors, keys: of its Engine; identifier(): its entity identifier.
    """

    def __init__(self, device, anchors, keys, identifier):
        self.device = device
        self.anchors = anchors
        self.keys = keys
        self.identifier = identifier

    def execute(self, execution, payload):
        """Return, sliced, the response's payload; PayloadError where the command's is none."""
        code = execution.use_case.code
        if code not in _METHODS:
            raise PayloadError("message code %04x: not of this device" % code)
        if execution.fails_at is not None and code in _HARDWARE_FAULTS:
            return (yield from self._hardware_failed(execution, _HARDWARE_FAULTS[code]))
        topic, function = _METHODS[code]
        try:
            return (yield from getattr(_module(topic), function)(self, execution, payload))
        except DerError as error:
            raise PayloadError(str(error))

    def run_due(self, now_s):
        """Carry out, sliced, the update of credentials that has fallen due; None if none has.

        Returns (message code, entity, payload) of the alert for who authorised it.
        """
        return _module("credentials").run_due(self, now_s)

    def transact(self, execution, work=None):
        """Run, sliced, work() as one transaction; it sets execution.failed. None does nothing."""

        def run():
            if work:
                yield from work()
            return not execution.failed

        return transacted(self.device, execution, run)

    def keep(self, execution, work):
        """Do as transact(), but keep what was done where work() sets execution.failed."""

        def run():
            yield from work()
            return PARTLY if execution.failed else True

        return transacted(self.device, execution, run)

    def _hardware_failed(self, execution, answers):
        """Answer as where the hardware fails: fails_at says which of it, the first if it can't."""
        execution.failed = True
        yield from self.transact(execution)
        answer = execution.fails_at
        return asn1.integer(answer if answer in answers else answers[0])


def _module(topic):
    """Import and return the module of a topic."""
    # By name, for a bundle is made of what is imported.
    if topic == "credentials":
        from . import asn1_credentials as module
    elif topic == "own_credentials":
        from . import asn1_own_credentials as module
    elif topic == "devices":
        from . import asn1_devices as module
    elif topic == "firmware":
        from . import asn1_firmware as module
    else:
        from . import asn1_clock as module
    return module


def expect_null(reader):
    """Take a NULL, with nothing behind it, or raise DerError."""
    if len(reader.take(NULL)):
        raise DerError("DER: a NULL with content")
    reader.end()


def take_time(reader):
    """Return the second that a GeneralizedTime says, NEVER_S at most, or raise DerError."""
    try:
        at_s = parse_generalized(reader.take(GENERALIZED_TIME))
    except ValueError as error:
        raise DerError(str(error))
    return min(at_s, NEVER_S)

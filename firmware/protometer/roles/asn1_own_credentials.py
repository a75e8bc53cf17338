"""A device's own credentials: a key pair issued, a certificate taken, given (GBCS CS02c to e)."""

from micropython import const

from ..crypto.certificate import DIGITAL_SIGNATURE, KEY_AGREEMENT
from ..gbcs import asn1
from ..gbcs import device_certificates as own
from ..model import events

_DONE = const(0)
# Events of a certificate that is taken, and of one that is not, by key usage.
_REPLACED = {
    DIGITAL_SIGNATURE: (events.SIGNING_REPLACED, events.SIGNING_NOT_REPLACED),
    KEY_AGREEMENT: (events.AGREEMENT_REPLACED, events.AGREEMENT_NOT_REPLACED),
}


def issue(server, execution, payload):
    """Issue Security Credentials: a new key pair, and the request for its certificate."""
    data = server.device.data
    identifier = server.identifier()
    response, issued = yield from own.issue(data, payload, server.keys.random, identifier)

    def keep():
        data.keys_issued = issued
        yield

    yield from server.transact(execution, keep)
    return response


def take(server, execution, payload):
    """Update Device Certificate: the certificate of a key pair that was issued."""
    checked = own.check(payload, server.identifier(), server.keys)
    answer, usage = yield from checked
    execution.failed = answer != _DONE

    def keep():
        if not execution.failed:
            own.keep(server.device.data, usage, payload)
            server.keys.use_issued(usage)
        yield
        if usage in _REPLACED:
            event = _REPLACED[usage][int(execution.failed)]
            server.device.events.post(event, execution.now_s)

    yield from server.keep(execution, keep)
    return asn1.integer(answer)


def give(server, execution, payload):
    """Provide Device Certificate."""
    response = own.give(server.device.data, payload)
    yield from server.transact(execution)
    return response

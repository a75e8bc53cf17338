"""Credentials of remote parties, told and updated (GBCS CS02a, CS02b, CS02f, CS02g; 13.3 to 13.6).

What takes long, certificates and the multiples of their keys, is done before the transaction.
"""

from micropython import const

from ..crypto.certificate import DIGITAL_SIGNATURE
from ..gbcs import asn1
from ..gbcs import provide_credentials as details
from ..gbcs import update_credentials as updates
from ..gbcs.date_time import NEVER_S
from ..gbcs.execution import PayloadError
from ..gbcs.generalized_time import generalized
from ..model import events
from .transaction import PARTLY

_EUI = const(8)
_ALERT_CS02B = const(0x00CB)
_ALERT_CS02G = const(0x0124)


def provide(server, execution, payload):
    """Provide Security Credential Details."""
    response = yield from details.provide(execution, server.anchors, payload)
    yield from server.transact(execution)
    return response


def update(server, execution, payload):
    """Update Security Credentials, at once or at a date."""
    asked = yield from updates.read(payload)
    if not asked.is_for(execution.use_case.code) or asked.role != execution.role:
        raise PayloadError("credentials: mode %d in another message" % asked.mode)
    if asked.counter != execution.counter:
        raise PayloadError("credentials: the counter is not the message's")
    if asked.at_s is not None:
        yield from server.transact(execution, lambda: _kept(server.device.data, asked, payload))
        return asn1.sequence(asn1.NULL_ELEMENT)
    fails = execution.fails_at is not None
    replacements = yield from _ready(server, asked, execution.now_s, fails)
    yield
    outcome = None

    def replace():
        nonlocal outcome
        outcome = yield from _replaced(server, asked, replacements, execution.now_s)
        execution.failed = None in replacements

    yield from server.keep(execution, replace)
    return asn1.sequence(asn1.NULL_ELEMENT, outcome)


def run_due(server, now_s):
    """Carry out, sliced, the update that has fallen due; see Asn1Server."""
    data = server.device.data
    at_s = data.pending_credentials_s
    if now_s < at_s or not data.pending_credentials:
        return None
    asked = yield from updates.read(data.pending_credentials)
    cell = server.anchors.cell(asked.role, DIGITAL_SIGNATURE)
    entity = cell.entity if cell else bytes(_EUI)
    replacements = yield from _ready(server, asked, now_s, False)
    good = None not in replacements
    outcome = None

    def replace():
        nonlocal outcome
        data.pending_credentials = b""
        data.pending_credentials_s = NEVER_S
        outcome = yield from _replaced(server, asked, replacements, now_s)
        return good or PARTLY

    if not (yield from server.device.transact(replace, asked.message_code(), now_s)):
        raise OSError("the memory can't keep credentials")
    event = events.FUTURE_COMMAND_DONE if good else events.FUTURE_COMMAND_NOT_DONE
    code = _ALERT_CS02G if asked.is_of_load_controller() else _ALERT_CS02B
    return code, entity, updates.alert_payload(event, at_s, outcome)


def _kept(data, asked, payload):
    """Keep an update for its date, in place of one before; never cancels that."""
    cancelled = asked.at_s >= NEVER_S
    data.pending_credentials = b"" if cancelled else bytes(payload)
    data.pending_credentials_s = NEVER_S if cancelled else asked.at_s
    yield


def _ready(server, asked, now_s, fails):
    """Return, sliced, the packed cell of each replacement, None where it is not to be trusted."""
    now_text = generalized(now_s).decode()
    outcomes = yield from updates.trusted(asked, server.anchors, now_text)
    if fails:
        outcomes = [False] * len(outcomes)
    return (yield from updates.packed(asked, outcomes))


def _replaced(server, asked, replacements, now_s):
    """Replace, sliced, cells within a transaction; return the ExecutionOutcome."""
    device, anchors = server.device, server.anchors
    if updates.changes_supplier(asked, anchors, replacements) and hasattr(
        device, "change_supplier"
    ):
        # A meter keeps what the Supplier that goes will bill.
        device.change_supplier(now_s)
        yield
    before = updates.entities(anchors)
    yield
    outcome = yield from updates.replace(asked, anchors, replacements)
    yield
    updates.set_floors(asked, anchors, device.data, before)
    yield
    if any(replacements):
        device.events.post(events.CREDENTIALS_UPDATED, now_s)
    return outcome

"""A Command of one device to another, and its answer: message type SME.C.PPMID-GSME of GBCS.

What protects them is the key that the two devices agree on, each by the certificate that it was
given of the other; no remote party takes part.
"""

from ..crypto.certificate import KEY_AGREEMENT
from .engine import Refusal
from .envelope import (
    COMMAND,
    RESPONSE,
    EnvelopeError,
    Message,
    encode_general_signing,
    encode_signed_part,
    parse,
)


def command(engine, entity, code, payload):
    """Return, sliced, (counter, octets) of a Command from an Engine's device to another.

    The counter is durable before the octets are there; None where the memory can't keep it.
    """
    counter = engine.next_counter()
    if not (yield from engine.use_counter(counter)):
        return None
    yield
    message = Message()
    message.kind, message.counter, message.code = COMMAND, counter, code
    message.originator, message.target = engine.identifier(), entity
    message.payload = payload
    whole = encode_general_signing(encode_signed_part(message))
    cell = engine.anchors.of_entity(entity, KEY_AGREEMENT)
    return counter, (yield from engine.authenticated(message, whole, cell))


def answer(engine, octets, entity, code, counter):
    """Return, sliced, the payload of the answer to such a Command, by its code and counter.

    Refusal, in the Engine's order of checks, for all that is no authentic answer to it.
    """
    try:
        message = parse(octets)
    except EnvelopeError:
        raise Refusal("format")
    if message.kind != RESPONSE or message.date_time:
        raise Refusal("format")
    if message.target != engine.identifier():
        raise Refusal("target")
    if message.originator != entity:
        raise Refusal("originator")
    if (message.code, message.counter) != (code, counter):
        raise Refusal("replay")
    yield
    if message.mac is None or message.signature:
        raise Refusal("mac")
    yield from engine.verify_mac(message, engine.anchors.of_entity(entity, KEY_AGREEMENT))
    return bytes(message.payload)


def is_answer(octets):
    """Tell whether octets are a response, well formed so far."""
    try:
        return parse(octets).kind == RESPONSE
    except EnvelopeError:
        return False

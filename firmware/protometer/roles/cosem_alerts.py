"""The Alert of the Billing Data Log of electricity: its newest entry, encrypted (GBCS ECS68)."""

from ..gbcs import axdr
from ..gbcs.cosem_objects import PROTECTED, TYPES, look_up
from ..kernel.slices import sliced
from .cosem_logs import encode_readings
from .cosem_protected import encode_structure, protected

_CODE = 0x0061
_BUFFER = PROTECTED + "2"


def billing_content(meter, protect):
    """Return, sliced, the protected attribute as a data; None where the log is empty."""
    key = "7 0-0:98.1.0.255 " + _BUFFER
    name = look_up(_CODE, [key], meter.data.role)[0].argument
    log = meter.logbook.named(name)
    entries = [entry for entry in log.entries(log.next_number() - 1, 1) if entry]
    if not entries:
        return None
    plaintext = encode_structure([(yield from encode_readings(meter.data, name, entries))])
    sealed = yield from sliced(protect(plaintext))
    answer = protected(protect.counter, protect.originator, protect.recipient, sealed)
    return (yield from axdr.encode_in_slices(TYPES["protected"].partition(">")[2], answer))

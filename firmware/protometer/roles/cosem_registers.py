"""Registers of an electricity meter that remote parties read together (GBCS ECS17b-e)."""

from micropython import const

from ..gbcs import axdr
from ..tariff.blocks import BLOCKS

# Units of DLMS.
_W = const(27)
_WH = const(30)
_VARH = const(32)


def _wh(bank):
    return [bank.wh(index) for index in range(len(bank))]


def by_block(values):
    """Return what is held by TOU and block in the order of blocks and TOU."""
    return [values[at] for block in range(BLOCKS) for at in range(block, len(values), BLOCKS)]


def imports(run, argument, value):
    """Return the import registers: active, reactive and, of a twin element, secondary active."""
    data = run.data
    template = "{u32{i8e}u32{i8e}}"
    values = [data.active_import_register.wh(0), (0, _WH)]
    values += [data.reactive_import_register.wh(0), (0, _VARH)]
    if "T" in data.role:
        template = "{u32{i8e}u32{i8e}u32}"
        values.append(data.secondary_active_import_register.wh(0))
    return axdr.encode_in_slices(template, values)


def power(run, argument, value):
    """Return Active Power Import, of the meter and of its (first) element."""
    data = run.data
    total_w = data.active_power_import_w
    primary_w = data.primary_active_power_import_w if "T" in data.role else total_w
    return [total_w, (0, _W), primary_w]


def rates(run, argument, value):
    """Return the Tariff TOU Register Matrix, and that of the secondary element."""
    data = run.data
    values = [_wh(data.tariff_tou_registers)]
    if "T" in data.role:
        values.append(_wh(data.secondary_tou_registers))
    return axdr.encode_in_slices("{" + "[u32]" * len(values) + "}", values)


def blocks(run, argument, value):
    """Return the Tariff TOU Block Register Matrix, then the Tariff Block Counter Matrix."""
    data = run.data
    registers, counters = _wh(data.tariff_block_registers), _wh(data.tariff_block_counters)
    return axdr.encode_in_slices("{[u32]}", [by_block(registers) + by_block(counters)])

"""Logs and registers that remote parties read by DLMS."""

import struct

from tests.gbcs.live_read import Read

_BLOCKS, _ROWS = 4, 8


def _log(argument):
    return Read([f"log {argument}"], lambda device, since_s: device.entries(argument, since_s))


def _events(argument):
    def value(device, since_s):
        entries = device.entries(argument, since_s)
        if argument == "Event Log":
            # The Command that reads is logged behind what it reads.
            entries = entries[:-1]
        return [(at_s, code, struct.pack(">Q", detail)) for at_s, code, detail in entries]

    return Read([f"log {argument}"], value)


def _readings(argument):
    def value(device, since_s):
        answer = []
        for entry in device.entries(argument, since_s):
            *others, blocks = device.registers(entry[1])
            # Imports, then rates, of each element.
            registers = [one for bank in others for one in bank] + by_block(blocks)
            answer.append((entry[0], *registers, *entry[2:]))
        return answer

    return Read([f"log {argument}"], value)


def by_block(values):
    """Return a matrix of rows with four blocks each, block by block."""
    return [values[_BLOCKS * row + block] for block in range(_BLOCKS) for row in range(_ROWS)]


def _joined(argument):
    names = argument.split(", ")

    def value(device, since_s):
        others = [dict(device.entries(name, since_s)) for name in names[1:]]
        return [
            (at_s, first, *[other[at_s] for other in others])
            for at_s, first in device.entries(names[0], since_s)
        ]

    return Read(["logs " + argument], value)


def _half_hours(argument):
    both = _joined(argument + ", Profile Data Log Secondary Active Import")
    alone = _log(argument)

    def value(device, since_s):
        return (both if "T" in device.letters else alone).value(device, since_s)

    return Read([f"half-hours {argument}"], value)


def _exports(argument):
    return Read(
        [f"log {argument}"],
        lambda device, since_s: [
            (at_s, 1000 * kwh + wh) for at_s, kwh, wh in device.entries(argument, since_s)
        ],
    )


def _switched(argument):
    return Read(
        [f"log {argument}"],
        lambda device, since_s: [
            (at_s, 256 * switch + action, outcome, number)
            for at_s, switch, action, outcome, number in device.entries(argument, since_s)
        ],
    )


def _imports(argument):
    def value(device, since_s):
        answer = [device.value("active_import_register[0]"), [0, 30]]
        answer += [device.value("reactive_import_register[0]"), [0, 32]]
        if "T" in device.letters:
            answer.append(device.value("secondary_active_import_register[0]"))
        return answer

    places = ["active_import_register[0]", "reactive_import_register[0]"]
    return Read([*places, "secondary_active_import_register[0]"], value)


def _power(argument):
    def value(device, since_s):
        front_end = device.bench.front_end
        both_w = front_end.power_w
        if "T" in device.letters:
            both_w += front_end.secondary_power_w
        return [both_w, [0, 27], front_end.power_w]

    return Read(["power", "secondary power"], value)


def _rates(argument):
    def value(device, since_s):
        answer = [device.wh("tariff_tou_registers")]
        return answer + ([device.wh("secondary_tou_registers")] if "T" in device.letters else [])

    return Read(["tariff_tou_registers[*]", "secondary_tou_registers[*]"], value)


def _blocks(argument):
    names = "tariff_block_registers", "tariff_block_counters"
    return Read(
        [f"{name}[*]" for name in names],
        lambda device, since_s: [[wh for name in names for wh in by_block(device.wh(name))]],
    )


READS = {
    "log": _log,
    "logs.events": _events,
    "logs.readings": _readings,
    "logs.exports": _exports,
    "logs.half_hours": _half_hours,
    "logs.joined": _joined,
    "logs.switched": _switched,
    "registers.imports": _imports,
    "registers.power": _power,
    "registers.rates": _rates,
    "registers.blocks": _blocks,
}

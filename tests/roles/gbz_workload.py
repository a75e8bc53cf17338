"""Feeds messages of GBZ to a gas meter and prints what it answers; runs on any runtime."""

from binascii import hexlify

from host_tools.node.message_bench import MessageBench
from protometer.gbcs import gbz, use_case
from protometer.gbcs.execution import Execution, PayloadError
from protometer.kernel.slices import finish
from protometer.model import command as commands
from protometer.roles.gbz_server import GbzServer
from protometer.roles.message_transaction import carried_out

_NOW_S = 757_386_000  # 2024-01-01T01:00:00Z


def _component(cluster, control, sequence, command, payload):
    return gbz.Component(cluster, control, sequence, command, bytes.fromhex(payload))


def _messages():
    now, zero = "804a371c", "00000000"
    billing = zero + now + "8019272d" + "010000" + "22" + "00"
    block = zero + now + "8019272d" + "010000" + "02" + "22" + "00" + "01"
    yield 0x7E, ((0x0700, 9, 9, billing), (0x0700, 9, 1, block))
    yield 0x9D, ((0x0700, 1, 0x0B, zero + "ffffffff" + "01" + "00"),)
    yield (
        0x7C,
        (
            (0x0700, 9, 2, now + zero + "788f010050"),
            (0x0700, 9, 3, now + zero + "900100000110"),
        ),
    )
    yield 0x7B, ((0x0700, 0, 0, "06030503040303030203"), (0x0702, 0, 0, "130b100b140b150b"))
    yield 0x86, ((0x0705, 1, 5, now + zero + "00" + "50c3ffff"),)
    yield 0x75, ((0x0700, 0, 0, "17061606"), (0x0705, 0, 0, "0500020001003102"))
    yield 0x87, ((0x0708, 9, 3, now + zero + zero + "0a31323334353637383930"),)
    yield 0x89, ((0x0702, 0, 0, "0703"),)
    yield 0xF1, ((0x0708, 9, 5, "ff81"),)
    yield 0x14, ((0x0709, 1, 0, "13" + "0000" + zero + "feffffff" + "00" + "0000"),)
    yield 0x97, ((0x0705, 1, 4, "00" + "14" + "3132333435363738393130313231333134313536"),)


def _answer(bench, code, octets):
    """Print what a payload is answered with."""
    execution = Execution(use_case.find(code), commands.SUPPLIER, 1, _NOW_S)
    execution.protect = bytes
    try:
        server = GbzServer(bench.device)
        answer = finish(carried_out(bench.device, server, execution, octets))
        print(f"{code:04x}", not execution.failed, hexlify(answer).decode())
    except PayloadError as error:
        print(f"{code:04x}", error)


def _run():
    bench = MessageBench("GSME", "G", _NOW_S)
    for code, asked in _messages():
        components = [
            _component(cluster, control, number, command, payload)
            for number, (cluster, control, command, payload) in enumerate(asked)
        ]
        payload = gbz.encode(components)
        for octets in (payload, payload[:-1], payload + b"\x00"):
            _answer(bench, code, octets)
    data = bench.data
    print(data.meter_balance_mp, data.meter_point_reference_number, data.conversion_factor)
    print(data.billing_calendar_period, data.billing_calendar_start_s, data.billing_issued)


_run()

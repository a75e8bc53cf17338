"""A Communications Hub by DLMS: what is sent, and what becomes of it."""

from host_tools.node.cosem_requests import item
from tests.gbcs.live_draw import Command

_LOG = "104 0-0:30.3.0.255 "


def hub_add(device, draw, at, code):
    entity, install_code = draw.octets("entity", 8), draw.octets("install code", 16)
    timeout_s = draw.number("timeout", 1, 3_600)
    items = [
        item(_LOG + "a1", (entity, 1, install_code, 0)),
        item(_LOG + "s3", timeout_s),
        item(_LOG + "s2", True),
    ]

    def after(device):
        assert [row[0] for row in device.hub_log("hub_device_log")] == [entity]
        assert device.ask_cosem(0x0004, [item(_LOG + "g4")])[0][1][0][0] == entity

    holds = {"hub_join_timeout_s": timeout_s, "hub_joining_until_s": device.now_s + timeout_s}
    return Command(items, holds, after=after)


def hub_remove(device, draw, at, code):
    log = bytes(range(48))
    device.put("hub_device_log", log)
    gone = draw.choice("entity", 0, 24)
    return Command(
        [item(_LOG + "a2", log[gone : gone + 8])],
        {"hub_device_log": log[:gone] + log[gone + 24 :]},
    )


def hub_restore(device, draw, at, code):
    device.put("hub_device_log", bytes(range(24)))
    device.put("hub_extended_pan", bytes(range(8)))
    pan = draw.octets("pan", 8)
    entities = [(draw.octets(f"entity {n}", 8), draw.octets(f"hash {n}", 16)) for n in (0, 1)]
    holds = {
        "hub_device_log": b"".join(one + two for one, two in entities),
        "hub_extended_pan": pan,
        "hub_historic_log": bytes(range(24)),
        "hub_historic_pan": bytes(range(8)),
    }
    return Command([item(_LOG + "a5", (pan, entities))], holds)


def sub_ghz(device, draw, at, code):
    masks = [draw.octets(f"mask {n}", 4) for n in range(4)]
    settings = [draw.number(f"setting {n}", 0, 255) for n in range(11)]
    value = [[32, mask] for mask in masks] + settings
    key = "1 0-0:94.44.10.0 "
    return Command([item(key + "s2", value)], reads=[(0x010C, key + "g2", value)])


def sub_ghz_scan(device, draw, at, code):
    scanned = []
    device.device.on_scan = lambda: scanned.append(True)
    return Command([item("1 0-0:94.44.10.1 s2", 0)], after=lambda device: _is([True], scanned))


def _is(expected, found):
    assert found == expected


SETS = {
    0x0001: hub_add,
    0x0002: hub_remove,
    0x0003: hub_restore,
    0x010D: sub_ghz,
    0x010E: sub_ghz_scan,
}

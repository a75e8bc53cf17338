"""Access-requests executed on a meter and a hub; every runtime must print the same."""

import gc
from binascii import hexlify

from host_tools.node import gbcs_bench as bench
from host_tools.node.cosem_requests import AT_ONCE, TARIFF_DATES, charge, item, protected, run
from protometer.gbcs import axdr
from protometer.gbcs.date_time import date_time


def show(name, answer):
    print(name, answer.failed, hexlify(answer.octets).decode())
    gc.collect()


def tariff():
    """Items of Set Tariff: two seasons, a special day, blocks."""
    scripts = bytes((0, 0, 10, 0, 100, 255))
    seasons = [(b"a", b"\xff\xff\4\1\xff\0\0\0\0\x80\0\xff", b"1")]
    seasons.append((b"bcdefghi", b"\xff\xff\x0a\1\xff\0\0\0\0\x80\0\xff", b"22"))
    days = [
        (1, [(bytes(4), scripts, 1), (b"\7\0\0\0", scripts, 102)]),
        (7, [(bytes(4), scripts, 2)]),
    ]
    prices = [(bytes((n,)), 100 * n) for n in range(1, 49)]
    prices += [(bytes((0xA1 + 16 * b + t,)), b - t) for b in range(4) for t in range(8)]
    items = [
        item("20 0-0:13.0.0.255 s7", seasons),
        item("20 0-0:13.0.0.255 s8", [[b"1"] + [1] * 7, [b"22"] + [1] * 6 + [7]]),
        item("20 0-0:13.0.0.255 s9", days),
        item("11 0-1:11.0.0.255 s2", [(1, b"\xff\xff\x0c\x19\xff", 7)]),
    ]
    for n in range(11, 19):
        items.append(item("21 0-0:16.1." + str(n) + ".255 s2", [1000 * n, 0xFFFF_FFFF]))
    items += [
        item("9000 0-0:94.44.2.0 s4", True),
        item("113 0-0:19.20.4.255 s6", charge(20)),
        item(
            "113 0-0:19.20.0.255 s6",
            ((3, -5), (3, b"\1\0\1\x08\0\xff", 2), prices),
        ),
    ]
    return items + [item(key, AT_ONCE) for key in TARIFF_DATES]


meter = bench.esme("ELB")
show("tariff", run(meter, 0x0019, *tariff()))
gets = ("20 0-0:13.0.0.255 g3", "20 0-0:13.0.0.255 g4", "20 0-0:13.0.0.255 g5")
gets += ("11 0-0:11.0.0.255 g2", "21 0-0:16.0.11.255 g2", "113 0-0:19.20.0.255 g5")
show("tariff read", run(meter, 0x003A, *[item(key) for key in gets]))
window = run(meter, 0x002C, item("10 0-0:12.0.0.255 g2"))
show("window", window)
show("write", run(meter, 0x0025, item("9000 0-0:96.13.1.255 s2", b"Supplier")))
show("refused", run(meter, 0x0025, item("9000 0-0:96.13.1.255 s2", b"\xff\xfe")))
show("fault", run(meter, 0x004B, item("1 0-0:94.44.0.1 s2", 9), fails_at=0))
later = item("9000 0-0:94.44.128.7 s6", date_time(bench.NOW_S + 60))
show("later", run(meter, 0x0043, item("9000 0-0:94.44.128.7 s4", 5000), later))
meter.step(bench.NOW_S + 60)
print(meter.data.load_limit_power_threshold_w, meter.take_fulfilled())
rates = protected("30 0-0:43.2.9.255 a1", ["1 0-0:94.44.34.1 p2"])
show("protected", run(meter, 0x0029, item(*rates)))
readings = protected("30 0-0:43.2.5.255 a1", ["7 0-0:98.1.9.255 p2"], 1, bench.NOW_S)
show("readings", run(meter, 0x0033, item(*readings)))
show("events", run(meter, 0x0048, item("7 0-0:99.98.0.255 r2", (0, 0xFFFF_FFFF))))
show("script", run(meter, 0x0055, item("9 0-0:10.0.103.255 a1", 0x0220)))
dates = [(bytes(4), bytes((255, 255, month, 1, 255))) for month in (1, 4, 7, 10)]
show("billing", run(meter, 0x00D7, item("22 0-0:15.0.0.255 s4", dates)))
show("dates", run(meter, 0x00D9, item("22 0-0:15.0.0.255 g4")))
show("mask", run(meter, 0x00AC, item("1 0-30:97.98.11.255 s2", (512, bytes(range(64))))))
hub = bench.hub()
add = item("104 0-0:30.3.0.255 a1", (bytes(range(8)), 1, bytes(16), 0))
show("add", run(hub, 0x0001, add))
show("devices", run(hub, 0x010F, item("104 0-0:30.3.0.255 g4")))
show("backup", run(hub, 0x00FE, item("104 0-0:30.3.0.255 a4")))
print(axdr.take(b"\x05\xff\xff\xff\xfe", 0, "i32"))

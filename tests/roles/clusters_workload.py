"""Commands of clusters, asked of a meter over the air; every runtime must print the same."""

import sys
from binascii import hexlify, unhexlify

from host_tools.node.bench import Bench
from protometer.han import zcl
from protometer.han.cluster_command import find
from protometer.model.command import ACCESS_CONTROL_BROKER, SUPPLIER

START_S = 380_332_860  # 2012-01-20T00:01:00Z
METER = 1
DISPLAY_EUI = "00db1234567890a2"
TARIFF = {
    "seasons": [[0xFFFF, 1, 1, 0]],
    "weeks": [[0, 0, 0, 0, 0, 1, 1]],
    "days": [[[0, 0], [420, 1]], [[0, 48]]],
    "special_days": [[0xFFFF, 12, 25, 1]],
    "prices": [1495, 2853],
    "price_scale": -4,
    "block_prices": [[1, 2, 3, 4]],
    "block_thresholds": [[1000, 2000, 3000]],
    "standing_charge": 100,
    "standing_charge_scale": -4,
}
# cluster, command, values
ASKED = (
    (0x0705, "SelectAvailableEmergencyCredit", {"originatingDevice": 2}),
    (0x0705, "ConsumerTopUp", {"originatingDevice": 2, "topUpCode": b"73941569907863060480"}),
    (0x0705, "GetTopUpLog", {"latestEndTime": START_S + 9999, "numberOfRecords": 0}),
    (0x0702, "LocalChangeSupply", {"proposedSupplyStatus": 1}),
    (0x0702, "LocalChangeSupply", {"proposedSupplyStatus": 2}),
    (0x0702, "GetProfile", {"intervalChannel": 0, "endTime": 0, "numberOfPeriods": 2}),
    (
        0x0702,
        "GetSnapshot",
        {
            "earliestStartTime": 0,
            "latestEndTime": START_S + 9999,
            "snapshotOffset": 0,
            "snapshotCause": 3,
        },
    ),
    (0x0700, "GetTariffInformation", {"tariffType": 0}),
    (0x0700, "GetPriceMatrix", {"issuerTariffId": 0}),
    (0x0700, "GetBlockThresholds", {"issuerTariffId": 0}),
    (0x0700, "GetScheduledPrices", {"startTime": START_S, "numberOfEvents": 3}),
    (0x0700, "GetTierLabels", {"issuerTariffId": 0}),
    (0x0700, "GetConversionFactor", {}),
    (0x0703, "GetLastMessage", {}),
    (0x0707, "GetCalendar", {"calendarType": 0}),
    (0x0707, "GetDayProfiles", {"startDayId": 1, "numberOfDays": 0}),
    (0x0707, "GetWeekProfiles", {"startWeekId": 1, "numberOfWeeks": 1}),
    (0x0707, "GetSeasons", {}),
    (0x0707, "GetSpecialDays", {}),
    (
        0x0709,
        "GetEventLog",
        {
            "eventControlLogId": 0,
            "eventId": 0,
            "startTime": 0,
            "endTime": 0,
            "numberOfEvents": 3,
            "eventOffset": 1,
        },
    ),
    (0x0708, "GetSiteId", {}),
    (0x0708, "GetCIN", {}),
)


class Told:
    """Prints what comes to the display's stack of its requests."""

    def __init__(self, stack):
        self._inner = stack._from_cluster
        stack._from_cluster = self.take

    def take(self, source, cluster, octets, sealed_with):
        """Print an answer of the meter's, unless the display itself has asked for it."""
        control, sequence, command, payload = zcl.decode(octets)
        if sequence == 0xEE:
            print(f"  0x{control:02x} 0x{command:02x} {hexlify(payload).decode()}")
        else:
            self._inner(source, cluster, octets, sealed_with)


def ask(bench, stack):
    """Ask everything, one after the other."""
    now_s = START_S + 4_000
    for cluster, name, values in ASKED:
        command = find(cluster, False, name)
        print(name)
        control = zcl.CLUSTER_SPECIFIC
        frame = zcl.frame(control, 0xEE, command.identifier, command.encode(values))
        stack._send(METER, cluster, frame)
        now_s += 1
        bench.run_until(now_s)


def loaded():
    """Return which clusters' code is in memory."""
    package = "protometer.roles.cluster_"
    return sorted(name[len(package) :] for name in sys.modules if name.startswith(package))


def main():
    """Give a meter a tariff, a message and a PPMID, and ask it everything."""
    bench = Bench(START_S, ("ESME", "IHD", "CH"), lambda device, code, at_s: None, lambda: 0)
    bench.run_until(START_S + 3)
    meter = bench.devices["ESME"].role
    write = "Write Configuration Data"
    device = {"identifier": unhexlify(DISPLAY_EUI), "type": 1}
    for name, arguments, by in (
        ("Set Tariff", {"tariff": TARIFF}, SUPPLIER),
        (write, {"item": "Supplier Message", "value": "Hello"}, SUPPLIER),
        (write, {"item": "MPAN Import Primary", "value": "1234567890123"}, SUPPLIER),
        ("Add Device Security Credentials", device, ACCESS_CONTROL_BROKER),
        ("Disable Supply", {}, SUPPLIER),
        ("Arm Supply", {}, SUPPLIER),
    ):
        meter.execute(name, arguments, by, START_S + 3)
    bench.run_until(START_S + 4_000)
    stack = bench.devices["IHD"].role.stack
    Told(stack)
    ask(bench, stack)
    print(loaded(), meter.data.supply_state)


main()

"""The Gas Proxy Function: it tells remote parties what the meter told it, and displays less."""

import pytest

from host_tools.node.ram_memory import RamFiles
from protometer.gbcs import gbz, use_case
from protometer.gbcs.execution import Execution
from protometer.han import zcl
from protometer.han.zcl_types import kind_of, put_uint, put_value
from protometer.kernel.clock import VirtualClock
from protometer.kernel.slices import finish
from protometer.model import command as commands
from protometer.roles.gas_proxy_function import GasProxyFunction
from protometer.roles.gbz_server import GbzServer
from protometer.roles.message_transaction import carried_out
from tests.roles.gbz_stand import (
    EVENTS,
    MANAGEMENT,
    METERING,
    PREPAYMENT,
    PRICE,
    ask,
    encoded,
    publish,
    read,
    told,
)
from tests.roles.meter_stand import DAY_S, NEW_YEAR_S

TODAY, YESTERDAY, BEFORE = 0x0C01, 0x0C03, 0x0C20
LOG = "Daily Consumption Log"


class Proxy:
    """A Gas Proxy Function and what it is told."""

    def __init__(self, now_s=NEW_YEAR_S + 3 * DAY_S + 60):
        self.files = files = RamFiles()
        self.now_s = now_s
        self.device = GasProxyFunction(files, files, VirtualClock(now_s, lambda: 0))
        self.data, self.mirror = self.device.data, self.device.mirror

    def tell(self, cluster, identifier, kind, value):
        octets = bytearray()
        put_uint(octets, identifier, 2)
        octets.extend(bytes((0, kind_of(kind))))
        put_value(octets, kind_of(kind), value)
        self.mirror.keep(cluster, zcl.READ_ATTRIBUTES_RESPONSE, octets)

    def tell_days(self, *days_wh):
        """The energy of yesterday and of the days before."""
        for back, wh in enumerate(days_wh):
            self.tell(METERING, YESTERDAY if not back else BEFORE + 2 * (back - 1), "u24", wh)

    def keep(self):
        self.device.keep(self.now_s)

    def log(self, name=LOG):
        return list(self.device.logbook.named(name).entries(0, 1 << 30))

    def shown(self, *identifiers):
        """What a display is answered: the octets behind each status and type."""
        question = b"".join(identifier.to_bytes(2, "little") for identifier in identifiers)
        return bytes(self.mirror.answer(METERING, question, self.now_s))

    def send(self, code, *asked, fails_at=None):
        execution = Execution(
            use_case.find(code), commands.SUPPLIER, 1, self.now_s, fails_at=fails_at
        )
        execution.protect = lambda plaintext: plaintext
        server = GbzServer(self.device)
        answer = finish(carried_out(self.device, server, execution, encoded(asked)))
        return gbz.decode(answer)


def test_days_are_logged_once_each_and_read():
    proxy = Proxy()
    midnight_s = proxy.now_s - 60
    proxy.tell_days(500, 400, 300)
    proxy.keep()
    proxy.keep()
    # The first time it knows of no earlier day that it missed.
    assert proxy.log() == [(midnight_s, 500)]
    proxy.now_s += 2 * DAY_S
    proxy.tell_days(700, 600, 500)
    proxy.keep()
    expected = [(midnight_s + day * DAY_S, wh) for day, wh in enumerate((500, 600, 700))]
    assert proxy.log() == expected
    values = {
        "sampleId": 1,
        "earliestSampleTime": midnight_s + 1,
        "sampleType": 0,
        "numberOfSamples": 731,
    }
    (answer,) = proxy.send(0x00A0, ask(METERING, "GetSampledData", values))
    assert (answer.control, answer.sealed_as) == (0x19, 0)
    head = b"\x01\x00" + (midnight_s + DAY_S).to_bytes(4, "little") + b"\x00\xff\xff\x02\x00"
    assert answer.payload == head + bytes.fromhex("580200bc0200")
    values["earliestSampleTime"] = proxy.now_s
    (answer,) = proxy.send(0x00A0, ask(METERING, "GetSampledData", values))
    assert told(answer) == (0x08, "default", (8, 0x8B))


def test_of_days_that_the_meter_no_longer_tells_there_are_none():
    proxy = Proxy()
    proxy.tell_days(1)
    proxy.keep()
    proxy.now_s += 20 * DAY_S
    proxy.tell_days(*range(10, 18))
    proxy.keep()
    assert [wh for _, wh in proxy.log()] == [1, *range(17, 9, -1)]
    assert proxy.log()[-1][0] == proxy.now_s - 60


def test_what_the_meter_told_is_read_and_what_it_did_not_is_unsupported():
    proxy = Proxy()
    proxy.tell(METERING, 0x0A00, "u32", 77)
    (first, second) = proxy.send(0x008D, read(METERING, 0x0A00), read(PREPAYMENT, 0x0001))
    assert told(first) == (0x08, "attributes", {0x0A00: 77})
    assert told(second) == (0x08, "attributes", {1: (zcl.UNSUPPORTED_ATTRIBUTE, None)})
    (first, second) = proxy.send(
        0x012A, read(METERING, 0x0A00), read(PREPAYMENT, 0x0001), fails_at=0
    )
    assert told(first)[2] == {0x0A00: (0xC0, None)}
    assert told(second) == (0x08, "default", (0xFF, 1))


def test_displays_are_told_nothing_of_an_earlier_tenant():
    proxy = Proxy()
    proxy.tell_days(500, 400)
    proxy.tell(METERING, TODAY, "u24", 300)
    assert proxy.shown(TODAY, YESTERDAY, BEFORE).hex() == (
        "010c00222c0100030c0022f40100200c0022900100"
    )
    values = {
        "tariffType": 0,
        "implementationDateTime": proxy.now_s - DAY_S - 60,
        "proposedTenancyChangeControl": 0x200,
    }
    (answer,) = proxy.send(0x0072, publish(MANAGEMENT, "PublishChangeOfTenancy", values))
    assert told(answer) == (0x00, "default", (0, 0))
    # Yesterday is the tenant's, the day before is not.
    assert proxy.shown(TODAY, YESTERDAY, BEFORE).hex() == (
        "010c00222c0100030c0022f40100200c0022ffffff"
    )
    # It binds displays alone.
    assert proxy.mirror.value(METERING, BEFORE) == 400


def test_its_own_log_is_read_and_cleared():
    proxy = Proxy()
    proxy.device.events.post(0x81A2 + 2, proxy.now_s)
    proxy.device.commit()
    values = {
        "eventControlLogId": 0x13,
        "eventId": 0,
        "startTime": 0,
        "endTime": 0xFFFF_FFFE,
        "numberOfEvents": 0,
        "eventOffset": 0,
    }
    (answer,) = proxy.send(0x0014, ask(EVENTS, "GetEventLog", values))
    rows = told(answer)[2]["logPayload"]
    assert [row["eventId"] for row in rows] == [0x81A4]
    # The copy of the meter's, which it has not.
    values["eventControlLogId"] = 0x16
    (answer,) = proxy.send(0x0014, ask(EVENTS, "GetEventLog", values))
    assert told(answer) == (0x08, "default", (0, 0x8B))
    (answer,) = proxy.send(0x0015, ask(EVENTS, "ClearEventLogRequest", {"logId": 3}))
    assert told(answer)[2] == {"clearedEventsLogs": 8}
    codes = [entry[1] for entry in proxy.device.logbook.named("Event Log").entries(0, 99)]
    assert codes == [0x8154]


@pytest.mark.parametrize("name", ["ConsumerTopUp", "SelectAvailableEmergencyCredit"])
def test_commands_of_a_meter_are_not_its(name):
    proxy = Proxy()
    code = {"ConsumerTopUp": 0x0097, "SelectAvailableEmergencyCredit": 0x0070}[name]
    (answer,) = proxy.send(code, ask(PREPAYMENT, name, {"originatingDevice": 0}))
    assert told(answer)[1:] == ("default", (4 if code == 0x97 else 0, 0xC0))


def test_half_hours_are_the_differences_of_the_register():
    proxy = Proxy()
    for at_s, litres in ((0, 1000), (600, 1003), (1800, 1010), (5400, 1030), (7200, 1030)):
        proxy.now_s = NEW_YEAR_S + at_s
        proxy.tell(METERING, 0x0000, "u48", litres)
        proxy.keep()
    # Of the one between nothing was heard.
    told_l = [(NEW_YEAR_S + 1800, 10), (NEW_YEAR_S + 5400, 20), (NEW_YEAR_S + 7200, 0)]
    assert proxy.log("Profile Data Log") == told_l
    values = {
        "sampleId": 0,
        "earliestSampleTime": NEW_YEAR_S,
        "sampleType": 0,
        "numberOfSamples": 9,
    }
    (answer,) = proxy.send(0x0078, ask(METERING, "GetSampledData", values))
    assert answer.payload.hex().endswith("0400" + "0a0000" + "ffffff" + "140000" + "000000")


def snapshots(name, cluster, cause, count):
    times = {"earliestStartTime": 0, "latestEndTime": 0xFFFF_FFFE, "snapshotCause": cause}
    return [ask(cluster, name, {**times, "snapshotOffset": at}) for at in range(count)]


def test_each_day_is_read_and_in_prepayment_mode_its_money():
    proxy = Proxy()
    for day, mode in enumerate((0, 3, 3)):
        proxy.now_s = NEW_YEAR_S + day * DAY_S + 300
        proxy.tell(METERING, 0x0000, "u48", 5000 + day)
        proxy.tell(METERING, 0x0102, "u48", 77)
        proxy.tell(PREPAYMENT, 0x0000, "b16", mode)
        proxy.tell(PREPAYMENT, 0x0001, "s32", -3)
        proxy.keep()
    answers = proxy.send(0x0077, *snapshots("GetSnapshot", METERING, 1, 31))
    totals = [answer.payload[16:22].hex() for answer in answers if answer.sealed_as is not None]
    assert totals == ["881300000000", "891300000000", "8a1300000000"]
    assert answers[0].payload[29:35].hex() == "4d0000000000"
    answers = proxy.send(0x0096, *snapshots("GetPrepaySnapshot", PREPAYMENT, 1, 31))
    balances = [answer.payload[-4:].hex() for answer in answers if answer.sealed_as is not None]
    assert balances == ["fdffffff"] * 2


def test_a_billing_period_that_begins_and_what_changes_are_noticed():
    proxy = Proxy()
    for start_s, mode, price_mp in ((5, 0, 100), (5, 0, 100), (1005, 0, 100), (1005, 3, 200)):
        proxy.tell(PRICE, 0x0700, "utc", start_s)
        proxy.tell(PRICE, 0x0410, "u32", price_mp)
        proxy.tell(PREPAYMENT, 0x0000, "b16", mode)
        proxy.tell(METERING, 0x0000, "u48", 9)
        proxy.keep()
        proxy.now_s += 1
    assert [stamp for stamp, _ in proxy.log("Billing Data Log Billing Calendar")] == [1005]
    assert proxy.log("Billing Data Log Billing Calendar Balances") == []
    changes = proxy.log("Billing Data Log Mode Or Tariff Change")
    assert [(entry[0], entry[-1]) for entry in changes] == [
        (proxy.now_s - 1, 0x2000),
        (proxy.now_s - 1, 0x0008),
    ]


def test_a_log_that_fails_is_told_and_tried_again():
    proxy = Proxy()
    proxy.tell_days(500)
    proxy.files.broken = True
    proxy.keep()
    proxy.files.broken = False
    proxy.keep()
    assert [wh for _, wh in proxy.log()] == [500]

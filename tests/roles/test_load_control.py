"""An electricity meter and its HCALCS on one air: asked, controlled, answered (SMETS2 8.4)."""

import pytest

from host_tools.node.ram_memory import RamFiles
from protometer.han import cluster_command, zcl
from protometer.kernel.clock import VirtualClock
from protometer.kernel.scheduler import Scheduler
from protometer.model import command as originators
from protometer.model import events
from protometer.roles.assembly import ROLES
from protometer.supply.hcalcs import CLOSED
from tests.han.han_stand import EXTENDED, Radio, network
from tests.han.test_stack import heard_by
from tests.roles.clusters_stand import OnAir, SlowAir
from tests.roles.meter_stand import Switch

METER, SWITCH = 1, 2
METER_EUI, SWITCH_EUI = bytes.fromhex(EXTENDED[METER]), bytes.fromhex(EXTENDED[SWITCH])
DRLC, EM = 0x0701, 0x0706
SUCCESS, FAILURE = 1, 2
UNKNOWN = 0


class HcalcsOnAir:
    """An HCALCS, assembled as it is everywhere, on a radio of its own."""

    def __init__(self, clock):
        self.short = SWITCH
        self.clock = clock
        self.scheduler = Scheduler(clock)
        self.radio, self.switch = Radio(), Switch()
        self.memory = RamFiles()
        self.told = []
        parts = {"switch": self.switch, "memory": self.memory, "logs": self.memory}
        parts["radio"] = self.radio
        self.device = ROLES["HCALCS"](
            self.scheduler, parts, network(SWITCH), {}, lambda code, at_s: self.told.append(code)
        )
        self.stack = self.device.han.stack
        self.data = self.device.data


class House:
    """A meter with auxiliary loads, whose switch 1 is the HCALCS; both know each other."""

    def __init__(self, pairs=True):
        self.on_air = OnAir("EL", device_type=0)
        self.stand = self.on_air.stand
        self.hcalcs = HcalcsOnAir(VirtualClock(self.stand.now_s, lambda: 0))
        self.air = SlowAir(self.on_air, self.hcalcs)
        if pairs:
            self.stand.execute(
                "Add Device Security Credentials",
                originators.ACCESS_CONTROL_BROKER,
                identifier=SWITCH_EUI,
                type=1,
            )
            self.hcalcs.device.execute(
                "Add Device Security Credentials",
                {"identifier": METER_EUI},
                originators.ACCESS_CONTROL_BROKER,
                self.stand.now_s,
            )
            self.stand.execute("Set ALCS Or HCALCS", switch=1, identifier=SWITCH_EUI)

    def run(self, seconds):
        for _ in range(seconds):
            self.stand.step()
            # Half a second on, when the HAN has its turn.
            for clock in (self.stand.clock, self.hcalcs.clock):
                clock.set_utc(self.stand.now_s)
                clock.advance(500)
            self.air.settle()

    def heard(self):
        """Return the commands of the cluster on the air, by name."""
        names = []
        for node in (self.on_air, self.hcalcs):
            names.append(heard_by(node))
        return names

    def log(self):
        """Return (action, outcome) of the entries of the ALCS Event Log."""
        name = "Auxiliary Load Control Switch Event Log"
        return [(entry[2], entry[3]) for entry in self.stand.log(name)]


@pytest.mark.req("HCALCS-HC-07", "HCALCS-HC-08")
def test_it_asks_for_control_is_closed_and_confirms_the_event():
    house = House()
    to_meter, to_switch = house.heard()
    house.stand.execute("Set HCALCS Or ALCS State", switch=1, action=CLOSED, minutes=30)
    house.run(6)
    asked = [what[3] for what in to_meter if what[0] == DRLC and what[1] & 1]
    # Get Scheduled Events, and a Report Event Status for what it was told.
    assert asked.count(1) == 1
    assert asked.count(0) >= 1
    event = cluster_command.find(DRLC, True, 0).decode(to_switch[-1][4])
    assert (event["dutyCycle"], event["durationInMinutes"]) == (100, 30)
    assert house.hcalcs.data.switch_state == 1
    assert house.hcalcs.switch.position
    report = [what[4] for what in to_meter if what[0] == DRLC and what[3] == 0][-1]
    told = cluster_command.find(DRLC, False, 0).decode(report)
    assert (told["issuerEventId"], told["eventStatus"]) == (event["issuerEventId"], 2)
    assert (told["dutyCycleApplied"], told["signatureType"]) == (100, 0)
    assert house.log()[-1] == (0x00, SUCCESS)
    assert (CLOSED, UNKNOWN) in house.log()


@pytest.mark.req("HCALCS-HC-09")
def test_it_opens_when_its_time_is_over_and_asks_again():
    house = House()
    house.stand.execute("Set HCALCS Or ALCS State", switch=1, action=CLOSED, minutes=2)
    house.run(3)
    assert house.hcalcs.switch.position
    # The meter is silent from now on.
    house.air.nodes = (house.hcalcs,)
    to_meter = []
    house.on_air.radio.on_frame = lambda psdu, rssi, lqi: to_meter.append(psdu)
    house.run(60)
    assert house.hcalcs.switch.position
    house.run(61)
    assert not house.hcalcs.switch.position
    assert house.hcalcs.data.switch_state == 0


def test_a_switch_that_does_not_move_is_reported_as_rejected():
    house = House()
    house.run(2)
    house.hcalcs.switch.stuck = False
    house.stand.execute("Set HCALCS Or ALCS State", switch=1, action=CLOSED, minutes=30)
    house.run(3)
    assert house.log()[-1] == (0x00, FAILURE)
    assert events.LOAD_NOT_SWITCHED in house.stand.events()


@pytest.mark.req("HCALCS-HC-06")
def test_it_is_controlled_by_its_paired_meter_alone():
    house = House(pairs=False)
    house.run(2)
    command = cluster_command.find(DRLC, True, 0)
    octets = command.encode({"issuerEventId": 9, "dutyCycle": 100, "durationInMinutes": 5})
    to_meter, _ = house.heard()
    house.on_air.stack.command(SWITCH, DRLC, 0, octets, True)
    house.run(2)
    assert not house.hcalcs.switch.position
    assert (zcl.DEFAULT_RESPONSE, b"\x00\x7e") in [what[3:] for what in to_meter]
    assert events.UNAUTHORISED_COMMUNICATION in house.hcalcs.told


def test_an_hcalcs_that_is_not_the_meters_is_neither_heard_nor_believed():
    house = House()
    house.run(3)
    before = house.log()
    house.stand.execute(
        "Remove Device Security Credentials",
        originators.ACCESS_CONTROL_BROKER,
        identifier=SWITCH_EUI,
    )
    for name in ("GetScheduledEvents", "ReportEventStatus"):
        command = cluster_command.find(DRLC, False, name)
        octets = command.encode({"eventStatus": 2} if command.identifier == 0 else {})
        to_switch = heard_by(house.hcalcs)
        house.hcalcs.stack.command(METER, DRLC, command.identifier, octets, False)
        house.run(1)
        answer = (zcl.DEFAULT_RESPONSE, bytes((command.identifier, 0x7E)))
        assert answer in [what[3:] for what in to_switch]
    assert house.log() == before


@pytest.mark.req("HCALCS-HC-07")
def test_it_asks_again_after_a_power_restoration_and_when_the_network_is_found_again():
    house = House()
    house.run(3)
    to_meter, _ = house.heard()
    house.hcalcs.stack.network.is_joined = False
    house.run(2)
    assert not [what for what in to_meter if what[0] == DRLC]
    house.hcalcs.stack.network.is_joined = True
    house.run(2)
    assert [what[3] for what in to_meter if what[0] == DRLC and what[1] & 1].count(1) == 1


@pytest.mark.parametrize("duty", [101, 0xFF])
def test_a_duty_that_is_none_is_refused(duty):
    house = House()
    house.run(3)
    command = cluster_command.find(DRLC, True, 0)
    octets = command.encode({"issuerEventId": 9, "dutyCycle": duty, "durationInMinutes": 5})
    to_meter, _ = house.heard()
    house.on_air.stack.command(SWITCH, DRLC, 0, octets, True)
    house.run(1)
    assert (zcl.DEFAULT_RESPONSE, b"\x00\x85") in [what[3:] for what in to_meter]


# Energy Management: what the HCALCS says of its event, and what nobody may have it do.

OPT_OUT, OPT_IN, NO_DUTY_CYCLE, DUTY_CYCLE = 0x01, 0x02, 0x04, 0x08
STATE, NUMBER, STATUS, LEVEL, OFF_TIME, ON_TIME, CYCLE = range(7)
NO_EVENT, NO_TIME = 0xFFFF_FFFF, 0xFFFF


def closed_house(minutes=30):
    house = House()
    house.stand.execute("Set HCALCS Or ALCS State", switch=1, action=CLOSED, minutes=minutes)
    house.run(3)
    return house


def served(house):
    """Return the attributes of the cluster, as the meter reads them, by identifier."""
    to_meter, _ = house.heard()
    house.on_air.stack.read(SWITCH, EM, tuple(range(7)))
    house.run(1)
    (answer,) = [what[4] for what in to_meter if what[0] == EM]
    told = zcl.decode_values(zcl.READ_ATTRIBUTES_RESPONSE, answer)
    return {identifier: value for identifier, _, value in told}


def managed(house, **values):
    """Return what a Manage Event is answered with: [(command, payload)]."""
    asked = {
        "issuerEventId": house.hcalcs.data.control_number,
        "deviceClass": 0x0080,
        "utilityEnrollmentGroup": 0,
        "actionRequired": OPT_IN,
        **values,
    }
    to_meter, _ = house.heard()
    octets = cluster_command.find(EM, False, "ManageEvent").encode(asked)
    house.on_air.stack.command(SWITCH, EM, 0, octets, False)
    house.run(1)
    return [what[3:] for what in to_meter if what[0] == EM]


def test_it_serves_what_its_event_is_and_none_when_that_is_over():
    house = House()
    # Asked for control with nothing to control yet: open, and told so for a day.
    house.run(3)
    number = house.hcalcs.data.control_number
    fixed = {LEVEL: 0, OFF_TIME: NO_TIME, ON_TIME: NO_TIME, CYCLE: NO_TIME}
    assert served(house) == {STATE: 0x03, NUMBER: number, STATUS: 0x3C, **fixed}
    house.stand.execute("Set HCALCS Or ALCS State", switch=1, action=CLOSED, minutes=2)
    house.run(3)
    later = house.hcalcs.data.control_number
    assert later > number
    assert served(house) == {STATE: 0x02, NUMBER: later, STATUS: 0x1C, **fixed}
    # Of another switch, whose meter is silent: over, open, nothing in force.
    unit = house.hcalcs.device.control_unit
    unit.follow(house.stand.now_s + 121)
    house.hcalcs.device.commit()
    assert house.hcalcs.data.control_minutes == 0
    read = house.hcalcs.stack._server.read
    found = [read(name) for name in ("@load_control_state", "@event_number", "@event_status")]
    assert found == [0x01, NO_EVENT, 0]


def test_its_meter_may_ask_what_became_of_the_event_in_force():
    house = closed_house()
    number = house.hcalcs.data.control_number
    ((command, payload),) = managed(house)
    assert command == 0
    told = cluster_command.find(EM, True, "ReportEventStatus").decode(payload)
    assert (told["issuerEventId"], told["eventStatus"]) == (number, 2)
    assert told["dutyCycleApplied"] == 100
    # A switch that is no longer as it was told.
    house.hcalcs.switch.stuck = False
    house.run(2)
    ((_, payload),) = managed(house)
    told = cluster_command.find(EM, True, "ReportEventStatus").decode(payload)
    assert told["eventStatus"] == 0xFE


@pytest.mark.req("HCALCS-HC-12")
@pytest.mark.parametrize(
    ("values", "status"),
    [
        ({"actionRequired": OPT_OUT}, 0x7E),
        ({"actionRequired": NO_DUTY_CYCLE}, 0x7E),
        ({"actionRequired": DUTY_CYCLE}, 0x7E),
        ({"actionRequired": OPT_IN | OPT_OUT}, 0x85),
        ({"actionRequired": 0}, 0x85),
        ({"actionRequired": 0x10}, 0x85),
        ({"deviceClass": 0x0001}, 0x85),
        ({"utilityEnrollmentGroup": 1}, 0x85),
        ({"issuerEventId": 0}, 0x8B),
        ({"issuerEventId": 12345}, 0x8B),
    ],
)
def test_nobody_has_it_leave_its_event(values, status):
    house = closed_house()
    before = house.hcalcs.data.control_number, house.hcalcs.data.control_until_s
    assert managed(house, **values) == [(zcl.DEFAULT_RESPONSE, bytes((0, status)))]
    assert house.hcalcs.switch.position
    assert (house.hcalcs.data.control_number, house.hcalcs.data.control_until_s) == before


@pytest.mark.req("HCALCS-HC-06")
def test_it_is_asked_by_its_paired_meter_alone():
    house = House(pairs=False)
    house.run(2)
    assert managed(house) == [(zcl.DEFAULT_RESPONSE, b"\x00\x7e")]
    house.run(2)
    assert events.UNAUTHORISED_COMMUNICATION in house.hcalcs.told


@pytest.mark.req("ALCS-ALC-07")
def test_a_meter_that_heard_no_outcome_asks_once_and_logs_what_it_is_told():
    house = House()
    house.run(3)
    _, to_switch = house.heard()
    send = house.hcalcs.stack.command
    # Its reports are lost.
    house.hcalcs.stack.command = lambda *what, **how: None
    house.stand.execute("Set HCALCS Or ALCS State", switch=1, action=CLOSED, minutes=30)
    house.run(29)
    assert house.hcalcs.switch.position
    assert house.log()[-1] == (CLOSED, UNKNOWN)
    assert not [what for what in to_switch if what[0] == EM]
    house.run(4)
    assert len([what for what in to_switch if what[0] == EM and what[3] == 0]) == 1
    assert house.log()[-1] == (0x00, SUCCESS)
    house.hcalcs.stack.command = send
    house.run(60)
    assert len([what for what in to_switch if what[0] == EM and what[3] == 0]) == 1

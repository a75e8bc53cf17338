"""The demonstration: a household's days through meter, display and hub, proved by the oracle."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from operator import attrgetter
from pathlib import Path
from typing import Any

from host_tools.desk.capture import Capture, write_zigbee_keys
from host_tools.desk.conductor import Conductor
from host_tools.desk.devices import DEMO_ROLES, NETWORK_KEY, description, start_node
from host_tools.desk.ether import Ether
from host_tools.desk.oracle import CREDIT_EVENTS, Expected, Oracle
from host_tools.desk.picture import save_png
from host_tools.desk.story import INPUT_DELAY_US, Step, Story, to_s, to_us, to_utc
from host_tools.node import link
from host_tools.node.tariff_file import parse_tariff
from host_tools.utrn import desk_utrn

_PERIODS = {"Days": "today", "Weeks": "this week", "Months": "this month"}
# Read from the meter each half-hour for the plot, and all of them at the end.
_WATCHED = ("Meter Balance", "Emergency Credit Balance", "Active Tariff Price", "Supply State")
_READ = (
    *_WATCHED,
    "Active Import Register",
    "Tariff TOU Register Matrix",
    "Energy Charged",
    "Standing Charged",
    "Accumulated Debt Register",
    "Emergency Credit Used",
    *(f"Cumulative {period} {what}" for period in _PERIODS for what in ("Energy", "Cost")),
)
_PREPAYMENT = {"mode": 1, "suspend_debt_disabled": False, "suspend_debt_emergency": True}
_SUPPLY_STATES = ("Disabled", "Enabled", "Armed")
_HALF_HOUR = timedelta(minutes=30)
# The run ends inside its last second, when all that is due in it has been done.
_END_US = 900_000
# After something happened each of the display's pages, which turn every 15 s, is kept once.
_PICTURES_AFTER_US = (12_000_000, 27_000_000, 42_000_000)


@dataclass(frozen=True)
class Options:
    """How to run: see `protometer demo --help`."""

    days: int = 1
    seed: int = 1
    loss: float = 0.02
    delay_ms: int = 3
    duplicate: float = 0.005
    runtime: str = "unix"
    speed: float | None = None
    folder: Path = Path("build/demo")
    meter_runtime: str | None = None
    heap_log: Path | None = None


@dataclass
class Outcome:
    """What the run showed."""

    expected: Expected
    readings: dict[str, Any] = field(default_factory=dict)
    figures: dict[str, dict[str, Any]] = field(default_factory=dict)
    samples: list[tuple[datetime, dict[str, Any]]] = field(default_factory=list)
    switch_operations: list[tuple[int, bool]] = field(default_factory=list)
    events: list[tuple[int, int]] = field(default_factory=list)
    air: dict[str, Any] = field(default_factory=dict)
    wall_s: float = 0.0
    differences: list[str] = field(default_factory=list)


class Demo:
    """One run of a story; on_picture(at, pixels) and on_line(at, text) show it as it goes."""

    def __init__(
        self,
        story: Story,
        options: Options,
        on_picture: Callable[[datetime, bytes], None],
        on_line: Callable[[datetime, str], None],
    ) -> None:
        self._story = story
        # The devices run in a folder of their own.
        self._options = replace(options, folder=options.folder.resolve())
        self._on_picture = on_picture
        self._on_line = on_line
        self._outcome = Outcome(Oracle(story, options.days).walk())
        self._asked: dict[str, list[datetime | None]] = {role: [] for role in DEMO_ROLES}
        self._pictures_due_us: list[int] = []
        self._last_picture = b""

    def run(self) -> Outcome:
        """Run to the end, write the capture and the pictures, and compare with the oracle."""
        options = self._options
        options.folder.mkdir(parents=True, exist_ok=True)
        for earlier in options.folder.glob("ihd-*.png"):
            earlier.unlink()
        write_zigbee_keys(options.folder / "zigbee_pc_keys", {"Protometer": NETWORK_KEY})
        start_us = to_us(self._story.power_on_utc())
        end = self._story.end_utc(options.days)
        began = time.monotonic()
        with Capture(options.folder / "han.pcapng") as capture:
            ether = Ether(
                options.seed,
                loss=options.loss,
                delay_ms=options.delay_ms,
                duplicate=options.duplicate,
                tap=capture.write,
            )
            with Conductor(ether, start_us, options.speed) as conductor:
                self._add_nodes(conductor)
                conductor.observe(self._observe)
                self._schedule(conductor, end)
                conductor.run(to_us(end) - 1_000_000 + _END_US)
            self._note_air(ether)
        self._outcome.wall_s = time.monotonic() - began
        self._compare()
        return self._outcome

    def _add_nodes(self, conductor: Conductor) -> None:
        story, options = self._story, self._options
        house = {
            "half_hours": str(story.half_hours_path()),
            "from_utc": _text(story.start_utc),
            "to_utc": _text(story.end_utc(options.days)),
        }
        for role in DEMO_ROLES:
            meter = role == "ESME"
            runtime = (options.meter_runtime if meter else None) or options.runtime
            extra = (str(options.heap_log.resolve()),) if meter and options.heap_log else ()
            described = description(role, _text(story.power_on_utc()), house if meter else None)
            conductor.add_node(role, start_node(described, runtime, options.folder, extra))

    def _schedule(self, conductor: Conductor, end: datetime) -> None:
        """Hand the conductor the supplier's set-up, the story and the questions."""
        story = self._story
        for command, arguments in self._set_up():
            self._command(conductor, story.power_on_utc(), command, arguments, "supplier")
        for step in story.steps:
            if step.at < end:
                self._step(conductor, step)
        moment = story.start_utc + _HALF_HOUR
        while moment < end:
            self._ask(conductor, moment, "ESME", {"items": _WATCHED}, moment)
            moment += _HALF_HOUR
        last = end - timedelta(seconds=1)
        for role in DEMO_ROLES:
            items = _READ if role == "ESME" else ()
            self._ask(conductor, last, role, {"items": items, "figures": True}, None)

    def _set_up(self) -> list[tuple[str, dict[str, Any]]]:
        story = self._story
        orders: list[tuple[str, dict[str, Any]]] = [
            ("Set Tariff", {"tariff": parse_tariff(story.tariff_text())})
        ]
        for item, value in story.items.items():
            orders.append(("Write Configuration Data", {"item": item, "value": value}))
        orders.append(("Adjust Meter Balance", {"change_mp": story.meter_balance_mp}))
        orders.append(("Set Payment Mode", _PREPAYMENT))
        return orders

    def _step(self, conductor: Conductor, step: Step) -> None:
        if step.key:
            conductor.schedule(_input_us(step.at), step.to, link.KEY, step.key.encode())
        elif step.command:
            # A UTRN is good once; what makes each different is its counter.
            counter = self._story.steps.index(step) + 1
            utrn = desk_utrn("ESME", counter, step.arguments["value_mp"])
            self._command(conductor, step.at, step.command, {"utrn": utrn}, step.by)

    def _command(
        self, conductor: Conductor, at: datetime, name: str, arguments: dict[str, Any], by: str
    ) -> None:
        order = {"command": name, "arguments": arguments, "by": by}
        conductor.schedule(_input_us(at), "ESME", link.COMMAND, json.dumps(order).encode())

    def _ask(
        self,
        conductor: Conductor,
        at: datetime,
        role: str,
        question: dict[str, Any],
        sample_at: datetime | None,
    ) -> None:
        self._asked[role].append(sample_at)
        conductor.schedule(_input_us(at), role, link.QUERY, json.dumps(question).encode())

    def _observe(self, at_us: int, role: str, kind: int, payload: bytes) -> None:
        moment = to_utc(at_us)
        if kind == link.PICTURE:
            self._take_picture(at_us, moment, payload)
        elif kind == link.TRACE:
            self._take_line(at_us, moment, role, payload.decode())
        elif kind == link.ANSWER:
            self._take_answer(role, json.loads(payload))

    def _want_pictures(self, at_us: int) -> None:
        last_us = self._pictures_due_us[-1] if self._pictures_due_us else 0
        if at_us > last_us:
            self._pictures_due_us += [at_us + after_us for after_us in _PICTURES_AFTER_US]

    def _take_picture(self, at_us: int, moment: datetime, pixels: bytes) -> None:
        self._on_picture(moment, pixels)
        while self._pictures_due_us and self._pictures_due_us[0] <= at_us:
            # What stood there at that moment is the picture before this one.
            due = to_utc(self._pictures_due_us.pop(0))
            if self._last_picture:
                save_png(self._last_picture, self._options.folder / f"ihd-{due:%m%d-%H%M%S}.png")
        self._last_picture = pixels

    def _take_line(self, at_us: int, moment: datetime, role: str, text: str) -> None:
        if text.startswith("switch "):
            self._outcome.switch_operations.append((at_us // 1_000_000, text.endswith("closed")))
        if "refused" in text:
            self._outcome.differences.append(f"{role} {text}")
        if role == "ESME" and text.startswith("event "):
            _, code, at_s = text.split()
            self._outcome.events.append((int(at_s), int(code, 16)))
        self._want_pictures(at_us)
        self._on_line(moment, text)

    def _take_answer(self, role: str, answer: dict[str, Any]) -> None:
        sample_at = self._asked[role].pop(0)
        if sample_at:
            self._outcome.samples.append((sample_at, answer["items"]))
        else:
            self._outcome.figures[role] = answer["figures"]
            if role == "ESME":
                self._outcome.readings = answer["items"]

    def _note_air(self, ether: Ether) -> None:
        air = ether.statistics
        self._outcome.air = {
            "transmissions": air.transmissions,
            "acks": air.acks,
            "losses": sum(air.losses.values()),
            "duplicates": air.duplicates,
            "collisions": air.collisions,
            "no_ack": air.no_ack,
        }

    def _compare(self) -> None:
        """Hold all that the meter says against the oracle's; note each difference in a line."""
        start_s = to_s(self._story.start_utc)
        for name, of_meter, of_oracle in _COMPARED:
            meter, oracle = of_meter(self._outcome, start_s), of_oracle(self._outcome.expected)
            if meter != oracle:
                self._outcome.differences.append(f"{name}: meter {meter}, oracle {oracle}")


# What is compared: its name, as the meter has it from the run, as the oracle has it.
_FromRun = Callable[[Outcome, int], Any]
_FromOracle = Callable[[Expected], Any]


def _item(name: str) -> _FromRun:
    return lambda outcome, _: outcome.readings[name]


def _newest(name: str) -> _FromRun:
    return lambda outcome, _: outcome.readings[name][0]


def _registers(outcome: Outcome, _: int) -> dict[int, int]:
    registers = outcome.readings["Tariff TOU Register Matrix"]
    return {rate: wh for rate, wh in enumerate(registers) if wh}


def _credit_events(outcome: Outcome, start_s: int) -> list[tuple[int, int]]:
    """Return the events that the oracle knows of; the set-up's, before the start, don't count."""
    return [
        (at_s, code) for at_s, code in outcome.events if at_s >= start_s and code in CREDIT_EVENTS
    ]


def _period_of(attribute: str, period: str) -> _FromOracle:
    return lambda expected: getattr(expected, attribute)[period]


_COMPARED: tuple[tuple[str, _FromRun, _FromOracle], ...] = (
    *(
        (name, _item(name), attrgetter(attribute))
        for name, attribute in (
            ("Active Import Register", "energy_wh"),
            ("Energy Charged", "energy_mp"),
            ("Standing Charged", "standing_mp"),
            ("Meter Balance", "meter_balance_mp"),
            ("Emergency Credit Balance", "emergency_balance_mp"),
            ("Emergency Credit Used", "emergency_used_mp"),
            ("Accumulated Debt Register", "accumulated_debt_mp"),
            ("Active Tariff Price", "active_price_mp"),
        )
    ),
    *(
        (f"{what.lower()} {when}", _newest(f"Cumulative {period} {what}"), _period_of(by, period))
        for period, when in _PERIODS.items()
        for what, by in (("Energy", "periods_wh"), ("Cost", "periods_mp"))
    ),
    ("TOU registers", _registers, lambda expected: dict(sorted(expected.rates_wh.items()))),
    (
        "unserved energy",
        lambda outcome, _: outcome.figures["ESME"]["unserved_wh"],
        attrgetter("unserved_wh"),
    ),
    (
        "Supply State",
        lambda outcome, _: _SUPPLY_STATES[outcome.readings["Supply State"]],
        attrgetter("supply_state"),
    ),
    # The first operation is the switch closing at power-on.
    (
        "switch operations",
        lambda outcome, _: outcome.switch_operations[1:],
        attrgetter("switch_operations"),
    ),
    ("credit events", _credit_events, attrgetter("events")),
)


def _input_us(at: datetime) -> int:
    return to_us(at) + INPUT_DELAY_US


def _text(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"

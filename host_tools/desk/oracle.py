"""What the meter should have done: an independent walk of half-hours, tariff and story.

Shares no code with the firmware: dates come from datetime, the tariff file is read here, money
is summed in exact integers of 10^-6 mp. Serves to prove a demonstration, to the millipence.
"""

import csv
import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from host_tools.desk.story import Step, Story, to_s

_HALF_HOUR_S = 1800
_DAY_S = 86_400
_MICRO = 1_000_000
_PULSE_WH = 1
# The cumulative items' periods, and whether one begins with a day.
_BEGINS: dict[str, Callable[[datetime], bool]] = {
    "Days": lambda day: True,
    "Weeks": lambda day: day.weekday() == 0,
    "Months": lambda day: day.day == 1,
}
# GBCS table 16.2.
_LOW_CREDIT, _EMERGENCY_AVAILABLE = 0x810D, 0x8119
_CREDIT_ADDED = 0x810E
_EMERGENCY_ACTIVATED, _EMERGENCY_EXHAUSTED = 0x81AB, 0x81AA
_DISABLED_FOR_CREDIT = 0x8F0F
_ARMED, _ARMED_BY_EMERGENCY = 0x8F32, 0x8168
CREDIT_EVENTS = frozenset(
    (
        _LOW_CREDIT,
        _EMERGENCY_AVAILABLE,
        _CREDIT_ADDED,
        _EMERGENCY_ACTIVATED,
        _EMERGENCY_EXHAUSTED,
        _DISABLED_FOR_CREDIT,
        _ARMED,
        _ARMED_BY_EMERGENCY,
    )
)


@dataclass
class Expected:
    """What follows from the inputs: readings, and (second, what) of switch and credit events.

    Energy and cost of today, this week and this month are under "Days", "Weeks", "Months".
    """

    energy_wh: int = 0
    unserved_wh: int = 0
    rates_wh: Counter[int] = field(default_factory=Counter)
    energy_mp: int = 0
    standing_mp: int = 0
    periods_wh: Counter[str] = field(default_factory=Counter)
    periods_mp: Counter[str] = field(default_factory=Counter)
    active_price_mp: int = 0
    meter_balance_mp: int = 0
    emergency_balance_mp: int = 0
    emergency_used_mp: int = 0
    emergency_active: bool = False
    accumulated_debt_mp: int = 0
    supply_state: str = "Enabled"
    switch_operations: list[tuple[int, bool]] = field(default_factory=list)
    events: list[tuple[int, int]] = field(default_factory=list)


class Tariff:
    """The tariff file's rates by time of UTC day, and its prices in mp."""

    def __init__(self, text: str) -> None:
        self._file = json.loads(text)

    def rate(self, moment: datetime) -> int:
        """Return the rate in force; a day profile without 00:00 is not this walk's concern."""
        minute = moment.hour * 60 + moment.minute
        rates = [rate for start, rate in self._profile(moment) if _minute_of(start) <= minute]
        return rates[-1]

    def price_mp(self, rate: int) -> int:
        """Return a rate's price in mp per kWh."""
        return self._file["prices"][rate] * 10 ** (5 + self._file["price_scale"])

    def standing_mp(self) -> int:
        """Return the Standing Charge in mp a day."""
        return self._file["standing_charge"] * 10 ** (5 + self._file["standing_charge_scale"])

    def _profile(self, moment: datetime) -> list[tuple[str, int]]:
        for date, profile in self._file["special_days"]:
            if _matches(date, moment):
                return self._file["days"][profile]
        starts = sorted(
            (month_day, week)
            for date, week in self._file["seasons"]
            for month_day in [date.split("-", 1)[1]]
        )
        begun = [week for month_day, week in starts if month_day <= moment.strftime("%m-%d")]
        week = begun[-1] if begun else starts[-1][1]
        return self._file["days"][self._file["weeks"][week][moment.weekday()]]


class Oracle:
    """Walks the seconds in which anything happens; each in the order energy, calendar, inputs."""

    def __init__(self, story: Story, days: int) -> None:
        self._story = story
        self._start_s = to_s(story.start_utc)
        self._end_s = to_s(story.end_utc(days))
        self._power_on_s = to_s(story.power_on_utc())
        self._tariff = Tariff(story.tariff_text())
        self._limits = story.items
        self._micro_mp = 0
        self._by_credit = False
        self._began: set[int] = set()
        self.expected = Expected(meter_balance_mp=story.meter_balance_mp)

    def walk(self) -> Expected:
        """Return the Expected of the whole run."""
        seconds: dict[int, int] = dict(self._pulses())
        steps: dict[int, list[Step]] = {}
        for step in self._story.steps:
            if step.to == "ESME" and to_s(step.at) < self._end_s:
                steps.setdefault(to_s(step.at), []).append(step)
        midnights = range(self._start_s, self._end_s, _DAY_S)
        self._evaluate(self._power_on_s)
        for second in sorted({*seconds, *steps, *midnights}):
            if second in seconds:
                self._consume(second, seconds[second])
            if second in midnights:
                self._midnight(second)
            self._evaluate(second)
            for step in steps.get(second, ()):
                self._evaluate(second, by_emergency=self._input(step))
        self._close()
        return self.expected

    def _close(self) -> None:
        """Note what is read at the end; the set-up's events, before the start, are left out."""
        expected = self.expected
        limit_mp = self._limits["Emergency Credit Limit"]
        expected.emergency_balance_mp = limit_mp - expected.emergency_used_mp
        expected.active_price_mp = self._tariff.price_mp(
            self._tariff.rate(_moment(self._end_s - 1))
        )
        expected.events = [event for event in expected.events if event[0] >= self._start_s]

    def _event(self, second: int, code: int) -> None:
        self.expected.events.append((second, code))

    def _pulses(self) -> Iterator[tuple[int, int]]:
        counts: Counter[int] = Counter()
        with open(self._story.half_hours_path(), newline="") as file:
            rows = csv.reader(line for line in file if not line.startswith("#"))
            next(rows)
            for start, energy in rows:
                start_s = to_s(datetime.fromisoformat(start))
                if self._start_s <= start_s < self._end_s:
                    wh = int(energy)
                    for pulse in range(1, wh + 1):
                        counts[start_s + _HALF_HOUR_S * pulse // (wh + 1)] += _PULSE_WH
        yield from counts.items()

    def _consume(self, second: int, energy_wh: int) -> None:
        expected = self.expected
        if expected.supply_state != "Enabled":
            expected.unserved_wh += energy_wh
            return
        # The energy was used before this second, so at the rate before it.
        rate = self._tariff.rate(_moment(second - 1))
        expected.energy_wh += energy_wh
        expected.rates_wh[rate] += energy_wh
        self._micro_mp += energy_wh * 1000 * self._tariff.price_mp(rate)
        cost_mp = self._micro_mp // _MICRO - expected.energy_mp
        expected.energy_mp += cost_mp
        self._add_to_periods(energy_wh, cost_mp)
        self._charge(second, cost_mp, standing=False)

    def _midnight(self, second: int) -> None:
        for period, begins in _BEGINS.items():
            if begins(_moment(second)):
                self.expected.periods_wh[period] = 0
                self.expected.periods_mp[period] = 0
        charge_mp = self._tariff.standing_mp()
        self.expected.standing_mp += charge_mp
        self._add_to_periods(0, charge_mp)
        self._charge(second, charge_mp, standing=True)

    def _add_to_periods(self, energy_wh: int, cost_mp: int) -> None:
        for period in _BEGINS:
            self.expected.periods_wh[period] += energy_wh
            self.expected.periods_mp[period] += cost_mp

    def _emergency_left(self) -> int:
        if not self.expected.emergency_active:
            return 0
        return self._limits["Emergency Credit Limit"] - self.expected.emergency_used_mp

    def _charge(self, second: int, cost_mp: int, *, standing: bool) -> None:
        expected = self.expected
        left_mp = self._emergency_left()
        if left_mp <= 0:
            expected.meter_balance_mp -= cost_mp
            return
        from_balance = min(cost_mp, max(0, expected.meter_balance_mp))
        expected.meter_balance_mp -= from_balance
        rest = cost_mp - from_balance
        if not rest:
            return
        if standing:
            # Suspend Debt Emergency is on in every story.
            expected.accumulated_debt_mp += rest
            return
        used = min(rest, left_mp)
        expected.emergency_used_mp += used
        expected.meter_balance_mp -= rest - used
        if used == left_mp:
            self._event(second, _EMERGENCY_EXHAUSTED)

    def _evaluate(self, second: int, *, by_emergency: bool = False) -> None:
        credit_mp = self.expected.meter_balance_mp + self._emergency_left()
        conditions = {
            _LOW_CREDIT: credit_mp < self._limits["Low Credit Threshold"],
            _EMERGENCY_AVAILABLE: self._offered(),
        }
        now = {code for code, holds in conditions.items() if holds}
        for code in sorted(now - self._began):
            self._event(second, code)
        self._began = now
        out = credit_mp <= 0
        if out and not self._by_credit:
            self._event(second, _DISABLED_FOR_CREDIT)
            self._move("Disabled", second)
        elif self._by_credit and not out:
            self._event(second, _ARMED_BY_EMERGENCY if by_emergency else _ARMED)
            self._move("Armed", second)
        self._by_credit = out

    def _offered(self) -> bool:
        expected = self.expected
        return (
            not expected.emergency_active
            and expected.emergency_used_mp == 0
            and self._limits["Emergency Credit Limit"] > 0
            and expected.meter_balance_mp < self._limits["Emergency Credit Threshold"]
        )

    def _move(self, state: str, second: int) -> None:
        was = self.expected.supply_state == "Enabled"
        self.expected.supply_state = state
        if was != (state == "Enabled"):
            self.expected.switch_operations.append((second, state == "Enabled"))

    def _input(self, step: Step) -> bool:
        """Carry out a step; tell whether it activated Emergency Credit."""
        second = to_s(step.at)
        if step.command:
            self._event(second, _CREDIT_ADDED)
            self._top_up(step.arguments["value_mp"])
            return False
        if self.expected.supply_state == "Armed":
            self._move("Enabled", second)
            return False
        if self._offered():
            self._event(second, _EMERGENCY_ACTIVATED)
            self.expected.emergency_active = True
        return True

    def _top_up(self, value_mp: int) -> None:
        expected = self.expected
        for owed in ("accumulated_debt_mp", "emergency_used_mp"):
            paid = min(value_mp, getattr(expected, owed))
            setattr(expected, owed, getattr(expected, owed) - paid)
            value_mp -= paid
        expected.meter_balance_mp += value_mp
        threshold_mp = self._limits["Emergency Credit Threshold"]
        if expected.emergency_used_mp == 0 and expected.meter_balance_mp >= threshold_mp:
            expected.emergency_active = False


def _moment(second: int) -> datetime:
    return datetime.fromisoformat("2000-01-01T00:00:00+00:00") + timedelta(seconds=second)


def _minute_of(text: str) -> int:
    hour, minute = text.split(":")
    return int(hour) * 60 + int(minute)


def _matches(date: str, moment: datetime) -> bool:
    parts = (moment.strftime("%Y"), moment.strftime("%m"), moment.strftime("%d"))
    return all(wild in ("*", part) for wild, part in zip(date.split("-"), parts, strict=True))

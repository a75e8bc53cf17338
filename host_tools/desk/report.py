"""What a demonstration leaves behind: summary.json and a plot of load, price and balance."""

import csv
import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import matplotlib as mpl

from host_tools.desk.demo import Options, Outcome
from host_tools.desk.story import Story

mpl.use("Agg")

from matplotlib import dates as mdates  # noqa: E402
from matplotlib import pyplot as plt  # noqa: E402

_LOAD, _UNSERVED, _PRICE, _BALANCE = "#3b6ea5", "#c9c9c9", "#d98c21", "#2d7d46"
_MP_PER_PENCE = 1_000
_MP_PER_POUND = 100_000


def summary(story: Story, options: Options, outcome: Outcome) -> dict[str, Any]:
    """Return the run's figures as plain data, units in the names."""
    readings, figures = outcome.readings, outcome.figures
    registers = readings["Tariff TOU Register Matrix"]
    slices = {role: figures[role]["worst_slice_us"] for role in figures}
    slowest = max(slices, key=lambda role: slices[role])
    return {
        "title": story.title,
        "from_utc": f"{story.start_utc:%Y-%m-%dT%H:%M:%SZ}",
        "to_utc": f"{story.end_utc(options.days):%Y-%m-%dT%H:%M:%SZ}",
        "runtime": options.runtime,
        "seed": options.seed,
        "energy_wh": readings["Active Import Register"],
        "unserved_wh": figures["ESME"]["unserved_wh"],
        "register_wh": {f"rate {rate + 1}": wh for rate, wh in enumerate(registers) if wh},
        "cost_mp": {
            "energy": readings["Energy Charged"],
            "standing_charge": readings["Standing Charged"],
        },
        "meter_balance_mp": readings["Meter Balance"],
        "emergency_credit_balance_mp": readings["Emergency Credit Balance"],
        "switch_operations": figures["ESME"]["switch_operations"],
        "frames": {
            **outcome.air,
            "retried": sum(figures[role]["frames"]["retried"] for role in figures),
            "given_up": sum(figures[role]["frames"]["lost"] for role in figures),
            "asked_by_display": figures["IHD"]["requests"],
            "heard_by_display": figures["IHD"]["answers"],
            "queue_high_water": {
                role: figures[role]["frames"].get("queue_high_water") for role in figures
            },
        },
        "late_p99_ms": {role: figures[role]["late_p99_ms"] for role in figures},
        "worst_slice_us": slices[slowest],
        "worst_slice_task": f"{slowest} {figures[slowest]['worst_slice_task']}",
        "worst_collection_us": max(figures[role]["worst_collection_us"] for role in figures),
        "wall_s": round(outcome.wall_s, 1),
        "differences_from_oracle": outcome.differences,
    }


def write_summary(folder: Path, figures: dict[str, Any]) -> None:
    """Write summary.json."""
    (folder / "summary.json").write_text(json.dumps(figures, indent=4) + "\n")


def plot(story: Story, options: Options, outcome: Outcome, path: Path) -> None:
    """Draw load by half-hour (served or not), price and balances over the run."""
    starts, watts = _load(story, options)
    moments = [moment for moment, _ in outcome.samples]
    price = [items["Active Tariff Price"] / _MP_PER_PENCE for _, items in outcome.samples]
    balance = [items["Meter Balance"] / _MP_PER_POUND for _, items in outcome.samples]
    emergency = [items["Emergency Credit Balance"] / _MP_PER_POUND for _, items in outcome.samples]
    figure, (top, middle, bottom) = plt.subplots(
        3, 1, figsize=(10, 7), sharex=True, height_ratios=(3, 1, 2), layout="constrained"
    )
    served = dict(
        zip(moments, (items["Supply State"] == 1 for _, items in outcome.samples), strict=True)
    )
    colours = [_LOAD if served.get(start, True) else _UNSERVED for start in starts]
    top.bar(starts, watts, width=timedelta(minutes=28), align="edge", color=colours)
    top.set_ylabel("load, W")
    top.set_title(story.title)
    middle.step(moments, price, where="post", color=_PRICE)
    middle.set_ylabel("price, p/kWh")
    middle.set_ylim(bottom=0)
    bottom.plot(moments, balance, color=_BALANCE, label="Meter Balance")
    bottom.plot(
        moments, emergency, color=_BALANCE, linestyle=":", label="Emergency Credit Balance"
    )
    bottom.axhline(0, color="black", linewidth=0.5)
    bottom.set_ylabel("pounds")
    bottom.legend(loc="upper left", frameon=False)
    for axis in (top, middle, bottom):
        axis.spines[["top", "right"]].set_visible(False)
        for began, ended in _outages(outcome, story.end_utc(options.days)):
            axis.axvspan(began, ended, color="#f3d9d7", zorder=0)
    bottom.xaxis.set_major_formatter(mdates.ConciseDateFormatter(bottom.xaxis.get_major_locator()))
    figure.savefig(path, dpi=110)
    plt.close(figure)


def _load(story: Story, options: Options) -> tuple[list[datetime], list[int]]:
    starts, watts = [], []
    with open(story.half_hours_path(), newline="") as file:
        rows = csv.reader(line for line in file if not line.startswith("#"))
        next(rows)
        for start, energy in rows:
            moment = datetime.fromisoformat(start)
            if story.start_utc <= moment < story.end_utc(options.days):
                starts.append(moment)
                watts.append(2 * int(energy))
    return starts, watts


def _outages(outcome: Outcome, end: datetime) -> list[tuple[datetime, datetime]]:
    """Return when the load switch was open, from the meter's own moves of it."""
    epoch = datetime.fromisoformat("2000-01-01T00:00:00+00:00")
    spans, opened = [], None
    for at_s, closed in outcome.switch_operations:
        moment = epoch + timedelta(seconds=at_s)
        if not closed:
            opened = moment
        elif opened:
            spans.append((opened, moment))
            opened = None
    return [*spans, (opened, end)] if opened else spans

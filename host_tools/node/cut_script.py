"""The script of the power-cut search: two days of a real household on prepayment.

Top-ups, Emergency Credit, disablement for credit and by Command, enabling, a change of tariff.
The energy is that of the household in July 2012 (host_tools/data/NOTICE.md).
"""

from host_tools.node.house import half_hours, seconds_with_pulses
from host_tools.node.utc_text import parse_utc
from protometer.model import command as commands

START = "2012-07-21T12:00:00Z"


def _flat(price, standing_charge):
    return {
        "seasons": [[0xFFFF, 1, 1, 0]],
        "weeks": [[0] * 7],
        "days": [[[0, 0]]],
        "special_days": [],
        "prices": [price],
        "price_scale": -5,
        "standing_charge": standing_charge,
        "standing_charge_scale": -5,
    }


def _day_and_night(night, day, standing_charge):
    tariff = _flat(night, standing_charge)
    tariff["prices"] = [night, day]
    # From 00:00 the night rate, from 07:00 the day rate: minutes of the day, and rates.
    tariff["days"] = [[[0, 0], [420, 1]]]
    return tariff


def _credit(utrn):
    return "Add Credit", {"utrn": utrn}, commands.USER_INTERFACE


def _write(item, value):
    arguments = {"item": item, "value": value}
    return "Write Configuration Data", arguments, commands.SUPPLIER


FIRST_CREDIT_MINUTE = 3
# Minutes from the start, and the Command: name, arguments, originator. The UTRNs are worth 1.50,
# 1.00, 2.00 and 0.50 (`protometer utrn`, with the Supplier of home.py and counters 101 to 104).
COMMANDS = (
    (0, ("Set Tariff", {"tariff": _day_and_night(14_950, 28_530, 25_060)}, commands.SUPPLIER)),
    (1, _write("Emergency Credit Limit", 60_000)),
    (1, _write("Emergency Credit Threshold", 40_000)),
    (1, _write("Low Credit Threshold", 60_000)),
    (
        2,
        (
            "Set Payment Mode",
            {"mode": 1, "suspend_debt_disabled": False, "suspend_debt_emergency": True},
            commands.SUPPLIER,
        ),
    ),
    (FIRST_CREDIT_MINUTE, _credit("74083721249720146178")),
    (4, ("Arm Supply", {}, commands.SUPPLIER)),
    (5, ("Enable Supply", {}, commands.USER_INTERFACE)),
    (20 * 60, ("Activate Emergency Credit", {}, commands.USER_INTERFACE)),
    (28 * 60, _credit("74085126442587353037")),
    (28 * 60 + 1, ("Enable Supply", {}, commands.USER_INTERFACE)),
    (30 * 60 + 30, _credit("74086538114553744789")),
    (36 * 60, ("Set Tariff", {"tariff": _flat(21_370, 30_000)}, commands.SUPPLIER)),
    (40 * 60, ("Disable Supply", {}, commands.SUPPLIER)),
    (40 * 60 + 10, ("Arm Supply", {}, commands.SUPPLIER)),
    (40 * 60 + 11, ("Enable Supply", {}, commands.USER_INTERFACE)),
    (44 * 60, _credit("74087939067857696786")),
)


def events(half_hours_path, minutes):
    """Yield (at_s, Wh used, Command or None) in order, up to so many minutes.

    Besides the household's pulses there is a step each minute, as time passes without energy.
    """
    start_s = parse_utc(START)
    end_s = start_s + minutes * 60
    rows = half_hours(half_hours_path, start_s, end_s)
    pulses = seconds_with_pulses(rows)
    pulse_s, used_wh = next(pulses, (end_s, 0))
    for minute in range(minutes + 1):
        minute_s = start_s + 60 * minute
        while pulse_s < minute_s:
            yield pulse_s, used_wh, None
            pulse_s, used_wh = next(pulses, (end_s, 0))
        commands_due = [command for at, command in COMMANDS if at == minute]
        for command in commands_due or [None]:
            yield minute_s, 0, command

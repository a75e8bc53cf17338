"""The Commands of an electricity meter: their arguments, and who may send them."""

from micropython import const

from ..model.command import CommandRefused, is_integer

_ANYONE = const(0x07)
_SUPPLIER = const(0x01)

# SMETS2 name: (method of Esme, its arguments with their types, who may send it; SMETS2 5.5.2.2,
# 5.6.2, 5.6.3).
COMMANDS = {
    "Activate Emergency Credit": ("_activate_emergency_credit", (), _ANYONE),
    "Add Credit": ("_add_credit", (("value_mp", int), ("utrn_counter", int)), _ANYONE),
    "Adjust Meter Balance": ("_adjust_meter_balance", (("change_mp", int),), _SUPPLIER),
    "Arm Supply": ("_arm_supply", (), _SUPPLIER),
    "Clear Event Log": ("_clear_event_log", (), _SUPPLIER),
    "Disable Supply": ("_disable_supply", (), _SUPPLIER),
    "Enable Supply": ("_enable_supply", (), _ANYONE),
    "Reset Meter Balance": ("_reset_meter_balance", (), _SUPPLIER),
    "Set Payment Mode": (
        "_set_payment_mode",
        (("mode", int), ("suspend_debt_emergency", bool)),
        _SUPPLIER,
    ),
    "Set Tariff": ("_set_tariff", (("tariff", dict),), _SUPPLIER),
    "Write Configuration Data": (
        "_write_configuration",
        (("item", str), ("value", object)),
        _SUPPLIER,
    ),
}


def checked(name, arguments, originator):
    """Return (method's name, its arguments in order) of a Command, or raise CommandRefused."""
    if name not in COMMANDS:
        raise CommandRefused("%s: no such Command" % name)
    method, names, allowed = COMMANDS[name]
    if not originator & allowed:
        raise CommandRefused("%s: not for this originator" % name)
    return method, _in_order(name, names, arguments)


def _in_order(name, wanted, arguments):
    values = []
    for argument, kind in wanted:
        if argument not in arguments:
            raise CommandRefused("%s: argument %s is missing" % (name, argument))
        value = arguments[argument]
        if not (is_integer(value) if kind is int else isinstance(value, kind)):
            raise CommandRefused("%s: argument %s is of the wrong type" % (name, argument))
        values.append(value)
    if len(values) != len(arguments):
        known = [argument for argument, _ in wanted]
        stray = [argument for argument in arguments if argument not in known]
        raise CommandRefused("%s: no argument %s" % (name, stray[0]))
    return values

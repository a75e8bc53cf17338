"""Attributes that remote parties read by GBZ: what is behind each, and its value."""

from functools import cache

from protometer.gbcs.payment_control import encode as payment_control
from protometer.han.attributes import AttributeTable
from protometer.han.zcl_types import put_value
from tests.gbcs.live_cosem import Read

BASIC, PRICE, METERING, PREPAYMENT = 0x0000, 0x0700, 0x0702, 0x0705
CALENDAR, MANAGEMENT, EVENTS = 0x0707, 0x0708, 0x0709
NEVER_S = 0xFFFF_FFFF
NOT_FOUND = 0x8B
NO_SAMPLE = 0xFF_FFFF
DAY_S = 86_400
_SUSPENSIONS = "suspend_debt_disabled", "suspend_debt_emergency"

# What is always so, and why: (cluster, attribute): (value, reason).
CONSTANTS = {
    (PRICE, 0x0202): (1, "thresholds are in Wh of"),
    (PRICE, 0x0203): (1000, "a kWh"),
    (PRICE, 0x0305): (1, "calorific values are in MJ a m3"),
    (PRICE, 0x0615): (0, "thresholds are of energy"),
    (PRICE, 0x0617): (0x50, "prices have five digits behind the point"),
    (METERING, 0x0300): (1, "volumes are in m3"),
    (METERING, 0x0301): (1, "litres are of"),
    (METERING, 0x0302): (1000, "a m3"),
    (METERING, 0x0B11): (1, "gas flow is in m3 an hour"),
    (METERING, 0x0B12): (1, "as it is told"),
}
PLAIN = {
    (BASIC, 0x0003): "hardware_version",
    (BASIC, 0x0004): "manufacturer_identifier",
    **{(PRICE, 0x0100 + n): f"tariff_block_thresholds_wh[{n}]" for n in range(3)},
    (PRICE, 0x0301): "standing_charge_mp",
    (PRICE, 0x0302): "conversion_factor",
    (PRICE, 0x0303): "conversion_factor_digits",
    (PRICE, 0x0304): "calorific_value",
    (PRICE, 0x0306): "calorific_value_digits",
    **{(PRICE, 0x0400 + n): f"tariff_block_prices_mp[{n}]" for n in range(4)},
    **{(PRICE, 0x0410 + 16 * n): f"tariff_tou_prices_mp[{n}]" for n in range(1, 4)},
    (PRICE, 0x0616): "currency_units",
    (METERING, 0x0000): "consumption_register[0]",
    **{(METERING, 0x0100 + 2 * n): f"tariff_tou_registers[{n}]" for n in range(4)},
    (METERING, 0x0205): "remaining_battery_capacity_d",
    (METERING, 0x0307): "meter_point_reference_number",
    **{(METERING, 0x0700 + n): f"tariff_block_counters[{n}]" for n in range(4)},
    (METERING, 0x0A00): "credit_mode_balance_mp",
    (METERING, 0x0B10): "uncontrolled_gas_flow",
    (METERING, 0x0B13): "uncontrolled_gas_flow_divisor",
    (METERING, 0x0B14): "stabilisation_period_ds",
    (METERING, 0x0B15): "measurement_period_s",
    (PREPAYMENT, 0x0001): "meter_balance_mp",
    (PREPAYMENT, 0x0005): "accumulated_debt_mp",
    (PREPAYMENT, 0x0006): "debt_recovery_rate_cap",
    (PREPAYMENT, 0x0010): "emergency_credit_limit_mp",
    (PREPAYMENT, 0x0011): "emergency_credit_threshold_mp",
    (PREPAYMENT, 0x0021): "maximum_meter_balance_threshold_mp",
    (PREPAYMENT, 0x0022): "maximum_credit_threshold_mp",
    (PREPAYMENT, 0x0031): "low_credit_threshold_mp",
    (PREPAYMENT, 0x0040): "disablement_threshold_mp",
    (PREPAYMENT, 0x0211): "time_debt_1_mp",
    (PREPAYMENT, 0x0217): "debt_recovery_rate_1",
    (PREPAYMENT, 0x0221): "time_debt_2_mp",
    (PREPAYMENT, 0x0227): "debt_recovery_rate_2",
    (PREPAYMENT, 0x0231): "payment_debt_mp",
    (PREPAYMENT, 0x0239): "debt_recovery_per_payment",
}
# Translated: place of the model, and what each of its values is told as.
_TRANSLATED = {
    (METERING, 0x0014): ("supply", "supply_state", {0: 0, 2: 1, 1: 2}),
    (METERING, 0x0607): ("supply_tamper_state", "supply_tamper_state", {1: 0, 0: 3}),
    (METERING, 0x0608): ("supply_depletion_state", "supply_depletion_state", {1: 0, 0: 3}),
    **{
        (PREPAYMENT, identifier): (name, name, {3_600: 0, DAY_S: 1})
        for identifier, name in (
            (0x0216, "debt_recovery_rate_1_period_s"),
            (0x0226, "debt_recovery_rate_2_period_s"),
        )
    },
}


def _told(value):
    return value.encode() if isinstance(value, str) else value


def _firmware(device, since_s):
    return bytes.fromhex(device.data.firmware_version)


def _payment_control(device, since_s):
    data = device.data
    return payment_control(data.payment_mode, *[getattr(data, name) for name in _SUSPENSIONS])


def attribute(device, code, cluster, identifier):
    """Return the Read of an attribute."""
    key = cluster, identifier
    if device.letter == "F":
        place = f"mirror {cluster} {identifier}"
        if key == (BASIC, 0x0005) and code == 0x009E:
            return Read([place, "gsme_identifier"], _mirrored_with_identifier)
        return Read([place], lambda device, since_s: device.mirrored[key])
    if key in CONSTANTS:
        return Read([], lambda device, since_s: CONSTANTS[key][0])
    if key in _TRANSLATED:
        place, name, values = _TRANSLATED[key]
        return Read([place], lambda device, since_s: values[device.value(name)])
    if key == (PRICE, 0x0410):
        return Read(
            ["gas price in force"], lambda device, since_s: device.data.tariff_tou_prices_mp[0]
        )
    if key == (METERING, 0x0206):
        return Read(["firmware"], _firmware)
    if key == (PREPAYMENT, 0x0000):
        return Read(["payment_mode", *_SUSPENSIONS], _payment_control)
    if key == (PREPAYMENT, 0x0002):
        return Read(
            ["emergency credit"], lambda device, since_s: device.data.emergency_credit_balance_mp
        )
    if key == (BASIC, 0x0005):
        return Read(["model_type"], _model_with_identifier if code == 0x009E else _model)
    places = [PLAIN[key]]
    if key == (PRICE, 0x0400):
        places.append("blocks in use")
    return Read(places, lambda device, since_s: _told(device.value(PLAIN[key])))


@cache
def mirrored(cluster):
    """Return {identifier: Attribute} of what a gas proxy mirrors of a cluster."""
    table = AttributeTable("G")
    return {one: table.find(cluster, one) for one in table.identifiers(cluster)}


def _model(device, since_s):
    return device.data.model_type.encode()


def _mirrored_with_identifier(device, since_s):
    return device.mirrored[BASIC, 0x0005].ljust(8) + device.data.gsme_identifier


def _model_with_identifier(device, since_s):
    return device.data.model_type.ljust(8).encode() + device.identifier


def tell_mirror(device, cluster, identifier):
    """Have the gas meter tell its proxy another value of an attribute."""
    known = mirrored(cluster)[identifier]
    before = device.mirrored.get((cluster, identifier))
    value = before
    while value == before:
        is_text = known.kind in (0x41, 0x42)
        value = device.rng.randbytes(6) if is_text else device.rng.randrange(100)
    octets = bytearray(identifier.to_bytes(2, "little") + bytes((0, known.kind)))
    put_value(octets, known.kind, value)
    device.device.mirror.keep(cluster, 0x01, bytes(octets))
    device.mirrored[cluster, identifier] = value

"""Every use case of GBZ that sets or does something: what is sent, and what becomes of it.

As live_cosem_sets has those of DLMS; dates are seconds, 0 for at once.
"""

from functools import partial

from protometer.model.calendar import DAY_S
from protometer.model.enumerations import (
    ARMED,
    DISABLED,
    ENABLED,
    LOCKED,
    UNCHANGED,
)
from protometer.records.event_settings import SUPPLIER_EVENTS_OF_GAS
from tests.gbcs import live_gbz, live_gbz_money, live_meter
from tests.gbcs.live_draw import Command
from tests.gbcs.live_gbz_attributes import EVENTS, MANAGEMENT, METERING
from tests.gbcs.live_gbz_commands import MESSAGING, published, sent
from tests.roles.gbz_stand import read


def supply(status, before, after_state):
    def act(device, draw, at_s, code):
        values = {"proposedSupplyStatus": status, "supplyControlBits": 1}
        content = [sent(METERING, "ChangeSupply", values)]
        read = 0x0082, (METERING, 0x0014), status
        return live_meter.supply(device, content, before, after_state, read)

    return act


def flow(device, draw, at_s, code):
    """Of GCS24 the rate is in parts that its sender chooses, of GCS24a in ten thousandths."""
    rate, measured_s = draw.number("rate", 1, 9_000), draw.number("measured", 1, 600)
    stable_ds = draw.number("stable", 1, 200)
    divisor = 10_000 if code == 0x00FC else draw.number("divisor", 1, 9_000)
    states = [draw.choice(name, 0, 3) for name in ("tamper", "depletion")]
    known = {0: LOCKED, 3: UNCHANGED}
    values = {
        "uncontrolledFlowThreshold": rate,
        "unitOfMeasure": 1,
        "multiplier": 1,
        "divisor": divisor,
        "stabilisationPeriod": stable_ds,
        "measurementPeriod": measured_s,
    }
    status = {"supplyTamperState": states[0], "supplyDepletionState": states[1]}
    return Command(
        [
            sent(METERING, "SetUncontrolledFlowThreshold", values),
            sent(METERING, "SetSupplyStatus", {**status, "loadLimitSupplyState": 3}),
        ],
        {
            "uncontrolled_gas_flow": rate,
            "uncontrolled_gas_flow_divisor": divisor,
            "stabilisation_period_ds": stable_ds,
            "measurement_period_s": measured_s,
            "supply_tamper_state": known[states[0]],
            "supply_depletion_state": known[states[1]],
        },
    )


def start_sampling(device, draw, at_s, code):
    device.add_entry("Network Data Log")
    values = {"sampleRequestInterval": 360, "maxNumberOfSamples": 41}

    def after(device):
        # What was recorded before is gone, and each six minutes there is a sample.
        start_s = device.now_s
        device.run(720, volume_ml=50_000)
        stamps = [at_s for at_s, _ in device.log("Network Data Log")]
        assert stamps == [start_s, start_s + 360, start_s + 720]
        assert sum(litres for _, litres in device.log("Network Data Log")) == 50

    return Command(
        [sent(METERING, "StartSampling", values)],
        {"network_data_started_s": device.now_s},
        after=after,
    )


def message(device, draw, at_s, code):
    text = draw.digits("message", 116)
    values = {"durationInMinutes": 0xFFFF, "message": text.encode()}
    return Command([published(MESSAGING, "DisplayMessage", **values)], {"supplier_message": text})


def tenancy(device, draw, at_s, code):
    from_s = device.now_s - draw.number("back", 1, DAY_S)
    values = {"implementationDateTime": from_s, "proposedTenancyChangeControl": 0x200}
    return Command(
        [published(MANAGEMENT, "PublishChangeOfTenancy", **values)], {"restrict_data_s": from_s}
    )


def disable_pin(device, draw, at_s, code):
    device.put("privacy_pin", "1234")
    values = {"passwordType": 2}
    return Command(
        [published(MANAGEMENT, "RequestNewPasswordResponse", **values)], {"privacy_pin": ""}
    )


def customer(device, draw, at_s, code):
    number = draw.digits("number", 4)
    values = {"customerIdNumber": number.encode()}
    return Command(
        [published(MANAGEMENT, "UpdateCIN", **values)], {"customer_identification_number": number}
    )


def meter_point(device, draw, at_s, code):
    number = draw.digits("number", 10)
    return Command(
        [published(MANAGEMENT, "UpdateSiteId", siteId=number.encode())],
        {"meter_point_reference_number": number},
        [(0x0089, (METERING, 0x0307), number.encode())],
    )


def contact(device, draw, at_s, code):
    name, number = draw.digits("name", 15), draw.digits("telephone", 18)
    values = {
        "providerChangeControl": 0x1800,
        "proposedProviderName": name.encode(),
        "proposedProviderContactDetails": number.encode(),
    }
    return Command(
        [published(MANAGEMENT, "PublishChangeOfSupplier", **values)],
        {"supplier_name": name, "supplier_telephone_number": number},
    )


def events(device, draw, at_s, code):
    """Two lists of events, each with what becomes of them."""
    settings = "event_logging_supplier", "alerts_supplier", "alerts_han", "event_alarms"
    known = list(SUPPLIER_EVENTS_OF_GAS)
    lists = draw("lists", lambda rng: [sorted(part) for part in _halves(rng, known)])
    content, held = [], {name: bytearray(device.value(name)) for name in settings}
    for number, listed in enumerate(lists):
        bits = draw.choice(f"settings {number}", *_CONFIGURATIONS[number])
        octets = bytearray((len(listed),))
        for low in listed:
            octets += (0x8100 | low).to_bytes(2, "little")
        content.append(
            published(
                MANAGEMENT,
                "SetEventConfiguration",
                eventConfiguration=bits,
                eventConfigurationPayload=list(octets),
            )
        )
        for low in listed:
            for name, flag in zip(settings, (0x03, 0x08, 0x10, 0x40), strict=True):
                held[name][low >> 3] &= ~(1 << (low & 7)) & 0xFF
                held[name][low >> 3] |= bool(bits & flag) << (low & 7)
    holds = {f"{name}[{n}]": octet for name in settings for n, octet in enumerate(held[name])}
    return Command(content, holds, after=partial(live_gbz.answers_of, code=0x00F1))


# Of the first list and of the second.
_CONFIGURATIONS = (0x03, 0x0B, 0x48), (0x10, 0x58, 0x00)


def _halves(rng, known):
    half = rng.sample(known, len(known) // 2)
    return half, [low for low in known if low not in half]


def clear_event_log(device, draw, at_s, code):
    for _ in range(3):
        device.add_entry("Event Log")

    def after(device):
        # The Command that cleared it is logged behind that.
        assert device.log("Event Log")[-1][1] == 0x8154
        assert len(device.log("Event Log")) <= 2

    return Command([sent(EVENTS, "ClearEventLogRequest", {"logId": 3})], after=after)


SETS = {
    0x0015: clear_event_log,
    0x0071: message,
    0x0072: tenancy,
    0x0073: disable_pin,
    0x007D: flow,
    0x0080: start_sampling,
    0x0081: supply(0, ENABLED, DISABLED),
    0x0083: customer,
    0x0085: supply(1, DISABLED, ARMED),
    0x0087: meter_point,
    0x0088: contact,
    0x00AD: events,
    0x00FC: flow,
    **live_gbz_money.SETS,
}

AT_ONCE = 0


def at(at_s):
    """Return a date as commands take it."""
    return at_s


def send(device, code, content):
    """Send a command."""
    device.ask_gbz(code, content)


def told(device, code, which):
    """Return what is read of an attribute: (cluster, identifier)."""
    cluster, identifier = which
    answers = device.ask_gbz(code, [read(cluster, *of_use_case(code, cluster))])
    return live_gbz.value_of(answers, 0, identifier)


def of_use_case(code, cluster):
    """Return the attributes that a use case reads of a cluster."""
    (row,) = [row for row in live_gbz.kinds(code) if int(row[1], 0) == cluster]
    return [int(one, 16) for one in row[4].split()]

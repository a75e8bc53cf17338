"""Metering of remote parties: supply, logs of consumption, readings that logs keep.

(GCS15b, GCS15c, GCS16a, GCS17, GCS18, GCS24, GCS31, GCS32, GCS39)
"""

from micropython import const

from ..gbcs import gbz
from ..han import zcl
from ..han.command_finder import find
from ..kernel.slices import sliced
from ..model.command import CommandRefused
from ..model.enumerations import LOCKED, UNCHANGED
from ..records.registers import readings_wh
from .cluster_metering import samples_of
from .gbz_snapshots import BILLING, CHANGES, DAILY, END_OF_BILLING, found_at

CLUSTER = const(0x0702)
# By the Supply Status that is proposed.
_COMMANDS = ("Disable Supply", "Arm Supply")
# SupplyTamperState and SupplyDepletionState.
_STATES = {0x00: LOCKED, 0x03: UNCHANGED}
_NETWORK_DATA = const(2)
_NOT_STARTED = const(0xFFFF)
# By sample: its log, its period, and what stands for that in the answer.
SAMPLED = {
    0: ("Profile Data Log", 1_800, 1_800),
    1: ("Daily Consumption Log", 86_400, 0xFFFF),
    _NETWORK_DATA: ("Network Data Log", 360, 360),
}
# More would be longer than any message.
_MOST_SAMPLES = const(1_300)
# Block Tier Information Set Delivered (No Billing): as many tiers, and tiers and thresholds.
_BLOCK_TIERS = const(6)
_TIERS = const(4)
# Behind the profile and the number of components.
_COMPONENTS_AT = const(3)
_TIERS_AND_THRESHOLDS = const(0x14)
# Snapshots are numbered as their log's entries are, those of changes behind twelve others.
FIRST_NUMBER = {DAILY: 0, BILLING: 0, CHANGES: 12}


def change_supply(meter, request):
    """Change Supply: Disable Supply or Arm Supply."""
    status = request.values["proposedSupplyStatus"]
    yield from request.perform(meter, _COMMANDS[status], {})
    answer = {
        "providerId": request.values["providerId"],
        "issuerEventId": request.values["issuerEventId"],
        "implementationDateTime": request.now_s,
        "supplyStatus": status,
    }
    request.answer("SupplyStatusResponse", answer)


def set_uncontrolled_flow(meter, request):
    """Set Uncontrolled Flow Threshold: the rate in parts of a m3 an hour, and the periods."""
    values = request.values
    if not values["divisor"]:
        raise CommandRefused("Set Uncontrolled Flow Threshold: no divisor")
    meter.data.uncontrolled_gas_flow_divisor = values["divisor"]
    yield from request.write(
        meter, "Uncontrolled Gas Flow Rate", values["uncontrolledFlowThreshold"]
    )
    yield from request.write(meter, "Stabilisation Period", values["stabilisationPeriod"])
    yield from request.write(meter, "Measurement Period", values["measurementPeriod"])
    return zcl.SUCCESS


def set_supply_status(meter, request):
    """Set Supply Status: what tampering, and a battery that ends, do to Supply."""
    values = request.values
    yield from request.write(meter, "Supply Tamper State", _STATES[values["supplyTamperState"]])
    yield from request.write(
        meter, "Supply Depletion State", _STATES[values["supplyDepletionState"]]
    )
    return zcl.SUCCESS


def start_sampling(meter, request):
    """Start Sampling: Record Network Data."""
    yield from request.perform(meter, "Record Network Data", {})
    request.answer("StartSamplingResponse", {"sampleId": _NETWORK_DATA})


def not_started(request):
    """Answer Start Sampling where nothing was started."""
    request.answer("StartSamplingResponse", {"sampleId": _NOT_STARTED})


def get_sampled_data(meter, request):
    """Get Sampled Data: a log of consumption from a time on, the oldest first."""
    values = request.values
    sample, kind = values["sampleId"], values["sampleType"]
    name, period_s, told_s = SAMPLED[sample]
    try:
        log = meter.logbook.named(name)
    except KeyError:
        raise CommandRefused("Get Sampled Data: there is no %s" % name)
    most = min(values["numberOfSamples"], _MOST_SAMPLES)
    entries = request.entries(meter, log, values["earliestSampleTime"], gbz.NEVER_S - 1)
    start_s, samples = samples_of(entries, most, period_s)
    if not samples:
        return zcl.NOT_FOUND
    answer = {
        "sampleId": sample,
        "sampleStartTime": start_s,
        "sampleType": kind,
        "sampleRequestInterval": told_s,
        "numberOfSamples": len(samples),
        "samples": samples,
    }
    request.answer("GetSampledDataResponse", answer)
    return None


def get_snapshot(meter, request):
    """Get Snapshot: the registers of a reading that a log keeps."""
    found = yield from found_at(meter, request, (DAILY, BILLING, CHANGES))
    if not found:
        return zcl.NOT_FOUND
    yield
    request.answer("PublishSnapshot", _published(meter, *found))
    return None


def _published(meter, total, log, number, cause, entry):
    registers = readings_wh(meter.data, entry[1])
    payload = bytearray()
    zcl.put_uint(payload, registers[0], 6)
    payload.append(_TIERS)
    for register in registers[1 : 1 + _TIERS]:
        zcl.put_uint(payload, register, 6)
    payload.append(_TIERS_AND_THRESHOLDS)
    for register in registers[1 + _TIERS : 1 + 2 * _TIERS]:
        zcl.put_uint(payload, register, 6)
    return {
        "snapshotId": FIRST_NUMBER[log] + number,
        "snapshotTime": entry[0],
        "totalSnapshotsFound": total,
        "commandIndex": 0,
        "totalCommands": 1,
        "snapshotCause": cause,
        "snapshotPayloadType": _BLOCK_TIERS,
        "snapshotPayload": payload,
    }


def billing_content(meter, protect):
    """Return, sliced, what the alert of the Billing Data Log has behind code and time (GCS53).

    protect(plaintext): as an Execution has it. None where no entry is of the end of a period.
    """
    newest = None
    for name in (BILLING, CHANGES):
        log = meter.logbook.named(name)
        number = log.next_number() - 1
        for entry in log.entries(number, 1):
            if entry is None:
                continue
            # A change may be the end of a period too.
            cause = END_OF_BILLING if name == BILLING else entry[-1]
            if cause & END_OF_BILLING and (newest is None or entry[0] > newest[-1][0]):
                newest = name, number, cause, entry
    if newest is None:
        return None
    command = find(CLUSTER, True, "PublishSnapshot")
    plaintext = yield from command.encode_in_slices(_published(meter, 1, *newest))
    sealed = yield from sliced(protect(plaintext))
    component = gbz.Component(CLUSTER, 0x19, 0, command.identifier, sealed, None, 0)
    return gbz.encode([component])[_COMPONENTS_AT:]


HANDLERS = {
    (0x06, False): get_snapshot,
    (0x07, False): start_sampling,
    (0x08, False): get_sampled_data,
    (0x0B, False): change_supply,
    (0x0D, False): set_supply_status,
    (0x0E, False): set_uncontrolled_flow,
}
REFUSALS = {(0x07, False): not_started}

"""Metering at a meter: Enable Supply for a PPMID, half-hours in two ways, snapshots (D.3)."""

from micropython import const

from ..han import zcl
from ..records.registers import readings_wh

_SUPPLY_ON = const(0x02)
_INVALID_FIELD = const(0x85)

# Get Profile: channels, statuses, the half-hour as an interval.
_DELIVERED = const(0)
_RECEIVED = const(1)
_SUCCESS = const(0)
_UNDEFINED = const(1)
_NOT_SUPPORTED = const(2)
_TOO_MANY = const(4)
_NONE = const(5)
_HALF_HOUR = const(2)
_HALF_HOUR_S = const(1_800)
_MOST_INTERVALS = const(16)
_MOST_INTERVAL = const(0xFF_FFFF)

# Get Sampled Data: the one sample that is taken for ever, as many as fit into a frame, and what
# stands for one that is missing. The types of samples are the channels, and these.
_PROFILE = const(0)
_MOST_SAMPLES = const(20)
_NO_SAMPLE = const(0xFF_FFFF)
_REACTIVE_DELIVERED = const(2)
_REACTIVE_RECEIVED = const(3)

# Snapshots: of the registers of the rates, without what would be billed.
_TOU_NO_BILLING = const(4)
_GENERAL = const(0x01)
_END_OF_BILLING = const(0x02)
_LOGS = (
    (_GENERAL, "Daily Read Log"),
    (_END_OF_BILLING, "Billing Data Log Billing Calendar"),
)
# Registers in the first command of a snapshot, which has a summation too, and of the others.
_TIERS = const(4)


def local_change_supply(meter, request):
    """Enable Supply (PPMID-CMD-05, ESME-COM-07): supply on, and nothing else."""
    if not request.may_command(meter):
        return zcl.NOT_AUTHORIZED
    if request.values["proposedSupplyStatus"] != _SUPPLY_ON:
        return _INVALID_FIELD
    request.perform(meter, "Enable Supply", {})
    return zcl.SUCCESS


def get_profile(meter, request):
    """Get Profile: half-hours, the newest first, that ended by a time; 0 for the newest of all."""
    values = request.values
    channel, end_s, count = values["intervalChannel"], values["endTime"], values["numberOfPeriods"]
    answer = {"endTime": end_s, "profileIntervalPeriod": _HALF_HOUR, "intervals": []}
    name = _profile_log(meter, channel) if channel <= _RECEIVED else None
    if name is None:
        answer["status"] = _UNDEFINED if channel > _RECEIVED else _NOT_SUPPORTED
    else:
        end_s = end_s or request.now_s
        log = meter.logbook.named(name)
        wanted = min(count, _MOST_INTERVALS)
        first_s = end_s - end_s % _HALF_HOUR_S - (wanted - 1) * _HALF_HOUR_S
        entries = [entry for entry in meter.restriction.between(log, first_s, end_s) if entry]
        entries.reverse()
        answer["status"] = _NONE
        if entries:
            answer["status"] = _TOO_MANY if count > wanted else _SUCCESS
            answer["endTime"] = entries[0][0]
            answer["intervals"] = _without_gaps(entries)
    answer["numberOfPeriodsDelivered"] = len(answer["intervals"])
    request.answer("GetProfileResponse", answer)


def get_sampled_data(meter, request):
    """Get Sampled Data: half-hours from a time on, the oldest first; a gap is a missing sample."""
    values = request.values
    kind = values["sampleType"]
    name = _profile_log(meter, kind)
    if values["sampleId"] != _PROFILE or name is None:
        return zcl.NOT_FOUND
    most = min(values["numberOfSamples"], _MOST_SAMPLES)
    log = meter.logbook.named(name)
    entries = request.entries(meter, log, values["earliestSampleTime"], request.now_s)
    start_s, samples = samples_of(entries, most, _HALF_HOUR_S)
    if not samples:
        return zcl.NOT_FOUND
    answer = {
        "sampleId": _PROFILE,
        "sampleStartTime": start_s,
        "sampleType": kind,
        "sampleRequestInterval": _HALF_HOUR_S,
        "numberOfSamples": len(samples),
        "samples": samples,
    }
    request.answer("GetSampledDataResponse", answer)
    return None


def samples_of(entries, most, period_s):
    """Return (stamp of the first, samples) of a log's entries; a gap is a missing sample."""
    start_s, samples = 0, []
    for entry in entries:
        if entry:
            at_s, value = entry
            start_s = start_s or at_s
            place = (at_s - start_s) // period_s
            if place >= most:
                break
            samples += [_NO_SAMPLE] * (place - len(samples))
            samples.append(min(value, _NO_SAMPLE - 1))
    return start_s, samples


def get_snapshot(meter, request):
    """Get Snapshot: a reading of the registers at a midnight, or at a billing date."""
    values = request.values
    offset, found, wanted = values["snapshotOffset"], 0, None
    for cause, name in _LOGS:
        if values["snapshotCause"] & cause:
            log = meter.logbook.named(name)
            # One reading is held, not all.
            for reading in meter.restriction.between(
                log, values["earliestStartTime"], values["latestEndTime"]
            ):
                if reading:
                    if found == offset:
                        wanted = (cause, reading)
                    found += 1
    if wanted is None:
        return zcl.NOT_FOUND
    cause, (at_s, octets, *_) = wanted
    answer = {
        "snapshotId": at_s,
        "snapshotTime": at_s,
        "totalSnapshotsFound": found,
        "snapshotCause": cause,
        "snapshotPayloadType": _TOU_NO_BILLING,
    }
    _publish(request, answer, *_registers(meter, octets))
    return None


def _publish(request, answer, total, tiers):
    """Send a snapshot's registers, in as many commands as they need."""
    parts = max(-(-len(tiers) // _TIERS), 1)
    answer["totalCommands"] = parts
    for part in range(parts):
        payload = bytearray()
        if not part:
            zcl.put_uint(payload, total, 6)
            payload.append(len(tiers))
        for register in tiers[_TIERS * part : _TIERS * (part + 1)]:
            zcl.put_uint(payload, register, 6)
        answer["commandIndex"] = part
        answer["snapshotPayload"] = payload
        request.answer("PublishSnapshot", answer)


def _registers(meter, octets):
    """Return a reading's summation and its time-of-use registers, up to the last that counted."""
    data = meter.data
    readings = readings_wh(data, octets)
    first = 1
    if "T" in data.role:
        # The secondary element's register comes between.
        first = 2
    tiers = readings[first : first + len(data.tariff_tou_registers)]
    while tiers and not tiers[-1]:
        tiers.pop()
    return readings[0], tiers


_REACTIVE = {
    _REACTIVE_DELIVERED: "Profile Data Log Reactive Import",
    _REACTIVE_RECEIVED: "Profile Data Log Reactive Export",
}


def _profile_log(meter, channel):
    """Return the name of a channel's log, or None."""
    if channel == _DELIVERED:
        return "Profile Data Log" + ("" if "G" in meter.data.role else " Active Import")
    if channel == _RECEIVED and "E" in meter.data.role:
        return "Profile Data Log Active Export"
    if "E" in meter.data.role:
        return _REACTIVE.get(channel)
    return None


def _without_gaps(entries):
    """Return the values of half-hours that follow on each other, beginning with the newest.

    A frame says no more of their times than the end of the newest.
    """
    values = []
    for at_s, value in entries:
        if at_s != entries[0][0] - len(values) * _HALF_HOUR_S:
            break
        values.append(min(value, _MOST_INTERVAL))
    return values


def handlers(role):
    """Return {(command, from server): function} of a role's letters."""
    found = {
        (0x00, False): get_profile,
        (0x06, False): get_snapshot,
        (0x08, False): get_sampled_data,
    }
    if "E" in role:
        found[(0x0C, False)] = local_change_supply
    return found

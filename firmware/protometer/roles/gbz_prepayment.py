"""Prepayment of remote parties: balances, debts, credit, and what is configured of them.

(CS01b, PCS01, PCS02, GCS02 to GCS06, GCS15, GCS16b, GCS40)
"""

from micropython import const

from ..gbcs import payment_control
from ..han import zcl
from ..model.command import CommandRefused
from . import cluster_prepayment
from .cluster_calendar import is_given
from .gbz_snapshots import BILLING_MONEY, CHANGES, DAILY_MONEY, found_at

_INVALID_FIELD = const(0x85)
_UNCHANGED = 0xFFFF_FFFF
_NO_CREDIT = 0xFFFF_FFFF
_UNCHANGED_FREQUENCY = const(0xFF)
_PERIODS_S = {0x00: 3_600, 0x01: 86_400}
_NON_DISABLEMENT_CALENDAR = const(2)
# Kinds of a Change Debt, of which the last has Adjust Debt run.
_TIME_DEBT_1 = const(1)
_TIME_DEBT_2 = const(3)
_ADJUSTMENTS = {
    0: ("Adjust Meter Balance", True),
    1: ("Reset Meter Balance", False),
    2: ("Reset Credit Mode Meter Balance", False),
    3: ("Adjust Credit Mode Meter Balance", True),
}
_DEBT_CREDIT_STATUS = const(0x00)
_RECENT_TOP_UPS = const(5)
_RECENT_PAYMENTS = const(10)
_CODE_DIGITS = const(20)


def _signed(value):
    """Return a number of 32 bits that the table of commands has without its sign."""
    return value - (1 << 32) if value >> 31 else value


def top_up(meter, request):
    """Consumer Top Up: Add Credit, answered with what became of it."""
    digits = cluster_prepayment.utrn_of(request)
    yield from request.perform(meter, "Add Credit", {"utrn": digits})
    value_mp = cluster_prepayment.value_of(digits)
    result = cluster_prepayment.accepted(meter)
    _answer_top_up(request, result, value_mp, meter.data.meter_balance_mp & 0xFFFF_FFFF)


def select_emergency_credit(meter, request):
    """Select Available Emergency Credit: Activate Emergency Credit, answered with a failure of its
    own where there is none to activate (GSME-HIC-02).
    """
    try:
        yield from request.perform(meter, "Activate Emergency Credit", {})
    except CommandRefused:
        return zcl.FAILURE
    return zcl.SUCCESS


def top_up_refused(request):
    """Answer a Consumer Top Up that was refused."""
    result = cluster_prepayment.reason_of(request.refusal)
    _answer_top_up(request, result, 0, _NO_CREDIT)


def _answer_top_up(request, result, value_mp, remaining):
    answer = {
        "resultType": result,
        "topUpValue": value_mp,
        "sourceOfTopUp": request.values["originatingDevice"],
        "creditRemaining": remaining,
    }
    request.answer("ConsumerTopUpResponse", answer)


def change_payment_mode(meter, request):
    """Change Payment Mode: Set Payment Mode, answered with what prepayment would have."""
    values, data = request.values, meter.data
    try:
        mode = payment_control.decode(values["proposedPaymentControlConfiguration"])
    except ValueError as error:
        raise CommandRefused(str(error))
    threshold_mp = values["cutOffValue"]
    arguments = {
        "mode": mode[0],
        "suspend_debt_disabled": mode[1],
        "suspend_debt_emergency": mode[2],
        "threshold_mp": None if threshold_mp == _UNCHANGED else _signed(threshold_mp),
    }
    if arguments["threshold_mp"] is None:
        del arguments["threshold_mp"]
    yield from request.perform(
        meter, "Set Payment Mode", arguments, values["implementationDateTime"]
    )
    calendar, issued = data.non_disablement_calendar, data.non_disablement_issued
    answer = {
        "friendlyCredit": is_given(data, "Non-Disablement Calendar", calendar, issued),
        "friendlyCreditCalendarId": _NON_DISABLEMENT_CALENDAR,
        "emergencyCreditLimit": data.emergency_credit_limit_mp,
        "emergencyCreditThreshold": data.emergency_credit_threshold_mp,
    }
    request.answer("ChangePaymentModeResponse", answer)


def change_debt(meter, request):
    """Change Debt, of three debts in turn; with the last Adjust Debt is run."""
    values, draft = request.values, request.draft
    amount_mp = _signed(values["debtAmount"])
    settings = draft.setdefault("configuration", {})
    kind = values["debtAmountType"]
    if kind in (_TIME_DEBT_1, _TIME_DEBT_2):
        number = 1 if kind == _TIME_DEBT_1 else 2
        frequency = values["debtRecoveryFrequency"]
        if frequency in _PERIODS_S:
            settings["Debt Recovery Rate %d Period" % number] = _PERIODS_S[frequency]
        elif frequency != _UNCHANGED_FREQUENCY:
            return _INVALID_FIELD
        settings["Debt Recovery Rate %d" % number] = _signed(values["debtRecoveryAmount"])
        draft["time_debt_%d_mp" % number] = amount_mp
        return zcl.SUCCESS
    settings["Debt Recovery per Payment"] = values["debtRecoveryBalancePercentage"]
    draft["payment_debt_mp"] = amount_mp
    yield from request.perform(meter, "Adjust Debt", draft)
    return zcl.SUCCESS


def set_emergency_credit(meter, request):
    """Emergency Credit Setup: limit and threshold."""
    values = request.values
    at_s = values["startTime"]
    limit_mp, threshold_mp = values["emergencyCreditLimit"], values["emergencyCreditThreshold"]
    yield from request.write(meter, "Emergency Credit Threshold", threshold_mp, at_s, False)
    yield from request.write(meter, "Emergency Credit Limit", limit_mp, at_s)
    return zcl.SUCCESS


def adjust_credit(meter, request):
    """Credit Adjustment: a balance is adjusted, or reset."""
    name, has_value = _ADJUSTMENTS[request.values["creditAdjustmentType"]]
    change_mp = _signed(request.values["creditAdjustmentValue"])
    yield from request.perform(meter, name, {"change_mp": change_mp} if has_value else {})
    return zcl.SUCCESS


def set_low_credit(meter, request):
    """Set Low Credit Warning Level."""
    level_mp = request.values["lowCreditWarningLevel"]
    yield from request.write(meter, "Low Credit Threshold", level_mp, request.from_s)
    return zcl.SUCCESS


def set_maximum_credit(meter, request):
    """Set Maximum Credit Limit: of the balance, and of a top-up."""
    values = request.values
    at_s = values["implementationDateTime"]
    balance_mp, top_up_mp = values["maximumCreditLevel"], values["maximumCreditPerTopUp"]
    yield from request.write(meter, "Maximum Credit Threshold", top_up_mp, at_s, False)
    yield from request.write(meter, "Maximum Meter Balance Threshold", balance_mp, at_s)
    return zcl.SUCCESS


def set_debt_cap(meter, request):
    """Set Overall Debt Cap."""
    cap_mp = _signed(request.values["overallDebtCap"])
    at_s = request.values["implementationDateTime"]
    yield from request.write(meter, "Debt Recovery Rate Cap", cap_mp, at_s)
    return zcl.SUCCESS


def get_snapshot(meter, request):
    """Get Prepay Snapshot: the money of a reading that a log keeps."""
    found = yield from found_at(meter, request, (DAILY_MONEY, BILLING_MONEY, CHANGES))
    if not found:
        return zcl.NOT_FOUND
    yield
    total, log, number, cause, entry = found
    first = 2 if log == CHANGES else 1
    emergency_mp, balance_mp, payment_mp, time_1_mp, time_2_mp, debt_mp = entry[first : first + 6]
    payload = bytearray()
    for amount_mp in (debt_mp, time_1_mp, time_2_mp, payment_mp, emergency_mp, balance_mp):
        zcl.put_uint(payload, amount_mp & 0xFFFF_FFFF, 4)
    answer = {
        "snapshotId": number,
        "snapshotTime": entry[0],
        "totalSnapshotsFound": total,
        "commandIndex": 0,
        "totalNumberOfCommands": 1,
        "snapshotCause": cause,
        "snapshotPayloadType": _DEBT_CREDIT_STATUS,
        "snapshotPayload": payload,
    }
    request.answer("PublishPrepaySnapshot", answer)
    return None


def get_top_up_log(meter, request):
    """Get Top Up Log: the newest first, with their codes."""
    count = request.values["numberOfRecords"] or _RECENT_TOP_UPS
    newest = yield from _newest(meter, request, "Billing Data Log Prepayment Credits", count)
    rows = [
        {"topUpAmount": value_mp, "topUpTime": at_s, "topUpCode": _digits(code)}
        for at_s, value_mp, code in newest
    ]
    yield
    if not rows:
        return zcl.NOT_FOUND
    request.answer_several("PublishTopUpLog", {}, "topUpPayload", rows, 0, "totalNumberOfCommands")
    return None


def _digits(code):
    """Return the digits of a UTRN that a log keeps two an octet, none where it had none."""
    digits = bytearray()
    if not any(code):
        return digits
    for octet in code:
        digits.append(0x30 + (octet >> 4))
        digits.append(0x30 + (octet & 0x0F))
    return bytes(digits)


def get_debt_log(meter, request):
    """Get Debt Repayment Log: what top-ups paid of the Payment Debt Register, the newest first."""
    count = request.values["numberOfDebts"] or _RECENT_PAYMENTS
    name = "Billing Data Log Payment Based Debt Payments"
    rows = [
        {
            "collectionTime": at_s,
            "amountCollected": paid_mp & 0xFFFF_FFFF,
            "debtType": cluster_prepayment.DEBT_3,
            "outstandingDebt": left_mp & 0xFFFF_FFFF,
        }
        for at_s, paid_mp, left_mp in (yield from _newest(meter, request, name, count))
    ]
    yield
    if not rows:
        return zcl.NOT_FOUND
    request.answer_several("PublishDebtLog", {}, "debtPayload", rows, 0, "totalNumberOfCommands")
    return None


def _newest(meter, request, name, count):
    """Return, sliced, the entries of a log between the times of a request, the newest first."""
    log = meter.logbook.named(name)
    until_s = request.values["latestEndTime"]
    found = []
    for entry in log.entries(log.first_number(), len(log)):
        if entry and request.from_s <= entry[0] <= until_s:
            found.append(entry)
        yield
    found.reverse()
    return found[:count]


HANDLERS = {
    (0x00, False): select_emergency_credit,
    (0x02, False): change_debt,
    (0x03, False): set_emergency_credit,
    (0x04, False): top_up,
    (0x05, False): adjust_credit,
    (0x06, False): change_payment_mode,
    (0x07, False): get_snapshot,
    (0x08, False): get_top_up_log,
    (0x09, False): set_low_credit,
    (0x0A, False): get_debt_log,
    (0x0B, False): set_maximum_credit,
    (0x0C, False): set_debt_cap,
}
REFUSALS = {(0x04, False): top_up_refused}

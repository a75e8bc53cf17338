"""Prepayment at a meter: what a PPMID asks for, and the logs of money (Smart Energy 1.4, D.7).

The Commands are those of SMETS2 7.5.3, with the PPMID as their originator.
"""

from micropython import const

from ..han import zcl
from ..model import events
from ..model.command import CommandRefused
from ..model.enumerations import ARMED, ENABLED
from ..prepayment.utrn import decode

# Results of a top-up.
_SUPPLY_ENABLED = const(0x10)
_SUPPLY_DISABLED = const(0x11)
_SUPPLY_ARMED = const(0x12)
_INVALID = const(0x01)
_ERROR = const(0x03)
_REASONS = {
    0: _INVALID,
    events.UTRN_DUPLICATE: 0x02,
    events.UTRN_NOT_AUTHENTIC: _INVALID,
    events.UTRN_NOT_FOR_DEVICE: _INVALID,
    events.UTRN_ABOVE_MAXIMUM_BALANCE: 0x04,
    events.UTRN_ABOVE_MAXIMUM_CREDIT: 0x06,
    events.UTRN_LOCKED_OUT: 0x05,
}
DEBT_3 = const(0x02)
_ALL_DEBTS = const(0xFF)
# Entries that fit into a frame: of top-ups, of debt payments.
_TOP_UPS = const(6)
_PAYMENTS = const(4)


def select_emergency_credit(meter, request):
    """Activate Emergency Credit (PPMID-CMD-03)."""
    if not request.may_command(meter):
        return zcl.NOT_AUTHORIZED
    request.perform(meter, "Activate Emergency Credit", {})
    return zcl.SUCCESS


def top_up(meter, request):
    """Add Credit (PPMID-CMD-04), answered with what became of it."""
    if not request.may_command(meter):
        return zcl.NOT_AUTHORIZED
    value_mp = 0
    try:
        digits = utrn_of(request)
        request.perform(meter, "Add Credit", {"utrn": digits})
        value_mp = value_of(digits)
        result = accepted(meter)
    except CommandRefused as refusal:
        result = reason_of(refusal)
    answer = {
        "resultType": result,
        "topUpValue": value_mp,
        "sourceOfTopUp": request.values["originatingDevice"],
        # A balance below zero as it would be in a signed field.
        "creditRemaining": meter.data.meter_balance_mp & 0xFFFF_FFFF,
    }
    request.answer("ConsumerTopUpResponse", answer)
    return None


def utrn_of(request):
    """Return the UTRN of a Consumer Top Up."""
    # Whatever octets came: what is no digit is refused as a UTRN of such characters.
    return "".join(chr(octet) for octet in request.values["topUpCode"])


def value_of(digits):
    """Return what a UTRN that was accepted is worth, in mp."""
    return decode(digits).value_mp


def accepted(meter):
    """Return the result of a top-up that was accepted: what became of Supply."""
    state = meter.data.supply_state
    if state == ARMED:
        return _SUPPLY_ARMED
    return _SUPPLY_ENABLED if state == ENABLED else _SUPPLY_DISABLED


def reason_of(refusal):
    """Return the result of a top-up that was refused; an error where no UTRN is to blame."""
    reason = getattr(refusal, "reason", None)
    return _ERROR if reason is None else _REASONS.get(reason, _ERROR)


def top_up_log(meter, request):
    """Get Top Up Log: the newest first, without their codes."""
    rows = [
        {"topUpAmount": value_mp, "topUpTime": at_s}
        for at_s, value_mp, *_ in _latest(
            meter,
            "Billing Data Log Prepayment Credits",
            request.values["latestEndTime"],
            request.values["numberOfRecords"],
        )
    ]
    if not rows:
        return zcl.NOT_FOUND
    request.answer_several(
        "PublishTopUpLog", {}, "topUpPayload", rows, _TOP_UPS, "totalNumberOfCommands"
    )
    return None


def debt_log(meter, request):
    """Get Debt Repayment Log: what top-ups paid of the Payment Debt Register."""
    values = request.values
    rows = ()
    if values["debtType"] in (DEBT_3, _ALL_DEBTS):
        name = "Billing Data Log Payment Based Debt Payments"
        rows = [
            {"collectionTime": at_s, "amountCollected": paid_mp, "debtType": DEBT_3}
            for at_s, paid_mp, *_ in _latest(
                meter, name, values["latestEndTime"], values["numberOfDebts"]
            )
        ]
    if not rows:
        return zcl.NOT_FOUND
    request.answer_several(
        "PublishDebtLog", {}, "debtPayload", rows, _PAYMENTS, "totalNumberOfCommands"
    )
    return None


def _latest(meter, name, until_s, count):
    """Return the entries of a log up to a time, the newest first; count 0: all there are."""
    log = meter.logbook.named(name)
    entries = [entry for entry in meter.restriction.between(log, 0, until_s) if entry]
    entries.reverse()
    return entries[: count or len(entries)]


def handlers(role):
    """Return {(command, from server): function} of a role's letters."""
    found = {(0x08, False): top_up_log, (0x0A, False): debt_log}
    if "E" in role:
        # A gas meter is asked in messages with a MAC (GBCS PCS01, PCS02).
        found[(0x00, False)] = select_emergency_credit
        found[(0x04, False)] = top_up
    return found

"""Payment Mode, debts, balances and top-ups as COSEM has them (GBCS CS01a, ECS02-07, ECS26)."""

from micropython import const

from ..model.enumerations import PREPAYMENT_MODE
from .cosem_server import CosemRefused, text_of
from .cosem_tariff import NO_COMMODITY, charge, single_amount

# Payment modes, and the account's status: as set, and as read of the account that is active.
_CREDIT = const(1)
_PREPAYMENT = const(2)
_ACTIVE = const(2)
# Instances of credit: Meter Balance, Emergency Credit, Accumulated Debt; of charges: consumption,
# time debts 1 and 2, payment debt, Standing Charge, consumption of the secondary element.
_BALANCE, _EMERGENCY, _ACCUMULATED = 0, 1, 2
_USED, _DEBT_1, _DEBT_2, _PAYMENT, _STANDING, _USED_SECONDARY = 0, 1, 2, 3, 4, 5
_IN_CREDIT_MODE = ((_BALANCE, _USED), (_BALANCE, _STANDING))
_IN_PREPAYMENT_MODE = _IN_CREDIT_MODE + (
    (_BALANCE, _DEBT_1),
    (_BALANCE, _DEBT_2),
    (_BALANCE, _PAYMENT),
    (_EMERGENCY, _PAYMENT),
    (_EMERGENCY, _USED),
    (_EMERGENCY, _STANDING),
    (_EMERGENCY, _DEBT_1),
    (_EMERGENCY, _DEBT_2),
)
# With Suspend Debt Emergency on these go to the Accumulated Debt Register.
_SUSPENDED = ((_ACCUMULATED, _STANDING), (_ACCUMULATED, _DEBT_1), (_ACCUMULATED, _DEBT_2))
# When a charge is collected, a bit each; with Suspend Debt Disabled on time debts are not always.
_ALWAYS = (3, b"\xe0")
_NOT_DISABLED = (3, b"\xc0")


def _row(pair, collected):
    credit, charged = pair
    name = b"\x00\x00\x13"
    return (
        name + bytes((0x0A, credit, 0xFF)),
        name + bytes((0x14, charged, 0xFF)),
        collected,
    )


def _configuration(payment_mode, disabled, emergency, twin):
    """Return which credit pays which charge: one of the five configurations of GBCS 18.2.1."""
    pairs = _IN_CREDIT_MODE
    if payment_mode == PREPAYMENT_MODE:
        pairs = _IN_PREPAYMENT_MODE + (_SUSPENDED if emergency else ())
    rows = []
    for pair in pairs:
        is_debt = pair[1] in (_DEBT_1, _DEBT_2) and pair[0] != _ACCUMULATED
        rows.append(_row(pair, _NOT_DISABLED if disabled and is_debt else _ALWAYS))
    if twin:
        rows.append(_row((_BALANCE, _USED_SECONDARY), _ALWAYS))
        if payment_mode == PREPAYMENT_MODE:
            rows.append(_row((_EMERGENCY, _USED_SECONDARY), _ALWAYS))
    return rows


def mode(run, argument, value):
    """Return the Payment Mode of the account that is active."""
    prepayment = run.data.payment_mode == PREPAYMENT_MODE
    return (_PREPAYMENT if prepayment else _CREDIT), _ACTIVE


def collected(run, argument, value):
    """Return which credit pays which charge now."""
    data = run.data
    return _configuration(
        data.payment_mode,
        data.suspend_debt_disabled,
        data.suspend_debt_emergency,
        "T" in data.role,
    )


def set_mode(run, draft):
    """Carry out Set Payment Mode with what has been drafted."""
    for name in ("mode", "collected", "at_s"):
        if name not in draft:
            raise CosemRefused("payment mode: no %s" % name)
    payment_mode = draft["mode"][0] - 1
    is_twin = "T" in run.data.role
    disabled, emergency = yield from _suspended(payment_mode, draft["collected"], is_twin)
    yield
    arguments = {
        "mode": payment_mode,
        "suspend_debt_disabled": disabled,
        "suspend_debt_emergency": emergency,
    }
    if "threshold" in draft:
        arguments["threshold_mp"] = draft["threshold"]
    yield from run.perform("Set Payment Mode", arguments, draft["at_s"], draft["places"])


def _suspended(payment_mode, rows, twin):
    """Return, sliced, (Suspend Debt Disabled, Suspend Debt Emergency) that a configuration stands
    for.
    """
    wanted = sorted([tuple(row) for row in rows])
    for disabled in (False, True):
        for emergency in (False, True):
            if wanted == sorted(_configuration(payment_mode, disabled, emergency, twin)):
                return disabled, emergency
            yield
    raise CosemRefused("payment mode: none of the configurations that there are")


def add_credit(run, argument, value):
    """Add Credit, by a UTRN of 20 digits."""
    return run.perform("Add Credit", {"utrn": text_of(value)})


def reset_balance(run, draft):
    """Carry out Reset Meter Balance: all three to zero."""
    for name in ("meter balance", "emergency credit", "accumulated debt"):
        if draft.get(name) != 0:
            raise CosemRefused("balance: %s is not to be zero" % name)
    return run.perform("Reset Meter Balance", {})


def rate(run, number, value):
    """Return a Debt Recovery Rate."""
    data = run.data
    amount = getattr(data, "debt_recovery_rate_" + number)
    scale = getattr(data, "debt_recovery_rate_%s_scale" % number)
    return charge(NO_COMMODITY, scale, [(b"", amount)])


def adjust_debt(run, draft):
    """Carry out Adjust Debt with what has been drafted; a rate counts where it is activated."""
    configuration = {}
    for number in ("1", "2"):
        name = "Debt Recovery Rate " + number
        if "activate " + number in draft and "rate " + number in draft:
            amount, scale = single_amount(draft["rate " + number])
            configuration[name] = amount
            configuration[name + " Scale"] = scale
        if name + " Period" in draft:
            configuration[name + " Period"] = draft[name + " Period"]
    if "Debt Recovery per Payment" in draft:
        configuration["Debt Recovery per Payment"] = draft["Debt Recovery per Payment"]
    arguments = {"configuration": configuration} if configuration else {}
    for register in ("time_debt_1_mp", "time_debt_2_mp", "payment_debt_mp"):
        if register in draft:
            arguments[register] = draft[register]
    return run.perform("Adjust Debt", arguments)

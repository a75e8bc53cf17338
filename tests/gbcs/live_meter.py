"""What commands of either protocol draw of a meter, and what then becomes of it."""

from protometer.model.enumerations import DISABLED, ENABLED, PREPAYMENT_MODE
from tests.gbcs.live_draw import Command

MP = 1_000_000
HOUR_S = 3_600


def supply(device, content, before, after_state, read):
    """Command a supply from one state into another; read: what then tells of it."""
    device.put("supply_state", before)
    device.put("supply_inhibits", 2 if before == DISABLED else 0)

    def after(device):
        assert device.device.supply.closed() == (after_state == ENABLED)

    return Command(content, {"supply_state": after_state}, [read], after)


def drawn_prepayment_mode(draw):
    """Return (settings of the mode, Disablement Threshold) that are drawn."""
    settings = draw.choice("disabled", 0, 1), draw.choice("emergency", 0, 1)
    return settings, draw.number("threshold", -MP, MP)


def prepayment_mode(content, settings, threshold_mp, reads):
    """Command Prepayment Mode, with settings as drawn."""
    disabled, emergency = settings
    holds = {
        "payment_mode": PREPAYMENT_MODE,
        "suspend_debt_disabled": disabled,
        "suspend_debt_emergency": emergency,
        "disablement_threshold_mp": threshold_mp,
    }

    def after(device):
        # Without credit above the threshold there is no supply.
        assert (device.data.supply_state == DISABLED) == (threshold_mp >= 0)

    return Command(content, holds, reads, after)


def emergency_credit(device, content):
    """Command Activate Emergency Credit, of a meter that has little credit left."""
    for place, value in (
        ("payment_mode", PREPAYMENT_MODE),
        ("emergency_credit_limit_mp", 500_000),
        ("emergency_credit_threshold_mp", 100_000),
        ("meter_balance_mp", 50_000),
    ):
        device.put(place, value)
    return Command(content, {"emergency_credit_activated": 1})


def drawn_top_up(device, draw):
    """Return (digits, value in mp) of a UTRN that is drawn, for a meter that takes it."""
    device.put("payment_mode", PREPAYMENT_MODE)
    device.put("maximum_credit_threshold_mp", 100 * MP)
    device.put("maximum_meter_balance_threshold_mp", 100 * MP)
    pence = draw.number("pence", 1, 5_000)
    return device.utrn(draw.number("number", 1, 900), pence).encode(), 1_000 * pence

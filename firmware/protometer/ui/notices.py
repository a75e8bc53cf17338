"""What the Consumer must be told whatever page is open: the first notice that applies."""

from ..model.enumerations import (
    ARMED,
    CREDIT_LOW,
    CREDIT_MODE,
    DISABLED,
    EMERGENCY_AVAILABLE,
    EMERGENCY_IN_USE,
    EMERGENCY_SELECTED,
)


def emergency_can_be_activated(view):
    """Tell whether Emergency Credit is on offer and not yet taken."""
    taken = EMERGENCY_SELECTED | EMERGENCY_IN_USE
    return view.payment_mode != CREDIT_MODE and (
        view.credit_status & (EMERGENCY_AVAILABLE | taken) == EMERGENCY_AVAILABLE
    )


def _has(bit):
    return lambda view: view.payment_mode != CREDIT_MODE and view.credit_status & bit


def _off_with_emergency(view):
    return view.supply_state == DISABLED and emergency_can_be_activated(view)


# Most pressing first.
_NOTICES = (
    (lambda view: not view.link_ok, "No link to meter"),
    (lambda view: view.supply_state == ARMED, "Press meter to restore"),
    (_off_with_emergency, "Off: use emergency credit"),
    (lambda view: view.supply_state == DISABLED, "Supply is off"),
    (emergency_can_be_activated, "Emergency credit ready"),
    (_has(EMERGENCY_IN_USE), "Emergency credit in use"),
    (_has(CREDIT_LOW), "Credit low: top up"),
)


def notice(view):
    """Return the most pressing notice, or None."""
    for applies, text in _NOTICES:
        if applies(view):
            return text
    return None

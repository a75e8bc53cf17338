"""What the meter tells on its default page, and what key B does about it there."""

from ..model.enumerations import (
    ARMED,
    CREDIT_LOW,
    CREDIT_MODE,
    DISABLED,
    EMERGENCY_IN_USE,
    INHIBIT_LOCK,
)
from .notices import emergency_can_be_activated


def _credit_has(bit):
    return lambda view: (
        view.data.payment_mode != CREDIT_MODE and bool(view.data.credit_status & bit)
    )


def _is_off(view):
    return view.data.supply_state == DISABLED


def _is_locked(view):
    return _is_off(view) and bool(view.data.supply_inhibits & INHIBIT_LOCK)


def _offers_emergency(view):
    return emergency_can_be_activated(view.data)


# Most pressing first: when, the words, and the action of key B.
_NOTICES = (
    (_is_locked, "Supply is locked", None),
    (lambda view: view.data.supply_state == ARMED, "Press B to restore", "enable supply"),
    (
        lambda view: _is_off(view) and _offers_emergency(view),
        "Off: B for emergency",
        "emergency credit",
    ),
    (_is_off, "Supply is off", None),
    (_offers_emergency, "Emergency credit ready", "emergency credit"),
    (lambda view: view.value("load_limit_exceeded"), "Over load limit", None),
    (_credit_has(EMERGENCY_IN_USE), "Emergency credit in use", None),
    (_credit_has(CREDIT_LOW), "Credit low: top up", None),
    (lambda view: view.value("alarm_event"), "Alarm: see Status", None),
    (lambda view: view.value("battery_low"), "Battery low", None),
    (lambda view: view.data.supplier_message, "Message from supplier", None),
)


def notice(view):
    """Return the most pressing notice, or None."""
    found = _first(view)
    return found[1] if found else None


def prompted_action(view):
    """Return the action that the most pressing notice asks for, or None."""
    found = _first(view)
    return found[2] if found else None


def _first(view):
    for row in _NOTICES:
        if row[0](view):
            return row
    return None

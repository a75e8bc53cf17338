"""Energy Management at a meter: what an HCALCS that was asked says (Smart Energy 1.4, D.12)."""

from .cluster_load_control import report_event_status


def handlers(role):
    """Return {(command, from server): function} of a role's letters."""
    return {(0x00, True): report_event_status} if "L" in role else {}

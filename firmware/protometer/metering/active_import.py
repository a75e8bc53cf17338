"""Active energy import: the registers, and the power of the moment (SMETS2 5.5.9, 5.7.5.3-4)."""

from ..model.enumerations import POWER_HIGH, POWER_LOW, POWER_MEDIUM, POWER_NOT_SET


class ActiveImport:
    """Adds measured energy to the Active Import Register, and states power."""

    def __init__(self, data):
        self._data = data

    def record(self, energy_mwh):
        """Account energy_mwh; return the whole Wh gained."""
        return self._data.active_import_register.add(0, energy_mwh)

    def show_power(self, power_w):
        """Set Active Power Import and Power Threshold Status (SMETS2 5.7.5.24)."""
        data = self._data
        data.active_power_import_w = power_w
        low_medium_w = data.low_medium_power_threshold_w
        medium_high_w = data.medium_high_power_threshold_w
        if not low_medium_w and not medium_high_w:
            data.power_threshold_status = POWER_NOT_SET
        elif power_w < low_medium_w:
            data.power_threshold_status = POWER_LOW
        elif power_w < medium_high_w:
            data.power_threshold_status = POWER_MEDIUM
        else:
            data.power_threshold_status = POWER_HIGH

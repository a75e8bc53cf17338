"""Maximum demand: the half-hours with the largest average power (SMETS2 5.7.5.19-21, 5.7.4.26).

Of import, of import in a window of the day, and of export. Values in W, stamped with the end of
their half-hour.
"""

from micropython import const

from ..model.calendar import DAY_S

# Indices in the items Maximum Demand, its Time and its Reset.
IMPORT = const(0)
CONFIGURABLE_TIME_IMPORT = const(1)
EXPORT = const(2)

_HALF_HOUR_S = const(1800)
_HALF_HOURS_PER_HOUR = const(2)


class MaximumDemand:
    """Keeps the three maxima, from the energy of half-hours as they close."""

    def __init__(self, data):
        self._data = data

    def note(self, end_s, import_wh, export_wh):
        """Take the energy of a half-hour that ended at end_s: all elements and phases together."""
        self._raise(IMPORT, import_wh, end_s)
        if self._is_in_window(end_s):
            self._raise(CONFIGURABLE_TIME_IMPORT, import_wh, end_s)
        self._raise(EXPORT, export_wh, end_s)

    def reset_import(self, now_s):
        """Reset Maximum Demand Active Power Import (SMETS2 5.6.3.26)."""
        self._reset(IMPORT, now_s)

    def reset_configurable_time(self, now_s):
        """Reset Maximum Demand (Configurable Time) Active Power Import (SMETS2 5.6.3.28)."""
        self._reset(CONFIGURABLE_TIME_IMPORT, now_s)

    def reset_export(self, now_s):
        """Reset Maximum Demand Active Power Export (SMETS2 5.6.3.27)."""
        self._reset(EXPORT, now_s)

    def _raise(self, which, energy_wh, end_s):
        # Equal values keep the earlier stamp (ESME-REC-13).
        power_w = energy_wh * _HALF_HOURS_PER_HOUR
        data = self._data
        if power_w > data.maximum_demand_w[which]:
            data.maximum_demand_w[which] = power_w
            data.maximum_demand_at_s[which] = end_s

    def _is_in_window(self, end_s):
        """Tell whether a half-hour lies wholly in the daily window, which may pass midnight.

        A window that ends when it begins is the whole day.
        """
        data = self._data
        start_s = data.maximum_demand_start_s
        window_s = (data.maximum_demand_end_s - start_s - 1) % DAY_S + 1
        return (end_s - _HALF_HOUR_S - start_s) % DAY_S + _HALF_HOUR_S <= window_s

    def _reset(self, which, now_s):
        data = self._data
        data.maximum_demand_w[which] = 0
        data.maximum_demand_at_s[which] = now_s
        data.maximum_demand_reset_s[which] = now_s

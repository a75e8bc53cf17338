"""Restrict Data: what a new tenant's devices may not see of the old one (SMETS2 5.6.3.31)."""


class Restriction:
    """Keeps the date-time before which nothing historical is shown (ESME-REC-12).

    It binds the user interface and the devices of the HAN, not the remote parties. The date may
    lie in the past or in the future; until then nothing is shown of what came before.
    """

    def __init__(self, data):
        self._data = data

    def restrict(self, now_s, from_s):
        """Restrict Data: show only what is later than from_s."""
        self._data.restrict_data_s = from_s

    def between(self, log, from_s, until_s):
        """Yield a log's entries in a range, as log.between() does, later than the date only."""
        return log.between(max(from_s, self._data.restrict_data_s + 1), until_s)

    def shows(self, began_s):
        """Tell whether a period that began at an instant may be shown."""
        return began_s >= self._data.restrict_data_s

"""The secondary measuring element of a twin element meter (SMETS2 5.10-5.13; TWIN-TWN-02)."""

from ..tariff.secondary_tariff import SecondaryTariff


class SecondaryElement:
    """Takes the second element's energy, at its own price, into its own registers.

    front_end: a MeterFrontEnd that states `secondary_import_mwh`. After measure(): `energy_wh` and
    `cost_mp` of what it took.
    """

    def __init__(self, data, front_end):
        self._data = data
        self._front_end = front_end
        self.tariff = SecondaryTariff(data)
        self.energy_wh = 0
        self.cost_mp = 0

    def measure(self):
        """Account for the energy that the front end has read; return it."""
        energy_mwh = self._front_end.secondary_import_mwh
        if energy_mwh:
            self.cost_mp = self.tariff.consume(energy_mwh)
            self.energy_wh = self._data.secondary_active_import_register.add(0, energy_mwh)
        return energy_mwh

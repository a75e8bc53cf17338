"""A stand-in for the pipe, the valve and the battery of a gas meter, and the front end on them.

A GasInstallation stays where it is when the meter's power is cut; a GasFrontEnd is made anew at
each start.
"""

from host_tools.node.pins import Contact, SimPin
from protometer.metering.flow_faults import ABOVE_CAPACITY, AIR, REVERSE

FLOW_FAULTS = {"above-capacity": ABOVE_CAPACITY, "air": AIR, "reverse": REVERSE}
_BATTERY_D = 3650


class GasInstallation:
    """What is connected to a gas meter: `valve_pin` opens the valve, `contact` is where it is."""

    def __init__(self):
        self.valve_pin = SimPin(0)
        self.contact = Contact(self.valve_pin)
        self.battery_d = _BATTERY_D
        self.supply_failing = 0
        self.flow_faults = 0
        # What passed the meter since it was read.
        self.passed_ml = 0


class GasFrontEnd:
    """A gas meter's front end with a gauge and sensors; see roles/gsme.py for the contract."""

    CHANNELS = ("volume_ml", "battery_d", "supply_failing", "flow_faults")

    def __init__(self, installation):
        self._installation = installation
        installation.passed_ml = 0
        self.volume_ml = 0
        self.read()

    def read(self):
        """Take the volume since the last read, and what is stated of the moment."""
        installation = self._installation
        self.volume_ml = installation.passed_ml
        installation.passed_ml = 0
        self.battery_d = installation.battery_d
        self.supply_failing = installation.supply_failing
        self.flow_faults = installation.flow_faults


class Burner:
    """A task that burns volume_ml evenly in for_s seconds: by second k floor(volume x k / time).

    is_on(): whether the meter has power; what the valve holds back, and what nobody counts, is
    `unserved_ml`.
    """

    def __init__(self, installation, volume_ml, for_s, clock, is_on):
        self._installation = installation
        self._volume_ml = volume_ml
        self._for_s = for_s
        self._clock = clock
        self._is_on = is_on
        self._second = 0
        self._burned_ml = 0
        self.served_ml = 0
        self.unserved_ml = 0

    def poll(self, now_s, now_ms):
        """Burn what this second brings; return the ms to the next, or None at the end."""
        due_ml = self._volume_ml * self._second // self._for_s - self._burned_ml
        self._burned_ml += due_ml
        if self._is_on() and self._installation.contact.value():
            self._installation.passed_ml += due_ml
            self.served_ml += due_ml
        else:
            self.unserved_ml += due_ml
        if self._second == self._for_s:
            return None
        self._second += 1
        return 1000 - self._clock.ms_of_second()

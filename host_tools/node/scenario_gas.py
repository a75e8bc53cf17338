"""What happens to a gas meter in a scenario: gas that is burned, its valve, battery and flow."""

from host_tools.node.gas_installation import FLOW_FAULTS
from host_tools.node.scenario_text import count_of, duration_s, exactly

_UNITS_ML = {"ml": 1, "l": 1_000, "m3": 1_000_000}
_METER = "GSME"


class GasWords:
    """The words; desk: the Scenario that they are part of."""

    def __init__(self, desk):
        self._desk = desk
        self.verbs = {
            "burn": self._burn,
            "battery": self._battery,
            "flow": self._flow,
            "valve": self._valve,
        }

    def _gas(self):
        return self._desk.device(_METER).gas

    def _burn(self, words):
        if len(words) != 5 or words[1] not in _UNITS_ML or words[2] != "in":
            raise ValueError("expected: burn VOLUME ml|l|m3 in DURATION")
        self._desk.device(_METER)
        volume_ml, for_s = count_of(words[0]) * _UNITS_ML[words[1]], duration_s(words[3:])
        if not for_s:
            raise ValueError("burn: takes some time")
        burner = self._desk.bench.burn(volume_ml, for_s)
        self._desk.say("served %d ml, unserved %d ml" % (burner.served_ml, burner.unserved_ml))

    def _battery(self, words):
        usage = "battery DAYS d, battery failing, battery well"
        if len(words) == 2 and words[1] == "d":
            self._gas().battery_d = count_of(words[0])
            return
        (state,) = exactly(words, 1, usage)
        if state not in ("failing", "well"):
            raise ValueError("expected: %s" % usage)
        self._gas().supply_failing = int(state == "failing")

    def _flow(self, words):
        faults = 0
        for name in exactly(words, len(words) or 1, "flow normal, flow FAULT ..."):
            if name not in FLOW_FAULTS and name != "normal":
                known = ", ".join(sorted(FLOW_FAULTS))
                raise ValueError("flow: %s is neither normal nor one of %s" % (name, known))
            faults |= FLOW_FAULTS.get(name, 0)
        self._gas().flow_faults = faults

    def _valve(self, words):
        exactly(words, 0, "valve")
        position = "open" if self._gas().contact.value() else "shut"
        self._desk.say("valve %s" % position)

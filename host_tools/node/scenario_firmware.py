"""What becomes of firmware images in a scenario."""

from host_tools.node.scenario_text import exactly

# Of each state: whether an image can be installed, and whether what runs verifies at power-on.
_STATES = {"installs": (True, True), "stuck": (False, True), "damaged": (True, False)}


class FirmwareWords:
    """The word; desk: the Scenario that it is part of."""

    def __init__(self, desk):
        self._desk = desk
        self.verbs = {"firmware": self._firmware}

    def _firmware(self, words):
        (state,) = exactly(words, 1, "firmware installs|stuck|damaged")
        if state not in _STATES:
            raise ValueError("firmware: installs, stuck or damaged, not %s" % state)
        platform = self._desk.device().platform
        platform.installs, platform.intact = _STATES[state]

"""A device on the desk for the payloads of GBCS, at the instant of the reference messages."""

from host_tools.node.ram_memory import RamFiles
from protometer.kernel.clock import VirtualClock
from protometer.roles.esme import Esme
from protometer.roles.hub_function import HubFunction

# 2015-01-01T00:00:00Z.
NOW_S = 473_385_600


class Switch:
    """Does what it is told."""

    def __init__(self):
        self._closed = False

    def set(self, closed):
        """Take the position."""
        self._closed = closed

    def closed(self):
        """Tell the position."""
        return self._closed


class FrontEnd:
    """Measures all that an electricity meter can, and nothing flows."""

    CHANNELS = (
        "import_mwh",
        "export_mwh",
        "reactive_import_mvarh",
        "reactive_export_mvarh",
        "voltages_mv",
    )

    def __init__(self):
        self.import_mwh = self.export_mwh = 0
        self.reactive_import_mvarh = self.reactive_export_mvarh = 0
        self.secondary_import_mwh = 0
        self.power_w = self.secondary_power_w = 0
        self.voltages_mv = [230_000] * 3
        self.live_phases = 0b111

    def read(self):
        """Read nothing: what is shown stays."""


def esme(role="E", authentic=None, now_s=NOW_S):
    """Return an electricity meter of these letters, fresh from the works."""
    memory = RamFiles()
    clock = VirtualClock(now_s, lambda: 0)
    auxiliary = [Switch() for _ in range(5)] if "L" in role else ()
    return Esme(
        FrontEnd(),
        Switch(),
        memory,
        memory,
        clock,
        role=role,
        authentic=authentic,
        auxiliary=auxiliary,
    )


def hub(now_s=NOW_S):
    """Return a Communications Hub Function, fresh from the works."""
    memory = RamFiles()
    return HubFunction(memory, memory, VirtualClock(now_s, lambda: 0))

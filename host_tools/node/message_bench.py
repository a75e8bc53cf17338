"""Devices that messages of remote parties are fed to, one at a time, on any runtime.

Nothing is consumed and nothing moves but time; what the message does is the firmware's.
"""

from hashlib import sha256

from host_tools.node.ram_memory import RamFiles
from protometer.kernel.clock import VirtualClock
from protometer.kernel.slices import finish
from protometer.model.dictionary import items
from protometer.model.register import RegisterBank
from protometer.roles.remote_messages import RemoteMessages

# Kinds of devices: letter in use_cases.tbl, dictionary attribute of the identifier.
KINDS = {
    "ESME": ("E", "esme_identifier"),
    "GSME": ("G", "gsme_identifier"),
    "CHF": ("C", "hub_identifier"),
    "GPF": ("F", "gas_proxy_identifier"),
    "PPMID": ("U", "ppmid_identifier"),
    "HCALCS": ("H", "hcalcs_identifier"),
    "SAPC": ("P", "esme_identifier"),
}
# Not of the state that a digest tells: logs of events, and what only counts.
_LOGGED = ("log_counts", "log_starts")
_ORDINARY_LOSS_MWH = 1 << 29
_ORDINARY_COMMIT_S = 1 << 29


class StillFrontEnd:
    """A front end of every channel, to which nothing happens."""

    CHANNELS = (
        "import_mwh",
        "export_mwh",
        "reactive_import_mvarh",
        "reactive_export_mvarh",
        "voltages_mv",
    )

    def __init__(self):
        for name in self.CHANNELS[:-1]:
            setattr(self, name, 0)
        self.voltages_mv = [230_000] * 3
        self.live_phases = 0b111
        self.power_w = 0
        self.secondary_import_mwh = 0
        self.secondary_power_w = 0
        self.volume_ml = 0

    def read(self):
        """Bring nothing."""


class StillSwitch:
    """A switch that obeys."""

    def __init__(self):
        self._closed = True

    def set(self, closed):
        """Open or close."""
        self._closed = closed

    def closed(self):
        """Tell the position."""
        return self._closed


class MessageBench:
    """One device of a kind, with the letters of its dictionary, at a time.

    files: what its memory holds from before; make_keys(data): its DeviceKeys, or None.
    """

    def __init__(self, kind, letters, now_s, files=None, make_keys=None):
        self.kind = kind
        self.letters = letters
        self.memory = RamFiles()
        self.memory.files.update(files or {})
        self.clock = VirtualClock(now_s, lambda: 0)
        self.front_end = StillFrontEnd()
        self.device = _MAKERS[kind](self)
        self.data = self.device.data
        letter, identifier = KINDS[kind]
        keys = make_keys(self.data) if make_keys else None
        self.messages = RemoteMessages(self.device, letter, identifier, keys)

    def handle(self, octets):
        """Return the Outcome of a message."""
        work = self.messages.handle(octets, self.clock.utc_s())
        return finish(work)

    def state_digest(self):
        """Return, in hex, a digest of all that outlives a power cut but logs and counts."""
        digest = sha256()
        for item in items(self.letters):
            if "N" not in item.marks or item.attribute in _LOGGED:
                continue
            value = getattr(self.data, item.attribute)
            if isinstance(value, RegisterBank):
                value = (list(value.kwh), list(value.mwh))
            elif item.is_array:
                value = list(value)
            digest.update(("%s=%s;" % (item.attribute, value)).encode())
        return "".join(["%02x" % octet for octet in digest.digest()])

    def log_counts(self):
        """Return how many entries were ever made in each log of events."""
        return [log.next_number() for log in self._logs()]

    def logged_since(self, counts):
        """Return the codes of the entries made since log_counts(), log by log."""
        codes = []
        for log, count in zip(self._logs(), counts):
            new = log.next_number() - count
            codes.extend([entry[1] for entry in log.entries(log.next_number() - new, new)])
        return codes

    def _logs(self):
        return [self.device.logbook.named(name) for name in ("Event Log", "Security Log")]


def _esme(bench):
    from protometer.roles.esme import Esme

    return Esme(
        bench.front_end,
        StillSwitch(),
        bench.memory,
        bench.memory,
        bench.clock,
        _ORDINARY_LOSS_MWH,
        _ORDINARY_COMMIT_S,
        bench.letters,
        auxiliary=[StillSwitch() for _ in range(5)],
    )


def _gsme(bench):
    from protometer.roles.gsme import Gsme

    return Gsme(
        bench.front_end,
        StillSwitch(),
        bench.memory,
        bench.memory,
        bench.clock,
        _ORDINARY_LOSS_MWH,
        _ORDINARY_COMMIT_S,
    )


def _hub(bench):
    from protometer.roles.hub_function import HubFunction

    return HubFunction(bench.memory, bench.memory, bench.clock)


def _gas_proxy(bench):
    from protometer.roles.gas_proxy_function import GasProxyFunction

    return GasProxyFunction(bench.memory, bench.memory, bench.clock)


def _other(bench):
    from protometer.roles.remote_function import RemoteFunction

    return RemoteFunction(bench.letters, bench.memory, bench.memory, bench.clock)


_MAKERS = {
    "ESME": _esme,
    "GSME": _gsme,
    "CHF": _hub,
    "GPF": _gas_proxy,
    "PPMID": _other,
    "HCALCS": _other,
    "SAPC": _esme,
}

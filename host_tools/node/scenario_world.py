"""What happens to a meter in a scenario: loads, voltages, clocks, sensors, devices that join."""

from binascii import unhexlify

from host_tools.node.meter_ic import EXPORT, IMPORT, REACTIVE_EXPORT, REACTIVE_IMPORT, SECONDARY
from host_tools.node.scenario_text import count_of, exactly
from host_tools.node.utc_text import format_utc, parse_utc
from protometer.records.event_settings import EventSettings

# What flows, by unit and direction.
_KINDS = {
    ("W", "import"): IMPORT,
    ("W", "export"): EXPORT,
    ("W", "secondary"): SECONDARY,
    ("var", "import"): REACTIVE_IMPORT,
    ("var", "export"): REACTIVE_EXPORT,
}
# What a sensor tells as tampering begins, and lower codes as it ends.
_CRITICAL = 0x8F00
_CLOCK_STATUS = ("invalid", "unreliable", "reliable")


class _Shipped:
    """Event settings as a meter leaves the factory."""

    alerts_supplier = alerts_han = alerts_network_operator = b"\xff" * 32
    event_logging_supplier = event_logging_network_operator = b"\xff" * 32
    event_alarms = bytes(32)


_SHIPPED = EventSettings(_Shipped)
_FATES = (("is_logged", "not logged"), ("is_alerted", "no alert"), ("is_shared", "not shared"))


def fate_of(code, role):
    """Return what becomes of an event otherwise than as shipped, to stand behind it."""
    settings = getattr(role, "event_settings", None)
    if settings is None:
        return ""
    fates = [
        text
        for method, text in _FATES
        if getattr(_SHIPPED, method)(code) and not getattr(settings, method)(code)
    ]
    if settings.sounds_alarm(code):
        fates.append("alarm")
    return "".join([", " + text for text in fates])


class WorldWords:
    """The words; desk: the Scenario that they are part of."""

    def __init__(self, desk):
        self._desk = desk
        self.verbs = {
            "load": self._load,
            "voltage": self._voltage,
            "clock": self._clock,
            "hub": self._hub,
            "tamper": self._tamper,
            "fault": self._fault,
            "condition": self._condition,
            "join": self._join,
            "hear": self._hear,
        }

    def _installation(self):
        device = self._desk.device()
        if device.installation is None:
            raise ValueError("this meter counts pulses; name it with ic")
        device.settle()
        return device.installation

    def _load(self, words):
        usage = "load POWER W|var [import|export|secondary] [phase NUMBER]"
        power, unit, *rest = words if len(words) > 1 else exactly(words, 2, usage)
        direction, phase = "import", 1
        if rest and rest[0] != "phase":
            direction = rest.pop(0)
        if rest:
            phase = count_of(exactly(rest, 2, usage)[1])
        if (unit, direction) not in _KINDS:
            raise ValueError("expected: %s" % usage)
        self._installation().connect(_KINDS[(unit, direction)], phase, count_of(power))

    def _voltage(self, words):
        usage = "voltage VALUE V|mV [phase NUMBER]"
        units_mv = {"V": 1000, "mV": 1}
        phase = 1
        if words[2:]:
            phase = count_of(exactly(words, 4, usage)[3])
        value, unit = exactly(words[:2], 2, usage)
        if unit not in units_mv:
            raise ValueError("expected: %s" % usage)
        self._installation().set_voltage(phase, count_of(value) * units_mv[unit])

    def _clock(self, words):
        device = self._desk.device()
        if words == ["lost"]:
            device.clock.lose()
        elif words:
            device.clock.start_from(parse_utc(exactly(words, 1, "clock [TIME|lost]")[0]))
        else:
            data = self._desk.role().data
            status = _CLOCK_STATUS[data.clock_status]
            self._desk.say("clock %s, %s" % (format_utc(device.clock.utc_s()), status))

    def _hub(self, words):
        (moment,) = exactly(words, 1, "hub TIME")
        self._desk.role().clock.hear(parse_utc(moment), self._desk.now_s())

    def _tamper(self, words):
        ended = words[1:] == ["ended"]
        (code,) = exactly(words[:-1] if ended else words, 1, "tamper CODE [ended]")
        meter = self._desk.role()
        note = meter.tamper_ended if ended else meter.tampered
        note(count_of(code), self._desk.now_s())

    def _fault(self, words):
        if not 1 <= len(words) <= 2:
            raise ValueError("expected: fault CAUSE [CODE]")
        code = count_of(words[1]) if words[1:] else 0
        self._desk.role().integrity_failed(count_of(words[0]), code, self._desk.now_s())

    def _condition(self, words):
        (code,) = exactly(words, 1, "condition CODE")
        self._desk.role().voltage_quality.note_condition(count_of(code), self._desk.now_s())

    def _join(self, words):
        (identifier,) = exactly(words, 1, "join EUI-64")
        joined = self._desk.role().devices.joined(unhexlify(identifier), self._desk.now_s())
        self._desk.say("joined" if joined else "may not join")

    def _hear(self, words):
        (identifier,) = exactly(words, 1, "hear EUI-64")
        heard = self._desk.role().devices.hears(unhexlify(identifier), self._desk.now_s())
        self._desk.say("heard" if heard else "not heard")

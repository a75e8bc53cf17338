"""Runs a scenario file on a bench and prints its transcript (vocabulary: docs/scenarios.md).

The transcript has no wall-clock time, no address and no order of a hash in it: every runtime
prints the same bytes.
"""

from binascii import hexlify, unhexlify

from host_tools.node.bench import Bench
from host_tools.node.frame_counts import frame_counts
from host_tools.node.home import ORIGINATORS, role_letters
from host_tools.node.scenario_controls import ControlWords
from host_tools.node.scenario_firmware import FirmwareWords
from host_tools.node.scenario_gas import GasWords
from host_tools.node.scenario_items import ItemWords
from host_tools.node.scenario_loads import LoadWords
from host_tools.node.scenario_text import (
    count_of,
    duration_s,
    entry_text,
    exactly,
    hash_of,
    images,
    value_of,
    words_of,
)
from host_tools.node.scenario_world import WorldWords, fate_of
from host_tools.node.tariff_file import parse_argument, parse_tariff
from host_tools.node.utc_text import format_utc, parse_utc
from protometer.han.zcl import decode_values
from protometer.model.command import CommandRefused
from protometer.model.dictionary import ItemError, find
from protometer.roles.commands import argument_type
from protometer.roles.future_commands import NEVER_S

# The devices whose items, logs and Commands are meant where a line names none.
_METERS = ("ESME", "GSME", "HCALCS")
# One second holds twelve pulses of a watt-hour, 80 ms apart.
_MOST_WH_A_SECOND = 12


class ScenarioError(ValueError):
    """A scenario can't be carried out; the message names file, line and fault."""


class Listener:
    """Hears what a device is answered and told, by (cluster, attribute), until stop()."""

    def __init__(self, stack):
        self._stack = stack
        self._client = stack._client
        self.values = {}
        stack._client = self

    def keep(self, cluster, command, payload):
        """Note the values, and hand them on."""
        for identifier, _, value in decode_values(command, payload):
            self.values[(cluster, identifier)] = value
        self._client.keep(cluster, command, payload)

    def stop(self):
        """Hear no more."""
        self._stack._client = self._client


class Scenario:
    """One run: read_file(name) gives the text of a file beside the scenario."""

    def __init__(self, name, read_file, write_line):
        self._name = name
        self._read_file = read_file
        self.write_line = write_line
        self._names = None
        # The device that the line is about.
        self._about = ""
        self.bench = None
        self._verbs = {
            "device": self._device,
            "start": self._start,
            "tariff": self._tariff,
            "command": self._command,
            "write": self._write,
            "wait": self._wait,
            "use": self._use,
            "log": self._log,
            "logs": self._logs,
            "memory": self._memory,
            "ask": self._ask,
            "frame": self._frame,
            "air": self._air,
            "power": self._power,
            "repeat": self._repeat,
        }
        for group in (ItemWords, WorldWords, ControlWords, LoadWords, GasWords, FirmwareWords):
            self._verbs.update(group(self).verbs)

    def run(self, text):
        """Carry out every line of a scenario, or raise ScenarioError."""
        for number, line in enumerate(text.split("\n"), 1):
            try:
                words = words_of(line)
                if words:
                    self._carry_out(words, line.strip())
            except (ValueError, OSError) as fault:
                raise ScenarioError("%s:%d: %s" % (self._name, number, fault))

    def _carry_out(self, words, line):
        if words[0][-1] == ":":
            self._about = words[0][:-1]
            words = words[1:] or [""]
        else:
            self._about = self._default()
        verb = words[0]
        if verb not in self._verbs:
            raise ValueError("unknown word %s" % verb)
        if verb not in ("device", "start") and self.bench is None:
            raise ValueError("%s before start" % verb)
        if self.bench:
            self.write_line("%s > %s" % (self._now(), line))
        self._attempt(verb, words[1:])

    def _attempt(self, verb, words):
        try:
            self._verbs[verb](words)
        except CommandRefused as refusal:
            self.say("refused: %s" % refusal)

    def _default(self):
        for role in _METERS:
            if self.bench and role in self.bench.devices:
                return role
        return _METERS[0]

    def say(self, text):
        """Print an effect, with the time."""
        self.write_line("%s %s" % (self._now(), text))

    def _now(self):
        return format_utc(self._clock().utc_s())

    def _clock(self):
        """Return the clock of the device that the line is about, or the world's."""
        return (self.bench.devices.get(self._about) or self.bench).clock

    def device(self, name=None):
        """Return the device of a role, of the one that the line is about; ValueError for none."""
        name = name or self._about
        device = self.bench.devices.get(name)
        if device is None:
            raise ValueError("there is no %s in this scenario" % name)
        return device

    def role(self, name=None):
        """Return the running role of a device; ValueError while it has no power."""
        device = self.device(name)
        if device.role is None:
            raise ValueError("%s has no power" % device.role_name)
        return device.role

    def now_s(self):
        """Return the time as the device has it that the line is about."""
        return self._clock().utc_s()

    def _on_event(self, device, code, at_s):
        name = device.role_name
        prefix = "" if name == self._default() else name + " "
        fate = fate_of(code, device.role)
        self.write_line("%s %sevent 0x%04x%s" % (format_utc(at_s), prefix, code, fate))

    # The words of the vocabulary, in the order of docs/scenarios.md.

    def _device(self, words):
        if self._names:
            raise ValueError("device: a second one")
        for name in words:
            role_letters(name)
        self._names = words

    def _start(self, words):
        (moment,) = exactly(words, 1, "start TIME")
        if self.bench:
            raise ValueError("start: a second one")
        if not self._names:
            raise ValueError("start before device")
        start_s = parse_utc(moment)
        self.bench = Bench(start_s, self._names, self._on_event, _no_time)
        self.write_line("%s start %s" % (self._now(), " ".join(self._names)))

    def _tariff(self, words):
        (name,) = exactly(words, 1, "tariff FILE")
        self._execute("Set Tariff", {"tariff": parse_tariff(self._read_file(name))}, "supplier")

    def _command(self, words, arguments=None):
        if not words:
            raise ValueError("command NAME [argument=value ...] [by=ORIGINATOR]")
        originator = "supplier"
        arguments = dict(arguments or {})
        for word in words[1:]:
            if "=" not in word:
                raise ValueError("command: %s is not argument=value" % word)
            name, value = word.split("=", 1)
            if name == "by":
                originator = value
            else:
                arguments[name] = self._argument(words[0], name, value)
        self._execute(words[0], arguments, originator)

    def _argument(self, command, name, word):
        """Return an argument of a Command from its word, as the Command's table types it."""
        if name == "at_s":
            return NEVER_S if word == "never" else parse_utc(word)
        kind = argument_type(self.role().data.role, command, name)
        if kind == "str":
            return word
        if kind == "bytes":
            return unhexlify(word)
        if kind == "list":
            return [value_of(part) for part in word.split(",")]
        if kind == "dict":
            return parse_argument(self._read_file(word))
        if name[-2:] == "_s" and "T" in word:
            return parse_utc(word)
        return value_of(word)

    def _write(self, words):
        if len(words) < 2:
            raise ValueError("write ITEM VALUE [by=ORIGINATOR] [at_s=TIME]")
        try:
            is_text = find(self.role().data.role, words[0]).base == "TEXT"
        except ItemError:
            is_text = False
        arguments = {"item": words[0], "value": words[1] if is_text else value_of(words[1])}
        self._command(["Write Configuration Data"] + words[2:], arguments)

    def _execute(self, name, arguments, originator):
        if originator not in ORIGINATORS:
            raise ValueError("by: %s is no originator" % originator)
        self.role().execute(name, arguments, ORIGINATORS[originator], self.now_s())
        self.say("done")

    def _wait(self, words):
        if len(words) == 2 and words[0] == "until":
            wait_s = parse_utc(words[1]) - self._clock().utc_s()
            if wait_s < 0:
                raise ValueError("wait: %s is past" % words[1])
        else:
            wait_s = duration_s(words)
        self.bench.run_until(self.bench.clock.utc_s() + wait_s)

    def _use(self, words):
        if len(words) != 5 or words[1] != "Wh" or words[2] != "in":
            raise ValueError("use ENERGY Wh in DURATION")
        if self.device("ESME").installation:
            raise ValueError("use: this meter counts no pulses; see load")
        energy_wh, for_s = count_of(words[0]), duration_s(words[3:])
        if energy_wh > _MOST_WH_A_SECOND * for_s:
            raise ValueError("use: %d Wh in %d s is more than 12 Wh a second" % (energy_wh, for_s))
        house = self.bench.consume(energy_wh, for_s)
        self.say("served %d Wh, unserved %d Wh" % (house.pulses, house.unserved_wh))

    def _log(self, words):
        restricted = words[-1] == "restricted"
        name, count = exactly(
            words[:-1] if restricted else words, 2, "log NAME COUNT [restricted]"
        )
        role = self.role()
        try:
            log = role.logbook.named(name)
        except KeyError:
            raise ValueError("there is no %s" % name)
        if restricted:
            entries = list(role.restriction.between(log, 0, NEVER_S))
            self.say("%s: %d entries may be seen" % (name, len(entries)))
            entries = entries[max(0, len(entries) - count_of(count)) :]
        else:
            self.say("%s: %d entries" % (name, len(log)))
            entries = log.entries(log.next_number() - count_of(count), count_of(count))
        for entry in entries:
            self.say(entry_text(entry, role.data, name))

    def _repeat(self, words):
        """Carry out a line many times, as if it stood there so often."""
        if len(words) < 2 or words[1] not in self._verbs:
            raise ValueError("repeat COUNT WORD ...")
        for _ in range(count_of(words[0])):
            self._attempt(words[1], words[2:])

    def _logs(self, words):
        exactly(words, 0, "logs")
        for log in self.role().logbook.logs():
            most = log.entries_kept
            self.say("%s: %d entries, at least %d are kept" % (log.name, len(log), most))

    def _memory(self, words):
        if len(words) == 1:
            files = self.device(words[0]).memory.files
            for name in sorted(files):
                octets = files[name]
                self.say("%s: %d octets, hash %08x" % (name, len(octets), hash_of(octets)))
            return
        role, name = exactly(words, 2, "memory ROLE [fails|works|FILE]")
        device = self.device(role)
        if name in ("fails", "works"):
            device.memory.broken = name == "fails"
            return
        if device.role is not None:
            raise ValueError("memory: %s has power" % role)
        device.memory.files = images(self._read_file(name))

    def _ask(self, words):
        if len(words) < 2:
            raise ValueError("ask CLUSTER ATTRIBUTE ...")
        numbers = [count_of(word) for word in words]
        stack = self.role("IHD").stack
        heard = Listener(stack)
        stack.read(1, numbers[0], numbers[1:])
        self.bench.run_until(self.bench.clock.utc_s() + 1)
        heard.stop()
        for identifier in numbers[1:]:
            value = heard.values.get((numbers[0], identifier), "no answer")
            self.say("0x%04x 0x%04x = %s" % (numbers[0], identifier, value))

    def _frame(self, words):
        (octets,) = exactly(words, 1, "frame HEX")
        try:
            psdu = unhexlify(octets)
        except ValueError:
            raise ValueError("%s is not hexadecimal" % octets)
        self.bench.ether.carry(None, psdu)
        self.bench.run_until(self.bench.clock.utc_s() + 1)
        figures = frame_counts(self.role().han.stack)
        self.say("dropped %d, malformed %d" % (figures["dropped"], figures["malformed"]))

    def _air(self, words):
        (state,) = exactly(words, 1, "air on|off")
        watch = {"on": self._show_frame, "off": None}
        if state not in watch:
            raise ValueError("air: on or off, not %s" % state)
        self.bench.ether.on_frame = watch[state]

    def _show_frame(self, psdu):
        self.say("air %s" % hexlify(psdu).decode())

    def _power(self, words):
        role, state = exactly(words, 2, "power ROLE on|off")
        device = self.device(role)
        switches = {"on": device.power_on, "off": device.power_off}
        if state not in switches:
            raise ValueError("power: on or off, not %s" % state)
        if (device.role is not None) == (state == "on"):
            raise ValueError("power: %s is %s already" % (role, state))
        switches[state]()


def run_file(path, write_line):
    """Run a scenario file; return None, or the fault in one line."""
    cut = path.rfind("/") + 1

    def read_file(name):
        return _text_of(path[:cut], name)

    try:
        Scenario(path[cut:], read_file, write_line).run(read_file(path[cut:]))
    except (ValueError, OSError) as fault:
        return str(fault)
    return None


def _no_time():
    """What tasks take: a transcript tells nothing of it, nor of a stall for it."""
    return 0


def _text_of(folder, name):
    """Return a file's text; ValueError, the same on every runtime, if it has none."""
    try:
        with open(folder + name, "rb") as file:
            octets = file.read()
    except OSError:
        raise ValueError("there is no %s" % name)
    try:
        return octets.decode()
    except ValueError:
        # UnicodeError is one.
        raise ValueError("%s: not UTF-8 text" % name)

"""Runs a scenario file on a bench and prints its transcript (vocabulary: docs/scenarios.md).

The transcript has no wall-clock time, no address and no order of a hash in it: every runtime
prints the same bytes.
"""

from binascii import a2b_base64, hexlify, unhexlify

from host_tools.node.bench import Bench
from host_tools.node.home import ORIGINATORS
from host_tools.node.tariff_file import parse_argument, parse_tariff
from host_tools.node.utc_text import format_utc, parse_utc
from protometer.model.command import CommandRefused
from protometer.model.dictionary import read
from protometer.records.registers import readings_wh
from protometer.roles.commands import argument_type
from protometer.roles.future_commands import NEVER_S

_UNITS_S = {"s": 1, "min": 60, "h": 3600, "d": 86400}
_CONSTANTS = {"true": True, "false": False}
_WIDTH = 128
# One second holds twelve pulses of a watt-hour, 80 ms apart.
_MOST_WH_A_SECOND = 12


class ScenarioError(ValueError):
    """A scenario can't be carried out; the message names file, line and fault."""


def words_of(line):
    """Return the words of a line; double quotes hold spaces, `#` begins a comment."""
    words = []
    word = ""
    quoted = False
    begun = False
    for mark in line.strip() + " ":
        if mark == '"':
            quoted = not quoted
            begun = True
        elif mark == "#" and not quoted and not begun:
            break
        elif mark in " \t" and not quoted:
            if begun:
                words.append(word)
            word = ""
            begun = False
        else:
            word += mark
            begun = True
    if quoted:
        raise ValueError("a double quote is not closed")
    return words


class Scenario:
    """One run: read_file(name) gives the text of a file beside the scenario."""

    def __init__(self, name, read_file, write_line, stopwatch_us):
        self._name = name
        self._read_file = read_file
        self._write_line = write_line
        self._stopwatch_us = stopwatch_us
        self._roles = None
        self._bench = None
        self._verbs = {
            "device": self._device,
            "start": self._start,
            "tariff": self._tariff,
            "command": self._command,
            "write": self._write,
            "wait": self._wait,
            "use": self._use,
            "key": self._key,
            "read": self._read,
            "log": self._log,
            "memory": self._memory,
            "ask": self._ask,
            "frame": self._frame,
            "air": self._air,
            "power": self._power,
            "panel": self._panel,
            "screen": self._screen,
            "switch": self._switch,
        }

    def run(self, text):
        """Carry out every line of a scenario, or raise ScenarioError."""
        for number, line in enumerate(text.split("\n"), 1):
            try:
                words = words_of(line)
                if words:
                    self._carry_out(words, line.strip())
            except CommandRefused as refusal:
                self._say("refused: %s" % refusal)
            except (ValueError, OSError) as fault:
                raise ScenarioError("%s:%d: %s" % (self._name, number, fault))

    def _carry_out(self, words, line):
        verb = words[0]
        action = self._verbs.get(verb)
        if action is None:
            raise ValueError("unknown word %s" % verb)
        if verb not in ("device", "start") and self._bench is None:
            raise ValueError("%s before start" % verb)
        if self._bench:
            self._write_line("%s > %s" % (self._now(), line))
        action(words[1:])

    def _say(self, text):
        self._write_line("%s %s" % (self._now(), text))

    def _now(self):
        return format_utc(self._bench.clock.utc_s())

    def _esme(self):
        return self._role("ESME")

    def _device_of(self, name):
        device = self._bench.devices.get(name)
        if device is None:
            raise ValueError("there is no %s in this scenario" % name)
        return device

    def _role(self, name):
        device = self._device_of(name)
        if device.role is None:
            raise ValueError("%s has no power" % name)
        return device.role

    def _on_event(self, code, at_s):
        self._write_line("%s event 0x%04x" % (format_utc(at_s), code))

    # The words of the vocabulary, in the order of docs/scenarios.md.

    def _device(self, words):
        known = ("ESME", "IHD", "CH")
        for role in words:
            if role not in known:
                raise ValueError("device: %s is none of %s" % (role, ", ".join(known)))
        if self._roles:
            raise ValueError("device: a second one")
        self._roles = words

    def _start(self, words):
        (moment,) = _exactly(words, 1, "start TIME")
        if self._bench:
            raise ValueError("start: a second one")
        if not self._roles:
            raise ValueError("start before device")
        start_s = parse_utc(moment)
        self._bench = Bench(start_s, self._roles, self._on_event, self._stopwatch_us)
        self._write_line("%s start %s" % (self._now(), " ".join(self._roles)))

    def _tariff(self, words):
        (name,) = _exactly(words, 1, "tariff FILE")
        self._execute("Set Tariff", {"tariff": parse_tariff(self._read_file(name))}, "supplier")

    def _command(self, words):
        if not words:
            raise ValueError("command NAME [argument=value ...] [by=ORIGINATOR]")
        originator = "supplier"
        arguments = {}
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
        kind = argument_type(self._esme().data.role, command, name)
        if kind == "str":
            return word
        if kind == "bytes":
            return unhexlify(word)
        if kind in ("dict", "list"):
            return parse_argument(self._read_file(word))
        if name[-2:] == "_s" and "T" in word:
            return parse_utc(word)
        return _value(word)

    def _write(self, words):
        item, value = _exactly(words, 2, "write ITEM VALUE")
        arguments = {"item": item, "value": _value(value)}
        self._execute("Write Configuration Data", arguments, "supplier")

    def _execute(self, name, arguments, originator):
        if originator not in ORIGINATORS:
            raise ValueError("by: %s is no originator" % originator)
        now_s = self._bench.clock.utc_s()
        self._esme().execute(name, arguments, ORIGINATORS[originator], now_s)
        self._say("done")

    def _wait(self, words):
        if len(words) == 2 and words[0] == "until":
            until_s = parse_utc(words[1])
            if until_s < self._bench.clock.utc_s():
                raise ValueError("wait: %s is past" % words[1])
        else:
            until_s = self._bench.clock.utc_s() + _duration_s(words)
        self._bench.run_until(until_s)

    def _use(self, words):
        if len(words) != 5 or words[1] != "Wh" or words[2] != "in":
            raise ValueError("use ENERGY Wh in DURATION")
        self._device_of("ESME")
        energy_wh, for_s = _count(words[0]), _duration_s(words[3:])
        if energy_wh > _MOST_WH_A_SECOND * for_s:
            raise ValueError("use: %d Wh in %d s is more than 12 Wh a second" % (energy_wh, for_s))
        house = self._bench.consume(energy_wh, for_s)
        self._say("served %d Wh, unserved %d Wh" % (house.pulses, house.unserved_wh))

    def _key(self, words):
        role, key = _exactly(words, 2, "key ROLE NAME")
        presses = {("ESME", "confirm"): "confirm", ("IHD", "next"): "press"}
        method = presses.get((role, key))
        if method is None:
            raise ValueError("key: %s has no key %s" % (role, key))
        getattr(self._role(role), method)(self._bench.clock.utc_s())

    def _read(self, words):
        for item in words:
            self._say("%s = %s" % (item, _shown(read(self._esme().data, item))))

    def _log(self, words):
        name, count = _exactly(words, 2, "log NAME COUNT")
        try:
            log = self._esme().logbook.named(name)
        except KeyError:
            raise ValueError("there is no %s" % name)
        self._say("%s: %d entries" % (name, len(log)))
        newest = log.next_number() - _count(count)
        for entry in log.entries(newest, _count(count)):
            self._say(_entry_text(entry, self._esme().data))

    def _memory(self, words):
        if len(words) == 1:
            files = self._device_of(words[0]).memory.files
            for name in sorted(files):
                octets = files[name]
                self._say("%s: %d octets, hash %08x" % (name, len(octets), _hash(octets)))
            return
        role, name = _exactly(words, 2, "memory ROLE [FILE]")
        device = self._device_of(role)
        if device.role is not None:
            raise ValueError("memory: %s has power" % role)
        device.memory.files = _images(self._read_file(name))

    def _ask(self, words):
        if len(words) < 2:
            raise ValueError("ask CLUSTER ATTRIBUTE ...")
        numbers = [_count(word) for word in words]
        self._role("IHD").stack.read(1, numbers[0], numbers[1:])
        self._bench.run_until(self._bench.clock.utc_s() + 1)

    def _frame(self, words):
        (octets,) = _exactly(words, 1, "frame HEX")
        try:
            psdu = unhexlify(octets)
        except ValueError:
            raise ValueError("%s is not hexadecimal" % octets)
        self._bench.ether.carry(None, psdu)
        self._bench.run_until(self._bench.clock.utc_s() + 1)
        figures = self._esme().han.stack.figures()
        self._say("dropped %d, malformed %d" % (figures["dropped"], figures["malformed"]))

    def _air(self, words):
        (state,) = _exactly(words, 1, "air on|off")
        watch = {"on": self._show_frame, "off": None}
        if state not in watch:
            raise ValueError("air: on or off, not %s" % state)
        self._bench.ether.on_frame = watch[state]

    def _show_frame(self, psdu):
        self._say("air %s" % hexlify(psdu).decode())

    def _power(self, words):
        role, state = _exactly(words, 2, "power ROLE on|off")
        device = self._device_of(role)
        switches = {"on": device.power_on, "off": device.power_off}
        if state not in switches:
            raise ValueError("power: on or off, not %s" % state)
        if (device.role is not None) == (state == "on"):
            raise ValueError("power: %s is %s already" % (role, state))
        switches[state]()

    def _panel(self, words):
        (state,) = _exactly(words, 1, "panel unplug|plug")
        panel = self._device_of("IHD").panel
        if state not in ("unplug", "plug"):
            raise ValueError("panel: unplug or plug, not %s" % state)
        getattr(panel, state)()

    def _screen(self, words):
        _exactly(words, 0, "screen")
        pixels = self._device_of("IHD").panel.visible_pixels()
        for row in range(64):
            line = ""
            for column in range(_WIDTH):
                lit = pixels[row // 8 * _WIDTH + column] >> row % 8 & 1
                line += "#" if lit else "."
            self._write_line(line)

    def _switch(self, words):
        _exactly(words, 0, "switch")
        closed = self._device_of("ESME").switch_pin.value()
        self._say("load switch %s" % ("closed" if closed else "open"))


def run_file(path, write_line, stopwatch_us):
    """Run a scenario file; return None, or the fault in one line."""
    cut = path.rfind("/") + 1

    def read_file(name):
        return _text_of(path[:cut], name)

    try:
        Scenario(path[cut:], read_file, write_line, stopwatch_us).run(read_file(path[cut:]))
    except (ValueError, OSError) as fault:
        return str(fault)
    return None


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


def _exactly(words, count, usage):
    if len(words) != count:
        raise ValueError("expected: %s" % usage)
    return words


def _count(word):
    try:
        value = int(word, 16) if word[:2] == "0x" else int(word)
    except ValueError:
        raise ValueError("%s is not a number" % word)
    if value < 0:
        raise ValueError("%s is below zero" % word)
    return value


def _duration_s(words):
    if len(words) != 2 or words[1] not in _UNITS_S:
        raise ValueError("a duration is a number and s, min, h or d")
    return _count(words[0]) * _UNITS_S[words[1]]


def _value(word):
    if word in _CONSTANTS:
        return _CONSTANTS[word]
    try:
        return int(word)
    except ValueError:
        return word


def _images(text):
    """Return the files of a memory from lines of name and octets in base 64."""
    files = {}
    for line in text.split("\n"):
        if line:
            name, octets = _exactly(line.split(), 2, "NAME BASE64")
            try:
                files[name] = a2b_base64(octets.encode())
            except ValueError:
                raise ValueError("%s is not base 64" % name)
    return files


def _hash(octets):
    # Not a CRC: that of whatever ends with its own CRC is always the same.
    value = 0
    for octet in octets:
        value = (value * 31 + octet) & 0xFFFF_FFFF
    return value


def _entry_text(entry, data):
    if entry is None:
        return "damaged"
    words = [format_utc(entry[0])]
    for value in entry[1:]:
        words.append(_shown(readings_wh(data, value)) if isinstance(value, bytes) else str(value))
    return " ".join(words)


def _shown(value):
    if isinstance(value, bytes):
        return hexlify(value).decode()
    if isinstance(value, list):
        return " ".join(str(entry) for entry in value)
    return str(value)

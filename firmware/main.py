"""Board entry: reads protometer.json, makes the drivers it names, assembles the role, runs it.

The description comes from the desk (`protometer flash`). Nothing is imported that the
description does not ask for. Ctrl-C stops the role, commits its state and gives the prompt, where
role.proceed() lets it go on.
"""

import gc
import json
import sys
import time

from machine import I2C, Pin

from protometer.kernel.clock import TickClock
from protometer.kernel.collector import Collector
from protometer.kernel.scheduler import Scheduler
from protometer.kernel.ticks import ticks_diff
from protometer.model.calendar import DAY_S, civil_from_days, days_from_civil
from protometer.model.command import CommandRefused

_DESCRIPTION = "protometer.json"
_KEYS = ("firmware", "board", "role", "drivers", "settings", "network")
_PULLS = {"up": Pin.PULL_UP, "down": Pin.PULL_DOWN}
# Without these parts a role can't be assembled.
_NEEDS = {
    "ESME": ("meter", "switch"),
    "GSME": ("meter", "switch"),
    "IHD": ("display", "radio"),
    "PPMID": ("display", "radio"),
    "CH": ("radio",),
}
# What a key does: the role's method of (now_s).
_PRESSES = {"confirm": "confirm", "next": "press"}
_BOUNCE_MS = 30
# A push of this length is a long one.
_LONG_MS = 800
# The chip sleeps at most this long, and so a key is answered this late at most.
_LONGEST_IDLE_MS = 100
# A clock that reads earlier than this was never set.
_FIRST_YEAR = 2025
# A hub that forms a network lets in whom it admits for so long after a start; role.permit() later.
_PERMITS_S = 254
# The MRF24J40 takes 10 MHz.
_SPI_HZ = 8_000_000


class DescriptionError(ValueError):
    """The description is absent, malformed, or asks for what can't be had."""


class NoMemory:
    """Stands for a memory that could not be opened: metering goes on, nothing is kept."""

    MEDIUM = "files"

    def read(self, name):
        """Return that nothing was ever written."""
        return b""

    def read_into(self, name, position, buffer):
        """Return that there is nothing."""
        return 0

    def write(self, name, octets):
        """Refuse, as a broken chip does."""
        raise OSError("no memory")

    def write_at(self, name, position, octets):
        """Refuse, as a broken chip does."""
        raise OSError("no memory")


class Key:
    """A push button to ground; press(now_s) runs outside the interrupt, once a push.

    A push is a falling edge after a quiet time, so that neither end of it counts its bounces.
    """

    def __init__(self, name, pin, press, scheduler):
        self._press = press
        self._scheduler = scheduler
        self._ticks_ms = scheduler.clock.ticks_ms
        self._edge_ms = self._ticks_ms()
        self._task = scheduler.add(name, self.poll, None)
        pin.irq(self._on_edge, Pin.IRQ_FALLING | Pin.IRQ_RISING)

    def poll(self, now_s, now_ms):
        """Handle one push; a refused Command is only printed."""
        try:
            self._press(now_s)
        except CommandRefused as refusal:
            print("refused:", refusal)

    def _on_edge(self, pin):
        # In an interrupt: integers only, nothing allocated.
        now_ms = self._ticks_ms()
        since_ms = ticks_diff(now_ms, self._edge_ms)
        self._edge_ms = now_ms
        # Below 0: more than half the ticks' period, which is days.
        if since_ms >= _BOUNCE_MS or since_ms < 0:
            self._moved(pin.value() == 0, since_ms)

    def _moved(self, is_down, since_ms):
        if is_down:
            self._scheduler.wake(self._task)


class FaceKey(Key):
    """A push button of a display with two, which tells a long push from a short one.

    face: a MeterFace; keys: its codes for a short and a long push. It acts when it is let go.
    """

    def __init__(self, name, pin, face, keys, scheduler):
        self._face = face
        self._keys = keys
        self._long = self._held = self._down_ms = 0
        super().__init__(name, pin, self._pushed, scheduler)

    def _pushed(self, now_s):
        self._face.press(self._keys[self._long], now_s)

    def _moved(self, is_down, since_ms):
        if is_down:
            self._down_ms = self._edge_ms
            self._held = 1
        elif self._held:
            self._held = 0
            self._long = int(ticks_diff(self._edge_ms, self._down_ms) >= _LONG_MS)
            self._scheduler.wake(self._task)


# The drivers: each takes its class, its section of the description, the scheduler and a list for
# the bus addresses that should answer.


def _pulse(driver, section, scheduler, expected):
    return driver(_pulse_counter(section, scheduler), section["pulses_per_kwh"])


def _gas_pulse(driver, section, scheduler, expected):
    return driver(_pulse_counter(section, scheduler), section["ml_per_pulse"])


def _pulse_counter(section, scheduler):
    counter, make = _driver(section["counter"])
    pin = _input_pin(section["pin"], section["pull"])
    return make(counter, section, scheduler, pin)


def _filtering_counter(counter, section, scheduler, pin):
    return counter(pin, scheduler.clock.ticks_ms, section["shortest_ms"])


def _pcnt_counter(counter, section, scheduler, pin):
    from machine import Counter

    return counter(Counter(0, pin, filter_ns=counter.FILTER_NS), scheduler.clock.ticks_ms)


def _relay(driver, section, scheduler, expected):
    sense = section["sense"]
    sense_pin = None if sense is None else _input_pin(sense, section["sense_pull"])
    permit = section.get("permit")
    permit_pin = None if permit is None else Pin(permit, Pin.OUT)
    return driver(Pin(section["command"], Pin.OUT), sense_pin, permit_pin)


def _ssd1306(driver, section, scheduler, expected):
    bus = _i2c(section)
    # These modules answer at one of two addresses, as a resistor on their back says.
    expected.append(("ssd1306", bus, section["address"], (0x3C, 0x3D)))
    return driver(bus, section["address"], section["width"], section["height"])


def _i2c(section):
    sda, scl = Pin(section["sda"]), Pin(section["scl"])
    return I2C(section["i2c"], sda=sda, scl=scl, freq=section["frequency_hz"])


def _file(driver, section, scheduler, expected):
    return driver(section["directory"], scheduler.stall)


def _fram(driver, section, scheduler, expected):
    return driver(_i2c(section), section["address"])


def _partition(driver, section, scheduler, expected):
    from esp32 import Partition

    found = Partition.find(Partition.TYPE_DATA, label=section["label"])
    if not found:
        raise OSError("the flash has no partition labelled %s" % section["label"])
    return driver(found[0], stall=scheduler.stall)


def _spinel(driver, section, scheduler, expected):
    from machine import UART

    wires = {"tx": Pin(section["tx"]), "rx": Pin(section["rx"])}
    flow = 0
    for name, bit in (("rts", "RTS"), ("cts", "CTS")):
        if section.get(name) is not None:
            wires[name] = Pin(section[name])
            flow |= getattr(UART, bit)
    if flow:
        wires["flow"] = flow
    # As much as comes while flash is written, and no write that waits.
    port = UART(section["uart"], section["baud"], txbuf=512, rxbuf=512, **wires)
    return driver(port, scheduler)


def _mrf24j40(driver, section, scheduler, expected):
    from machine import SPI

    reset, select = Pin(section["reset"], Pin.OUT), Pin(section["cs"], Pin.OUT)
    # The chip wants its reset low for some 2 us, and 2 ms thereafter (data sheet, 3.1).
    for level in (0, 1):
        reset.value(level)
        time.sleep_ms(2)
    wires = {name: Pin(section[name]) for name in ("sck", "mosi", "miso")}
    bus = SPI(section["spi"], baudrate=_SPI_HZ, polarity=0, phase=0, **wires)
    radio = driver(bus, select.value, scheduler, time.sleep_us)
    irq = Pin(section["irq"], Pin.IN)
    irq.irq(lambda pin: radio.wake(), Pin.IRQ_FALLING)
    return radio


# Kind: (module, class, maker). Imported only where the description names the kind.
DRIVERS = {
    "pulse": ("protometer.drivers.meter.pulse_meter", "PulseMeter", _pulse),
    "gas_pulse": ("protometer.drivers.meter.gas_pulse_meter", "GasPulseMeter", _gas_pulse),
    "pio": ("protometer.drivers.meter.pio_counter", "PioCounter", _filtering_counter),
    "interrupt": (
        "protometer.drivers.meter.interrupt_counter",
        "InterruptCounter",
        _filtering_counter,
    ),
    "pcnt": ("protometer.drivers.meter.hardware_counter", "HardwareCounter", _pcnt_counter),
    "relay": ("protometer.drivers.switch.load_switch", "PinSwitch", _relay),
    "ssd1306": ("protometer.drivers.display.ssd1306", "Ssd1306", _ssd1306),
    "file": ("protometer.drivers.memory.file_memory", "FileMemory", _file),
    "fram": ("protometer.drivers.memory.fram", "Fram", _fram),
    "spinel": ("protometer.drivers.radio.spinel_radio", "SpinelRadio", _spinel),
    "mrf24j40": ("protometer.drivers.radio.mrf24j40", "Mrf24j40Radio", _mrf24j40),
    "partition": ("protometer.drivers.memory.flash_blocks", "FlashBlocks", _partition),
}


def run(began_ms=None):
    """Run the described role until Ctrl-C; return it for inspection at the prompt.

    began_ms: time.ticks_ms() when the start began. Returns None, after one printed line, where
    the description allows no start.
    """
    began_ms = time.ticks_ms() if began_ms is None else began_ms
    try:
        description = _described()
        scheduler = Scheduler(TickClock(_rtc_s(), time.ticks_ms, time.ticks_us, time.sleep_ms))
        role, findings = _assemble(description, scheduler)
    except DescriptionError as fault:
        print("protometer:", fault)
        return None
    started_ms = time.ticks_diff(time.ticks_ms(), began_ms)
    _report(description, scheduler.clock, findings, started_ms)
    watchdog = _watchdog(description)

    def proceed():
        try:
            scheduler.run(watchdog, _LONGEST_IDLE_MS)
        except KeyboardInterrupt:
            print("stopped")
        finally:
            if hasattr(role, "commit"):
                role.commit()

    role.proceed = proceed
    proceed()
    return role


def _described():
    try:
        with open(_DESCRIPTION) as file:
            description = json.load(file)
    except OSError:
        raise DescriptionError("no %s on this board: run `protometer flash`" % _DESCRIPTION)
    except ValueError:
        raise DescriptionError("%s is not JSON: run `protometer flash`" % _DESCRIPTION)
    for key in _KEYS:
        if not isinstance(description, dict) or key not in description:
            raise DescriptionError("%s has no %s: run `protometer flash`" % (_DESCRIPTION, key))
    return description


def _assemble(description, scheduler):
    """Return the role, running on the scheduler, and the findings for the report."""
    name = description["role"]
    if name not in _NEEDS:
        raise DescriptionError("there is no role %s" % name)
    findings = []
    drivers = description["drivers"]
    if not description["network"]:
        # A radio without a network has nothing to do.
        drivers = {part: drivers[part] for part in drivers if part != "radio"}
    parts = _parts(drivers, scheduler, findings)
    network, is_refused = _network(description, parts, findings)
    # The chips here keep what comes meanwhile, in a buffer or behind RTS; others must be parked.
    if hasattr(parts["radio"], "park"):
        scheduler.stall.register(parts["radio"])
    for part in _NEEDS[name]:
        if not parts.get(part):
            raise DescriptionError("%s needs a %s: %s" % (name, part, "; ".join(findings)))
    from protometer.roles.assembly import ROLES

    role = ROLES[name](scheduler, parts, network, description["settings"], _print_event)
    if is_refused and hasattr(role, "events"):
        from protometer.model.events import AUTHENTICATION_FAILED

        role.events.post(AUTHENTICATION_FAILED, scheduler.clock.utc_s())
    if hasattr(role, "permit"):
        role.permit(_PERMITS_S)
    collector = Collector(scheduler.metrics, time.ticks_us)
    scheduler.add("collector", collector.poll, is_slice=False)
    _add_keys(description.get("keys") or {}, role, scheduler)
    if description.get("led") is not None:
        led = Pin(description["led"], Pin.OUT)
        scheduler.each_second("led", lambda now_s: led.value(now_s & 1))
    return role, findings


def _parts(drivers, scheduler, findings):
    parts = {"radio": None, "stall": scheduler.stall}
    expected = []
    for name in drivers:
        kind = drivers[name].get("kind")
        if kind not in DRIVERS:
            findings.append("%s: %s has no driver in this release" % (name, kind))
            continue
        try:
            driver, make = _driver(kind)
            parts[name] = make(driver, drivers[name], scheduler, expected)
        except KeyError as missing:
            findings.append("%s: the description has no %s" % (name, missing.args[0]))
        except (ImportError, OSError, TypeError, ValueError) as fault:
            findings.append("%s: %s can't be set up: %s" % (name, kind, fault))
    _add_memories(parts, "logs" in drivers, findings)
    for probe in expected:
        findings.append(_probe(*probe))
    return parts


def _driver(kind):
    """Return the class and the maker of a kind of driver; KeyError for an unknown kind."""
    module, class_name, make = DRIVERS[kind]
    __import__(module)
    return getattr(sys.modules[module], class_name), make


def _add_memories(parts, logs_apart, findings):
    """Put what refuses in the place of memories that are not there; files keep the logs too."""
    if "memory" not in parts:
        parts["memory"] = NoMemory()
        findings.append("memory: none, nothing outlives a power cut")
    if "logs" not in parts:
        if logs_apart:
            findings.append("logs: none, no log is kept")
        is_files = parts["memory"].MEDIUM == NoMemory.MEDIUM
        parts["logs"] = parts["memory"] if is_files and not logs_apart else NoMemory()


def _network(description, parts, findings):
    """Return (the Network or None: then there is no HAN and no radio either, is it refused)."""
    network = description["network"]
    if not network or not parts["radio"]:
        parts["radio"] = None
        findings.append("han: none, no %s" % ("radio" if network else "network was given"))
        return None, False
    from protometer.han.network import Network, NetworkError, PolicyRefused

    try:
        return Network(network, description.get("locked", False)), False
    except PolicyRefused as refusal:
        parts["radio"] = None
        findings.append("han: none, %s" % refusal)
        return None, True
    except NetworkError as fault:
        raise DescriptionError(fault)


def _probe(name, bus, address, others):
    if _answers(bus, address):
        return "%s: answered at 0x%02x" % (name, address)
    heard = ["0x%02x" % other for other in others if other != address and _answers(bus, other)]
    found = ", but something did at " + heard[0] if heard else ""
    return "%s: expected at 0x%02x, no answer%s" % (name, address, found)


def _answers(bus, address):
    try:
        bus.writeto(address, b"")
    except OSError:
        return False
    return True


def _input_pin(number, pull):
    return Pin(number, Pin.IN, _PULLS.get(pull))


def _add_keys(keys, role, scheduler):
    face = getattr(role, "face", None)
    for name in keys:
        press = getattr(role, _PRESSES[name], None)
        if face:
            FaceKey(name, _input_pin(keys[name], "up"), face, face.KEYS[name], scheduler)
        elif press:
            Key(name, _input_pin(keys[name], "up"), press, scheduler)


def _watchdog(description):
    """Return a fed watchdog if one is asked for; a chip's watchdog can't be stopped again."""
    timeout_ms = description.get("watchdog_ms")
    if not timeout_ms:
        return None
    from machine import WDT

    from protometer.kernel.watchdog import Watchdog

    return Watchdog(WDT(timeout=timeout_ms).feed)


def _rtc_s():
    # By its fields: MicroPython's ports count seconds from different years.
    year, month, day, hour, minute, second = time.gmtime()[:6]
    return days_from_civil(year, month, day) * DAY_S + hour * 3600 + minute * 60 + second


def _utc_text(at_s):
    second = at_s % DAY_S
    clock = (second // 3600, second % 3600 // 60, second % 60)
    return "%04d-%02d-%02dT%02d:%02d:%02dZ" % (civil_from_days(at_s // DAY_S) + clock)


def _print_event(code, at_s):
    print("%s event 0x%04x" % (_utc_text(at_s), code))


def _report(description, clock, findings, started_ms):
    now_s = clock.utc_s()
    was_set = civil_from_days(now_s // DAY_S)[0] >= _FIRST_YEAR
    print("Protometer %s, %s" % (description["firmware"], description["board"]))
    for finding in findings:
        print(finding)
    print("clock: %s%s" % (_utc_text(now_s), "" if was_set else ", never set"))
    gc.collect()
    print("heap: %d bytes free" % gc.mem_free())
    print("%s running %d ms after start" % (description["role"], started_ms))


if __name__ == "__main__":
    role = run()

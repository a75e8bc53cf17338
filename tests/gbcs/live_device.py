"""Devices of every kind whose model is altered from outside, and that messages ask and command."""

import random
import struct
from functools import cache

from host_tools.gbcs import preset_cosem, presets
from host_tools.node import cosem_requests
from protometer.crypto.certificate import DIGITAL_SIGNATURE
from protometer.gbcs import gbz, use_case
from protometer.gbcs.envelope import (
    COMMAND,
    Message,
    encode_general_ciphering,
    encode_general_signing,
    encode_signed_part,
    parse,
)
from protometer.gbcs.protection import mac
from protometer.gbcs.remote_parties import ACCESS_CONTROL_BROKER
from protometer.kernel.slices import finish
from protometer.model.calendar import DAY_S
from protometer.model.dictionary import items
from protometer.model.enumerations import TYPE_1
from protometer.model.register import RegisterBank
from protometer.records.logbook import FIELDS, log_rows
from protometer.roles.device_log import KIND_PPMID
from tests.gbcs.message_stand import PARTIES, MessageMeter
from tests.roles.gbz_stand import encoded, told

# Kinds by their letters in use_cases.tbl, and the letters of the dictionary that they come with.
DEVICES = {
    "E": ("ESME", ("E", "ETPLB")),
    "G": ("GSME", ("G",)),
    "C": ("CHF", ("H",)),
    "F": ("GPF", ("F",)),
    "U": ("PPMID", ("U",)),
    "H": ("HCALCS", ("S",)),
    "P": ("SAPC", ("EL",)),
}
# A PPMID of the key store, which may send a gas meter Commands of its own.
PPMID = bytes.fromhex("00db1234567890a4")
# What only counts, or is on because there is something to tell: a Command done is no other state
# for it.
_COUNTS = {"party_counters", "device_counter", "log_counts", "log_starts", "han_interface_on"}
_LOGS_OF_COMMANDS = ("Event Log", "Security Log")
# Values are drawn within the bounds, of amounts not so near them that a sum leaves them.
_AMOUNT = 100_000_000
_PER_KILO = 1_000
_FIRST_ENTRY_S = 40 * DAY_S
# What is told without a sign, though the item has one.
_NEVER_NEGATIVE = ("credit_mode_balance_mp", "standing_charge_mp")
# What logs hold less of than their fields take: payments are never negative, Wh are below a kWh.
_BOUNDS = {
    "Billing Data Log Prepayment Credits": {"i": (0, _AMOUNT)},
    "Billing Data Log Payment Based Debt Payments": {"i": (0, _AMOUNT)},
    "Daily Read Log Export": {"I": (0, 10**6), "H": (0, 999)},
    # A sample has 24 bits.
    **{
        name: {"I": (0, 10**7)}
        for name in ("Profile Data Log", "Daily Consumption Log", "Network Data Log")
    },
}


@cache
def known_items(letters):
    """{attribute: Item} of a device."""
    return {item.attribute: item for item in items(letters)}


def plain(value):
    """Return a value with lists in the place of tuples, and bytes of what is like them."""
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return bytes(value) if isinstance(value, bytearray | memoryview) else value


class LiveDevice(MessageMeter):
    """A device by its letter in use_cases.tbl; rng: what its model's values are drawn from."""

    def __init__(self, keystore, head_end, letter, letters=None, seed=0, identifier=None):
        kind, known = DEVICES[letter]
        super().__init__(keystore, head_end, kind, letters or known[0], identifier)
        self.letter = letter
        self.letters = self.data.role
        self.rng = random.Random(f"{kind} {self.letters} {seed}")
        # What calendars hold, part by part as it is told, by element and by calendar.
        self.tables, self.calendars = {}, {}
        # What a gas proxy was told: {(cluster, attribute): value}.
        self.mirrored = {}

    def party(self, code):
        """Draw one of the parties that may send a use case and that the device knows."""
        roles = use_case.find(code).roles
        if roles == "U":
            return "U"
        unknown = "SNLT" if self.letter == "C" else "W"
        broker = self.bench.messages.engine.anchors.cell(ACCESS_CONTROL_BROKER, DIGITAL_SIGNATURE)
        if broker is None and use_case.find(code).is_critical("A"):
            # Whose signature a device can't verify, unless it has the certificate.
            unknown += "A"
        # Of whom a device has no key agreement certificate it can't answer unsigned.
        return self.rng.choice([one for one in roles if one in PARTIES and one not in unknown])

    def ask_cosem(self, code, items):
        """Send items of an access-request, which must be done; return (object, value) of each
        that is answered, decoded.
        """
        letters = self.letters
        self.send(
            code, lambda at: cosem_requests.payload(code, letters, items, at), self.party(code)
        )
        plaintexts = presets.plaintexts(self.keystore, self.command, self.response)
        octets = bytes(self.command.payload), bytes(self.response.payload)
        return [
            (one.object, plain(one.value))
            for one in preset_cosem.answers(*octets, plaintexts, letters)
        ]

    def ask_gbz(self, code, asked):
        """Send commands of GBZ; return {number of each: [(name, values)] that answer it}."""
        self.send(code, lambda at: encoded(asked), self.party(code))
        answers = {}
        for component in gbz.decode(self.response.payload):
            if component.sealed_as is not None:
                component.payload = self.head_end.decrypt(self.response, component.payload)
            answers.setdefault(component.sequence, []).append(told(component)[1:])
        return answers

    def send(self, code, payload, letter=None):
        """Send a command, as MessageMeter.send() does; letter: "U" for a PPMID's."""
        if letter != "U":
            super().send(code, payload, letter)
            return
        self.counter += 1
        held = self.keystore.named(PPMID, "ka")
        finish(self.bench.messages.engine.anchors.put_device(held.certificate))
        self.device.devices.add(self.now_s, PPMID, TYPE_1, KIND_PPMID)
        message = Message()
        message.kind, message.counter, message.code = COMMAND, self.counter, code
        message.originator, message.target = PPMID, self.identifier
        message.payload = payload(self.counter)
        whole = encode_general_signing(encode_signed_part(message))
        secret = self.head_end.secret(PPMID, self.identifier)
        octets = encode_general_ciphering(whole, finish(mac(secret, message, whole)))
        self.outcome = self.bench.handle(octets)
        assert self.outcome.accepted, self.outcome.reason
        self.command = parse(octets)
        self.response = self.head_end.open(self.outcome.response).message

    def pass_time(self, seconds):
        """Let time pass, and do what falls due."""
        if hasattr(self.device, "step"):
            self.run(seconds)
        else:
            self.bench.clock.advance(1_000 * seconds)
        finish(self.bench.messages.step(self.now_s))

    def waits(self):
        """Tell whether a Command, or an update of credentials, waits for its date."""
        return bool(getattr(self.data, "pending_commands", b"") or self.data.pending_credentials)

    # The model, from outside.

    def take_up(self):
        """Have the device go by what was loaded."""
        self.device.take_up(self.now_s)

    def value(self, place):
        """Return an item, or an element of it: `name` or `name[3]`; of registers in Wh."""
        name, index = _split(place)
        held = getattr(self.data, name)
        if isinstance(held, RegisterBank):
            return held.wh(index)
        return held if index is None else held[index]

    def put(self, place, value):
        """Set an item, or an element of it; of registers to Wh."""
        name, index = _split(place)
        held = getattr(self.data, name)
        if isinstance(held, RegisterBank):
            held.kwh[index], held.mwh[index] = divmod(value, _PER_KILO)
            held.mwh[index] *= _PER_KILO
        elif index is None:
            setattr(self.data, name, value)
        else:
            held[index] = value

    def alter(self, place):
        """Set an item, or an element of it, to another value within its bounds.

        `name[*]` and `name[a-b]` stand for any one of all, or of some, of its elements.
        """
        name, _, index = place.partition("[")
        if index in ("*]",) or "-" in index:
            held = getattr(self.data, name)
            first, _, last = index[:-1].partition("-")
            span = range(len(held)) if first == "*" else range(int(first), int(last) + 1)
            place = f"{name}[{self.rng.choice(span)}]"
        before = self.value(place)
        value = before
        while value == before:
            value = self.draw(name)
        self.put(place, value)

    def draw(self, name):
        """Draw a value of an item, or of an element of it, within its bounds."""
        item, rng = known_items(self.letters)[name], self.rng
        if item.base == "REGISTER":
            return rng.randrange(_AMOUNT)
        if item.base == "OCTETS":
            return rng.randbytes(item.size)
        if item.base == "TEXT":
            return "".join(rng.choice("0123456789ABCdef") for _ in range(item.size))
        if item.only:
            return rng.choice(item.only)
        least = 0 if name in _NEVER_NEGATIVE else max(item.least, -_AMOUNT)
        greatest = min(item.greatest, max(least + 1, _AMOUNT))
        return rng.randint(least, greatest)

    def log_row(self, name):
        """Return the row of a log of this device."""
        return next(row for _, row in log_rows(self.data) if row[1] == name)

    def add_entry(self, name, *values):
        """Append an entry to a log, drawn but for the last values, later than all others."""
        row, log = self.log_row(name), self.device.logbook.named(name)
        period_s = int(row[6]) or self.rng.randint(2, 5_000)
        newest = list(log.entries(log.next_number() - 1, 1))
        at_s = newest[0][0] if newest else self.now_s // DAY_S * DAY_S - _FIRST_ENTRY_S
        drawn = [self._field(code, name) for code in _fields(row[FIELDS])[1:]]
        drawn[len(drawn) - len(values) :] = values
        if not int(row[6]):
            # Of what happens nothing is later than now.
            period_s = max(min(period_s, self.now_s - at_s), 0)
        log.append(at_s + period_s, *drawn)

    def _field(self, code, name):
        if code[-1] == "s":
            size = int(code[:-1])
            if size % 6 or size < 12:
                return bytes(self.rng.randrange(10) << 4 | 1 for _ in range(size))
            return self.draw_reading()
        bounds = {"B": (0, 255), "H": (1, 0xFFFF), "I": (0, _AMOUNT), "i": (-_AMOUNT, _AMOUNT)}
        bounds.update(_BOUNDS.get(name, {}))
        return self.rng.randint(*bounds[code])

    def draw_reading(self):
        """Draw the octets of a reading: of each bank the kWh, then the Wh below."""
        octets = b""
        for count in self.banks():
            octets += struct.pack(f"<{count}I", *[self.rng.randrange(10**6) for _ in range(count)])
            octets += struct.pack(f"<{count}H", *[self.rng.randrange(1000) for _ in range(count)])
        return octets

    def banks(self):
        """Return how many registers each bank has of which a reading is made."""
        if self.letters in "GF":
            return 1, 4, 4
        return (1, 1, 48, 4, 32) if "T" in self.letters else (1, 48, 32)

    def registers(self, octets):
        """Return the registers of a reading in Wh, bank by bank."""
        found, at = [], 0
        for count in self.banks():
            whole = struct.unpack_from(f"<{count}I", octets, at)
            part = struct.unpack_from(f"<{count}H", octets, at + 4 * count)
            found.append([_PER_KILO * k + w for k, w in zip(whole, part, strict=True)])
            at += 6 * count
        return found

    def entries(self, name, since=0, until=0xFFFF_FFFF):
        """Return the entries of a log between two times."""
        return [entry for entry in self.log(name) if since <= entry[0] <= until]

    def hub_log(self, name):
        """Return the devices of a hub's log: identifier, and hash of the link key."""
        held = getattr(self.data, name)
        return [[held[at : at + 8], held[at + 8 : at + 24]] for at in range(0, len(held), 24)]

    def alerts(self):
        """Return what waits to be told to remote parties: code, and what is said beside."""
        waiting = self.bench.messages.alerts()._waiting
        return [(alert.code, alert.contents) for alert in waiting]

    def model(self):
        """Return all that the device holds, but what only counts and what logs every Command."""
        state = {"clock": self.now_s, "alerts": self.alerts()}
        for name in known_items(self.letters):
            held = getattr(self.data, name)
            if isinstance(held, RegisterBank):
                held = list(held.kwh), list(held.mwh)
            if name not in _COUNTS:
                state[name] = list(held) if hasattr(held, "typecode") else held
        for log in self.device.logbook.logs():
            if log.name not in _LOGS_OF_COMMANDS:
                state[log.name] = self.log(log.name)
        return state


def _split(place):
    name, _, index = place.partition("[")
    return name, int(index[:-1]) if index else None


def _fields(codes):
    """Return the codes of a struct one by one, those of octets with their size."""
    found, digits = [], ""
    for code in codes:
        digits += code
        if not code.isdigit():
            found.append(digits)
            digits = ""
    return found

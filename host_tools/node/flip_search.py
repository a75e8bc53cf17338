"""The bit-flip search: every bit of what keeps the state, and of a block of each log.

One bit is turned in what a memory holds after hours of the power-cut script; a meter is started
on it. It must find the last state or the one before, say so in its Event Log if it is the one
before, and never start as shipped. Bits of octets that no start reads change nothing.
"""

import random

from host_tools.node.cut_rig import HeldSwitch, Rig, state_of
from host_tools.node.cut_script import events
from protometer.model.events import MEMORY_FAULT
from protometer.store.fram_map import LOGS_AT

_ELSEWHERE = 10_000


class Flips:
    """Turns bits in one medium: fram, flash, or contents (of files).

    step: one bit of so many; share, shares: this process turns every shares-th of those.
    """

    def __init__(self, medium, half_hours_path, minutes, step=1, share=0, shares=1):
        self.rig = Rig(medium, "flipped")
        self._first, self._step = step * share, step * shares
        self._switch = HeldSwitch()
        self._play(events(half_hours_path, minutes))
        self.octets, self.files = self.rig.image()
        self.bits = self.tried = self.fell_back = self.entries = 0
        self.failures = []

    def figures(self):
        """Return what was done as a dictionary."""
        return {
            "medium": self.rig.medium,
            "bits": self.bits,
            "tried": self.tried,
            "fell_back": self.fell_back,
            "entries": self.entries,
            "failures": self.failures,
        }

    def run(self):
        """Turn every bit of the state, of a segment of each log, and samples of the rest."""
        if self.octets is None:
            names = sorted(name for name in self.files if not name.startswith("log"))
            for name in names:
                for bit in range(self._first, 8 * len(self.files[name]), self._step):
                    self._flip_in_file(name, bit)
        else:
            size = LOGS_AT if self.rig.medium == "fram" else len(self.octets)
            self._flip_in_region(size)
        self._flip_in_logs()
        self._flip_elsewhere()

    def _play(self, script):
        house = esme = None
        for at_s, used_wh, command in script:
            if esme is None:
                house, esme = self.rig.start(self._switch, at_s)
            if used_wh and self._switch.position:
                house.waiting_mwh += 1000 * used_wh
            self.now_s, self.before = at_s, state_of(esme)
            if command:
                esme.execute(*command, at_s)
            else:
                esme.step(at_s)
        # One commit more, so that the last two states are known.
        self.before = state_of(esme)
        house.waiting_mwh = self.rig.bound_mwh
        esme.account_for(self.now_s + 1)
        esme.commit()
        self.after = state_of(esme)

    def _flip_in_region(self, size):
        self.rig.load(self.octets, self.files)
        self._start("nothing turned")
        # What no start reads, whatever is turned elsewhere, is left out after this many bits.
        reading = [self.rig.may_have_read(at) for at in range(size)]
        flipped = bytearray(self.octets)
        for bit in range(self._first, 8 * size, self._step):
            self.bits += 1
            at = bit // 8
            if reading[at]:
                flipped[at] ^= 1 << bit % 8
                self.rig.load(flipped, self.files)
                self._start("bit %d" % bit)
                flipped[at] ^= 1 << bit % 8

    def _flip_in_file(self, name, bit):
        self.bits += 1
        files = dict(self.files)
        files[name] = _turned(files[name], bit)
        self.rig.load(self.octets, files)
        self._start("%s, bit %d" % (name, bit))

    def _start(self, what):
        self.tried += 1
        switch = HeldSwitch(self._switch.position)
        _, esme = self.rig.start(switch, self.now_s + 3)
        if esme.found not in (self.before, self.after):
            self.failures.append((what, "another state" if esme.found else "started as shipped"))
            return
        if esme.found == self.before:
            self.fell_back += 1
            if not _told(esme):
                self.failures.append((what, "fell back and did not say so"))

    def _flip_in_logs(self):
        """Turn every bit of a segment of each log that has entries: that entry alone is lost."""
        self.rig.load(self.octets, self.files)
        _, esme = self.rig.start(HeldSwitch(self._switch.position), self.now_s + 3)
        for name in sorted(name for name in self.rig.logs.files if name.startswith("log")):
            whole = self.rig.logs.files[name]
            number = int(name[3:].split(".")[0])
            (log,) = [log for log in esme.logbook.logs() if log.number == number]
            intact = list(log.entries(0, 1 << 30))
            for bit in range(self._first, 8 * len(whole), self._step):
                self.bits += 1
                self.rig.logs.files[name] = _turned(whole, bit)
                read = list(log.entries(0, 1 << 30))
                lost = [number for number in range(len(intact)) if read[number] != intact[number]]
                self.entries += len(lost)
                if len(lost) > 1 or any(read[number] is not None for number in lost):
                    self.failures.append(("%s, bit %d" % (log.name, bit), "lost %s" % lost))
            self.rig.logs.files[name] = whole

    def _flip_elsewhere(self):
        """Turn sampled bits of everything that is kept, several at once never: one a start."""
        generator = random.Random(7 + self._first)
        names = sorted(self.files)
        for _ in range(_ELSEWHERE // self._step):
            if self.octets is not None and generator.random() < 0.5:
                flipped = bytearray(self.octets)
                bit = generator.randrange(8 * len(flipped))
                flipped[bit // 8] ^= 1 << bit % 8
                self.bits += 1
                self.rig.load(flipped, self.files)
                self._start("sampled bit %d" % bit)
            else:
                name = names[generator.randrange(len(names))]
                self._flip_in_file(name, generator.randrange(8 * len(self.files[name])))


def _turned(octets, bit):
    turned = bytearray(octets)
    turned[bit // 8] ^= 1 << bit % 8
    return bytes(turned)


def _told(esme):
    """Tell whether a meter raised and logged that its memory was damaged."""
    raised = False
    while len(esme.outbox):
        raised = esme.outbox.take()[0] == MEMORY_FAULT or raised
    entries = esme.logbook.named("Event Log").entries(0, 1 << 30)
    return raised and any(entry and entry[1] == MEMORY_FAULT for entry in entries)

"""A meter on a memory that can be cut: the physical world round it, and how it is started.

What outlives a cut are the memory, the load switch, and what the household has really used.
"""

from host_tools.node.conversation import Conversation, answers_alike
from host_tools.node.cut_media import Tape, TapedBlocks, TapedFiles, TapedFlash, TapedFram
from host_tools.node.desk_supplier import meter_authenticator
from protometer.drivers.memory.file_memory import FileMemory
from protometer.kernel.clock import VirtualClock
from protometer.kernel.stall import Stall
from protometer.model import dictionary, table
from protometer.model.dictionary import Data
from protometer.records import logbook
from protometer.roles.esme import Esme
from protometer.store import layout, store
from protometer.store.store import Store

# Medium: (the energy in mWh that a power cut may cost at most).
LOSS_BOUND_MWH = {"fram": 1_000, "flash": 10_000, "files": 10_000, "contents": 10_000}
_PAGE_SIZE = 256
# More at once than a Pico's 32: nothing is cut in reading, and it is quicker.
_READ_SIZE = 512


def parse_tables_once():
    """Have every meter of this process share the parsed tables: starting one takes a moment."""
    parsed = list(dictionary.items("E"))
    dictionary.items = layout.items = lambda role: parsed
    shared = layout.Layout("E")
    store.Layout = lambda role: shared
    log_rows = list(table.rows(logbook._TABLE, logbook._COLUMNS))
    logbook.rows = lambda path, columns: log_rows


class House:
    """A MeterFrontEnd: hands on what the household used since the last reading."""

    CHANNELS = ("import_mwh",)

    def __init__(self):
        self.import_mwh = 0
        self.power_w = 0
        self.waiting_mwh = 0

    def read(self):
        """Take the energy since the last reading."""
        self.import_mwh, self.waiting_mwh = self.waiting_mwh, 0


class HeldSwitch:
    """A load switch that stays where it was put, with or without power."""

    def __init__(self, position=False):
        self.position = position

    def set(self, closed):
        """Move it."""
        self.position = closed

    def closed(self):
        """Return its position."""
        return self.position


class WatchedEsme(Esme):
    """An Esme that remembers the state it found, before it did anything with it."""

    def _start(self, now_s):
        self.found = state_of(self) if self._restored else None
        super()._start(now_s)


def state_of(esme):
    """Return the durable state of a meter: its image and what has a length."""
    store = esme._transaction._store
    return bytes(store._durable), tuple(store._kept_lengthy)


class Rig:
    """The memory of one medium, and meters started on it; name: of its mount point.

    medium: fram or flash, with logs in files; files, of littlefs; or contents, of files in RAM.
    """

    def __init__(self, medium, name):
        self.medium = medium
        self._folder = "/" + name
        self.tape = Tape()
        self._stall = Stall(lambda: 0)
        self.bound_mwh = LOSS_BOUND_MWH[medium]
        # With files of littlefs: what was said since the last load.
        self.conversation = Conversation()
        self.logs = TapedFiles(self.tape)
        if medium == "fram":
            self.memory = TapedFram(self.tape)
        elif medium == "flash":
            self.memory = TapedFlash(self.tape)
        elif medium == "contents":
            self.memory = self.logs
        else:
            self._begin_littlefs()

    def image(self):
        """Return copies of what the memory holds now."""
        octets = None if self.medium == "contents" else bytes(self.memory.octets)
        return octets, dict(self.logs.files)

    def load(self, octets, files):
        """Put a content into the memory, as a power cut left it."""
        self.conversation = Conversation()
        self.logs.files = dict(files)
        if octets is not None:
            self.memory.reading.reset()
            self.memory.octets[:] = octets

    def may_have_read(self, where):
        """Tell whether the meter on what was loaded last may have read an octet of it."""
        return self.memory.reading.has(where)

    def start(self, switch, now_s):
        """Start a meter, as when power comes back."""
        house = House()
        memory, logs = self.memory, self.logs
        if self.medium == "files":
            self._mount()
            memory = logs = self.conversation.on(self._files())
        return house, WatchedEsme(
            house,
            switch,
            memory,
            logs,
            VirtualClock(now_s, lambda: 0),
            self.bound_mwh,
            authentic=meter_authenticator(),
        )

    def restored(self):
        """Return the state that is read from the memory as it is now."""
        files = self.medium == "files"
        memory = self.conversation.on(self._files()) if files else self.memory
        store = Store(Data("E"), memory)
        store.restore()
        return bytes(store._durable), tuple(store._kept_lengthy)

    def answers_alike(self, said):
        """Tell whether littlefs on what was loaded last has the same conversation."""
        try:
            self._mount()
            files = self._files()
        except OSError:
            return False
        return answers_alike(files, said)

    def _files(self):
        return FileMemory(self._folder + "/state", self._stall)

    def _begin_littlefs(self):
        import vfs

        self.memory = TapedBlocks(self.tape)
        # As a stock Pico does: rp2.Flash in pages of 256 octets.
        vfs.VfsLfs2.mkfs(self.memory, progsize=_PAGE_SIZE, readsize=_READ_SIZE)
        self._mounted = False

    def _mount(self):
        import vfs

        if self._mounted:
            vfs.umount(self._folder)
        vfs.mount(vfs.VfsLfs2(self.memory, progsize=_PAGE_SIZE, readsize=_READ_SIZE), self._folder)
        self._mounted = True

"""The In-Home Display (IHD, SMETS2 section 6): asks, listens and shows; computes no bill."""

from ..model.dictionary import Data
from ..store.store import Store
from ..ui.face import Face
from .meter_watch import MeterWatch


class Ihd:
    """The display on a scheduler: radio in, pixels out.

    display: a driver as ui.face wants it; meter: as MeterWatch has it.
    """

    def __init__(self, scheduler, radio, network, memory, display, meter):
        self.data = Data("I")
        store = Store(self.data, memory)
        store.restore()
        self.commit = store.commit
        self.watch = MeterWatch("I", scheduler, radio, network, store, self.data, meter)
        self.stack = self.watch.stack
        gas = self.watch.gas
        face = Face(scheduler, display, self.data, gas.data if gas else None)
        self.watch.on_heard = face.heard
        self.watch.on_changed = face.changed
        self.press = face.press

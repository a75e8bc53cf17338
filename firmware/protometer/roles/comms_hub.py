"""Enough of a Communications Hub to stand a network on: coordinator, time and relay."""

from ..han.stack import Stack
from ..model.dictionary import Data
from ..store.store import Store


class CommsHub:
    """Serves Time and Basic and relays for others; memory keeps its frame counter."""

    def __init__(self, scheduler, radio, network, memory):
        self.data = Data("H")
        store = Store(self.data, memory)
        store.restore()
        self.stack = Stack("H", self.data, radio, network, scheduler, store)

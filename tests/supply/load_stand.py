"""Auxiliary loads played second by second, with contacts and HCALCSs that do as they are told."""

import datetime

from protometer.kernel.slices import finish
from protometer.model.dictionary import Data
from protometer.model.events import Outbox
from protometer.supply.auxiliary_load import AuxiliaryLoads
from protometer.supply.boost import Boost

EPOCH = datetime.datetime(2000, 1, 1)
ALWAYS = (0xFFFF, 0xFF, 0xFF)
EVERY_DAY = 0x7F
MINUTE_S = 60
HOUR_S = 3600
DAY_S = 86_400
# 2024-12-19T12:00:00Z, a Thursday.
NOON_S = int((datetime.datetime(2024, 12, 19, 12) - EPOCH).total_seconds())
HCALCS_4 = bytes.fromhex("00db1234567890a5")
HCALCS_5 = bytes.fromhex("00db1234567890a6")


class ListLog:
    """A log in memory; `broken` makes it refuse."""

    def __init__(self):
        self.entries = []
        self.broken = False

    def append(self, *values):
        if self.broken:
            raise OSError(5)
        self.entries.append(values)

    def clear(self):
        self.entries.clear()


class Stand:
    """A meter's loads; `stuck` are switches whose contact no longer moves."""

    def __init__(self, now_s=NOON_S, calendar=None, hcalcs=(), role="ELB"):
        self.data = Data(role)
        self.log, self.boost_log = ListLog(), ListLog()
        self.outbox = Outbox(200)
        self.contacts = [False] * 5
        self.stuck = set()
        self.now_s = now_s
        self.told = []
        self.sent = []
        self.start()
        for switch, identifier in hcalcs:
            self.loads.set_switch(now_s, *self.loads.check_set_switch(switch, identifier))
        if calendar is not None:
            rules = {"rules": calendar, "special_days": []}
            self.loads.set_calendar(now_s, *finish(self.loads.check_set_calendar(rules)))
        self.drive()
        self.second()
        self.forget()

    def start(self):
        """As after a power cut: contacts hold, the data is kept, what was not sent is lost."""
        self.loads = AuxiliaryLoads(self.data, self.outbox, self.log)
        self.boost = Boost(self.data, self.loads, self.boost_log)
        self.look()
        self.drive()

    def look(self):
        """Follow what is due."""
        if self.now_s >= self.boost.next_look_s:
            self.boost.follow(self.now_s)
        if self.now_s >= self.loads.next_look_s:
            self.loads.follow(self.now_s)

    def drive(self):
        """Move contacts and send instructions, as the role does once a state is durable."""
        loads = self.loads
        for index in range(5):
            if loads.moves >> index & 1:
                loads.moves &= ~(1 << index)
                if index + 1 not in self.stuck:
                    self.contacts[index] = bool(self.data.alcs_state[index])
        self.sent += iter(loads.instructions.take, None)

    def second(self):
        """Play the next second."""
        self.now_s += 1
        self.look()
        for index in range(5):
            if self.data.hcalcs_identifiers[8 * index : 8 * index + 8] == bytes(8):
                self.loads.sense(index + 1, self.contacts[index], self.now_s)
        while len(self.outbox):
            self.told.append(self.outbox.take())
        self.drive()

    def run(self, seconds):
        """Play seconds, of those in which nothing is due or moving none."""
        end_s = self.now_s + seconds
        while self.now_s < end_s:
            if not self.loads.moves and not any(self.data.alcs_unproven):
                due_s = min(self.loads.next_look_s, self.boost.next_look_s, end_s)
                self.now_s = max(self.now_s, due_s - 1)
            self.second()

    def command(self, switch, action, minutes=None):
        self.loads.set_state(self.now_s, *self.loads.check_set_state(switch, action, minutes))
        self.drive()

    def closed(self):
        """Return the numbers of the switches that are to be closed."""
        return {index + 1 for index in range(5) if self.data.alcs_state[index]}

    def forget(self):
        """Drop what was logged, told and sent so far."""
        self.log.entries.clear()
        self.told.clear()
        self.sent.clear()

"""A meter, its ALCS and an HCALCS over two days; every runtime prints load_workload.golden.

The HAN is lost for some hours, and the HCALCS without power for a quarter of one.
"""

from protometer.kernel.slices import finish
from protometer.model.command import CommandRefused
from protometer.model.dictionary import Data
from protometer.model.events import Outbox
from protometer.supply.auxiliary_load import CLOSED, OPENED, REVERTED, AuxiliaryLoads
from protometer.supply.boost import Boost
from protometer.supply.hcalcs import Hcalcs
from protometer.supply.load_demand import CLOSE, OPEN

START_S = 787_924_800  # 2024-12-19T12:00:00Z
ALWAYS = (0xFFFF, 0xFF, 0xFF)
ESME = b"\x00\xdb\x124Vx\x90\xa0"
HCALCS = b"\x00\xdb\x124Vx\x90\xa5"


class Printed:
    def __init__(self, name):
        self._name = name

    def append(self, at_s, *values):
        print(self._name, at_s - START_S, *values)


def rule(minute, switch, code):
    return (minute, ALWAYS, ALWAYS, 0x7F, 0, switch << 4 | code)


outbox = Outbox()
data, far = Data("ELB"), Data("S")
far.paired_esme = ESME
loads = AuxiliaryLoads(data, outbox, Printed("meter"))
boost = Boost(data, loads, Printed("boost"))
switch = Hcalcs(far, outbox, Printed("hcalcs"))
now_s = START_S


def exchange(han):
    """Let both do what is due, and the HAN carry what they say."""
    if loads.moves:
        loads.moves = 0
    switch.moves = False
    boost.follow(now_s)
    loads.follow(now_s)
    switch.follow(now_s)
    instruction = loads.instructions.take() if han else None
    if instruction:
        _, closed, minutes, number = instruction
        switch.control(now_s, ESME, closed, minutes, number)
    if han and switch.take_request():
        print("request", now_s - START_S)
        loads.request_control(now_s, HCALCS)
    answer = switch.take_answer() if han else None
    if answer:
        loads.answered(*answer, now_s)
    loads.sense(1, bool(data.alcs_state[0]), now_s)
    switch.sense(bool(far.switch_state), now_s)
    while len(outbox):
        code, at_s, detail = outbox.take()
        print(f"event {code:04x} {at_s - START_S} {detail:04x}")


loads.set_switch(now_s, *loads.check_set_switch(4, HCALCS))
rules = [rule(1380, 1, CLOSE), rule(360, 1, OPEN), rule(60, 4, CLOSE), rule(300, 4, OPEN)]
loads.set_calendar(now_s, *finish(loads.check_set_calendar({"rules": rules, "special_days": []})))
boost.set_control(now_s, *boost.check_set_control([1, 0, 0, 1, 0]))
for minute in range(2 * 1440):
    now_s = START_S + 60 * minute
    if minute == 10:
        loads.set_state(now_s, *loads.check_set_state(4, CLOSED, 25))
    elif minute == 60:
        boost.activate(now_s, 30)
        boost.extend(now_s, 15)
    elif minute == 80:
        loads.set_state(now_s, *loads.check_set_state(1, OPENED, 60))
        loads.set_state(now_s, *loads.check_set_state(1, REVERTED, None))
    elif minute == 1000:
        switch = Hcalcs(far, outbox, Printed("hcalcs"))
    elif minute == 1500:
        loads.set_state(now_s, *loads.check_set_state(4, CLOSED, 120))
    for _ in range(3):
        exchange(not 1510 <= minute < 1800 and not 985 <= minute < 1000)
for attempt in ((boost.cancel, now_s), (boost.activate, now_s, 17)):
    try:
        attempt[0](*attempt[1:])
    except CommandRefused as refusal:
        print(refusal)

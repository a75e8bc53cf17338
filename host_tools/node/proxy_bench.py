"""A gas meter and its proxy, without air between: questions and answers are handed over.

Runs on any runtime.
"""

from binascii import hexlify

from host_tools.node.message_bench import MessageBench
from protometer.gbcs import gbz, use_case
from protometer.gbcs.execution import Execution
from protometer.han import cluster_command, zcl
from protometer.kernel.slices import finish
from protometer.model import command as commands
from protometer.model.calendar_fields import ANY_YEAR
from protometer.roles.gbz_request import GbzRequest
from protometer.roles.gbz_server import GbzServer
from protometer.roles.message_transaction import carried_out
from protometer.roles.proxy_request import handler

NOW_S = 473_385_600
TOP_UPS = "Billing Data Log Prepayment Credits"
PAYMENTS = "Billing Data Log Payment Based Debt Payments"
TARIFF = {
    "seasons": [(ANY_YEAR, 1, 1, 0), (ANY_YEAR, 7, 1, 1)],
    "weeks": [[0] * 7, [1, 1, 1, 1, 1, 2, 2]],
    "days": [[(0, 1)], [(0, 2)], [(0, 3)]],
    "special_days": [(ANY_YEAR, 12, day, 2) for day in range(1, 21)],
    "prices": [100, 200, 300, 400],
    "standing_charge": 25_000,
    "issued": [7, 8],
    "price_issued": 9,
}
CREDIT = {
    "seasons": [(2016, 5, 1, 0)],
    "weeks": [[0, 0, 0, 0, 0, 1, 1]],
    "days": [[(0, 1), (600, 0), (1_200, 1)], [(0, 1)]],
    "special_days": [],
    "issued": [11, 12],
}
# By message code (cluster, frame control, command, payload, From-Date-Time): the parts of both
# calendars and the price in force, behind attributes; payments, top-ups, billing period.
ASKED = {
    0x009F: (
        (0x0700, 0x00, 0, "1706", None),
        (0x0707, 0x01, 1, "00000000ffffffff0000", None),
        (0x0707, 0x01, 2, "00000000ffffffff0000", None),
        (0x0707, 0x01, 3, "00000000ffffffff", None),
        (0x0707, 0x01, 4, "00000000000000000000ffffffff", None),
        (0x0700, 0x01, 0, "00", None),
    ),
    0x00B5: (
        (0x0705, 0x00, 0, "3902", None),
        (0x0700, 0x00, 0, "1706", None),
        (0x0707, 0x01, 1, "00000000feffffff0000", None),
        (0x0707, 0x01, 2, "00000000feffffff0000", None),
        (0x0707, 0x01, 3, "00000000feffffff", None),
        (0x0707, 0x01, 4, "00000000000300000000feffffff", None),
    ),
    0x00C4: ((0x0705, 0x01, 0x0A, "feffffff0a02", 0),),
    0x00C5: ((0x0705, 0x01, 0x08, "feffffff05", 0),),
    0x00DA: ((0x0700, 0x01, 0x0B, "00000000ffffffff0100", None),),
}


class _OwnNetwork:
    """Of a stack and its network what tells whose proxy asks."""

    is_commissioned = is_interop = False

    def __init__(self):
        self.network = self


class _Request:
    """A question as the meter's handlers take it; `told`: the values of the answer."""

    is_remote = True
    from_s = 0
    answer_several = GbzRequest.answer_several

    def __init__(self, cluster, values):
        self.cluster = cluster
        self.values = values
        self.now_s = NOW_S
        self.told = {}

    def answer(self, name, values):
        command = cluster_command.find(self.cluster, True, name)
        self.told = command.decode(command.encode(dict(values)))


class Pair:
    """Both on a bench; `asked`: the names of the commands of the last round."""

    def __init__(self):
        self.meter = MessageBench("GSME", "G", NOW_S).device
        self.bench = MessageBench("GPF", "F", NOW_S)
        self.proxy = self.bench.device
        self.data = self.proxy.data
        self.asked = []

    def execute(self, name, **arguments):
        """Run a Command of the Supplier on the meter."""
        self.meter.execute(name, arguments, commands.SUPPLIER, NOW_S)

    def log(self, name, *entries):
        """Append entries to a log of the meter."""
        for entry in entries:
            self.meter.logbook.named(name).append(*entry)
        self.meter.commit()

    def logged(self, name):
        """Return the entries of the proxy's log."""
        return list(self.proxy.logbook.named(name).entries(0, 1 << 30))

    def answer(self, question):
        """Return what the meter answers to a question."""
        cluster, name, fields, _ = question
        command = cluster_command.find(cluster, False, name)
        request = _Request(cluster, command.decode(command.encode(fields)))
        taken = handler(self.meter, _OwnNetwork(), cluster, command.identifier)
        status = taken(self.meter, request)
        if hasattr(status, "send"):
            status = finish(status)
        assert status in (None, zcl.NOT_FOUND)
        return request.told

    def round(self, now_s=NOW_S, answer=None):
        """Ask for all; answer: of a question, in the place of the meter's."""
        self.asked = []
        questions = self.proxy.questions(now_s)
        told = None
        while True:
            try:
                question = questions.send(told)
            except StopIteration:
                break
            self.asked.append(question[1])
            told = (answer or self.answer)(question)
        self.proxy.keep_told(None, now_s)

    def told(self, code, of_meter=False):
        """Return [(command, payload)] that the proxy, or the meter, answers to remote parties.

        Attributes are left out: here the mirror has none.
        """
        device = self.meter if of_meter else self.proxy
        asked = [
            gbz.Component(cluster, control, number, command, bytes.fromhex(payload), from_s)
            for number, (cluster, control, command, payload, from_s) in enumerate(ASKED[code])
        ]
        execution = Execution(use_case.find(code), commands.SUPPLIER, 1, NOW_S)
        execution.protect = bytes
        server = GbzServer(device)
        answer = finish(carried_out(device, server, execution, gbz.encode(asked)))
        assert not execution.failed
        return [
            (component.command, hexlify(component.payload).decode())
            for component in gbz.decode(answer)
            if ASKED[code][component.sequence][1]
        ]

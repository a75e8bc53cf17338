"""Whole meters with their HAN on one air with who asks them."""

from protometer.han import cluster_command, zcl
from protometer.kernel.scheduler import Scheduler
from protometer.model import command as originators
from protometer.roles.esme_han import EsmeHan
from protometer.roles.gsme_han import GsmeHan
from tests.han.han_stand import EXTENDED, Air, Node, Radio, network
from tests.han.test_stack import heard_by
from tests.roles import gsme_stand
from tests.roles.esme_stand import Stand

METER, PPMID = 1, 2
PPMID_EUI = bytes.fromhex(EXTENDED[PPMID])


class SlowAir(Air):
    """Gives whom a frame is for the time to take it before the next comes."""

    def _carry(self, sender, psdu):
        super()._carry(sender, psdu)
        for node in self.nodes:
            if node is not sender:
                node.scheduler.run_due()


class OnAir:
    """A meter with its HAN, and a PPMID that asks it; type 1 unless said otherwise."""

    def __init__(self, role="E", device_type=1, **stand):
        self.role = role
        self.stand = gsme_stand.Stand(**stand) if role == "G" else Stand(role=role, **stand)
        self.data, self.meter = self.stand.data, self.stand.meter
        self.asker = Node("I", PPMID)
        self.short = METER
        self.scheduler = Scheduler(self.stand.clock)
        self.radio = Radio()
        self.begin_han()
        self.air = SlowAir(self, self.asker)
        self.heard = heard_by(self.asker)
        if device_type:
            self.stand.execute(
                "Add Device Security Credentials",
                originators.ACCESS_CONTROL_BROKER,
                identifier=PPMID_EUI,
                type=device_type,
            )

    def begin_han(self):
        is_gas = self.role == "G"
        han = (GsmeHan if is_gas else EsmeHan)(
            self.meter, self.scheduler, self.radio, network(METER), *(() if is_gas else ((),))
        )
        self.stack = han.stack

    def ask(self, cluster, name, values=None, control=0x01):
        """Return (name, values) of each command that answers, and the status of a response."""
        self.heard.clear()
        command = cluster_command.find(cluster, False, name)
        frame = zcl.frame(control, 77, command.identifier, command.encode(values or {}))
        self.asker.stack._send(METER, cluster, frame)
        self.air.settle()
        told = []
        for theirs, control, sequence, identifier, payload in self.heard:
            if theirs != cluster:
                continue
            assert sequence == 77
            assert len(payload) <= 76
            if not control & zcl.CLUSTER_SPECIFIC:
                assert payload[0] == command.identifier
                told.append(payload[1])
                continue
            answer = cluster_command.find(cluster, True, identifier)
            told.append((answer.name, answer.decode(payload)))
        return told

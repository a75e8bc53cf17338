"""Meters on the bench that a head-end sends messages to, and that are otherwise left alone.

What they hold comes of those messages and of what they measure; nothing is set from outside.
"""

from sys import maxsize

from host_tools.gbcs import preset_cosem, presets
from host_tools.node import cosem_requests
from host_tools.utrn import make_utrn
from protometer.crypto import ecdsa
from protometer.gbcs import gbz, use_case
from protometer.gbcs.envelope import parse
from protometer.kernel.slices import finish
from tests.roles.gbz_stand import encoded, told

STEP_S = 1_800
PARTIES = {
    "S": "supplier",
    "N": "network operator",
    "A": "access control broker",
    "R": "recovery",
    "T": "transitional cos",
    "W": "wan provider",
    "L": "load controller",
}


class MessageMeter:
    """A device of a kind, which knows the parties of a key store; letters: of its dictionary, None
    for those that its kind has by itself; identifier: None for that of its kind.
    """

    def __init__(self, keystore, head_end, kind, letters=None, identifier=None):
        self.keystore, self.head_end = keystore, head_end
        self.bench = presets.bench_for(
            keystore, kind, None, None, letters=letters, identifier=identifier
        )
        self.device, self.data = self.bench.device, self.bench.data
        self.identifier = self.bench.messages.identifier()
        self.signing_key = finish(ecdsa.public_key(self.data.signing_key))
        self.counter = 1_000
        self.command = self.response = self.outcome = None

    @property
    def now_s(self):
        return self.bench.clock.utc_s()

    def run(self, seconds, **flows):
        """Let time pass, half an hour at a time or less; flows: by channel of the front end, in
        thousandths, what flows in the first second.
        """
        front_end = self.bench.front_end
        for channel, amount in flows.items():
            setattr(front_end, channel, amount)
        self._advance(1)
        for channel in flows:
            setattr(front_end, channel, 0)
        left = seconds - 1
        while left > 0:
            taken = min(left, STEP_S - self.now_s % STEP_S)
            self._advance(taken)
            left -= taken

    def _advance(self, seconds):
        self.bench.clock.advance(seconds * 1000)
        self.device.step(self.now_s)

    def send(self, code, payload, letter=None):
        """Send a command and keep the opened response; payload: a function of the counter.

        letter: of the party's role; None for the supplier, where that may send it, else another
        that may.
        """
        self.counter += 1
        roles = use_case.find(code).roles
        party = PARTIES[letter or next(one for one in "SNARTWL" if one in roles)]
        octets = self.head_end.command(
            code, self.head_end.party(party), self.identifier, payload(self.counter), self.counter
        )
        self.outcome = self.bench.handle(octets)
        assert self.outcome.accepted, self.outcome.reason
        answer = self.head_end.open(self.outcome.response, self.signing_key)
        found = use_case.find(code)
        assert answer.signed == found.signs_response(bool(parse(octets).signature))
        self.command, self.response = parse(octets), answer.message

    def utrn(self, number, pence):
        """Return a top-up that the supplier makes with its prepayment key."""
        supplier = self.head_end.party("supplier")
        secret = self.head_end.secret(supplier, self.identifier, "pp-ka")
        return make_utrn(secret, supplier, self.identifier, number, pence, "pence")

    def log(self, name):
        """Return the entries of a log."""
        log = self.device.logbook.named(name)
        return list(log.entries(log.first_number(), maxsize))

    def wh(self, attribute):
        """Return what registers hold, in Wh or litres."""
        bank = getattr(self.data, attribute)
        return [bank.wh(index) for index in range(len(bank))]


class ElectricityMeter(MessageMeter):
    """An ESME."""

    def __init__(self, keystore, head_end):
        super().__init__(keystore, head_end, "ESME")

    def do(self, code, *items):
        """Send items of an access-request; return what is answered, decoded, item by item."""
        letters = self.data.role
        self.send(code, lambda at: cosem_requests.payload(code, letters, items, at))
        plain = presets.plaintexts(self.keystore, self.command, self.response)
        command, response = bytes(self.command.payload), bytes(self.response.payload)
        return [one.value for one in preset_cosem.answers(command, response, plain, letters)]

    def done(self, code, *items):
        """Send items that must all be done."""
        self.do(code, *items)
        assert not self.outcome.failed


class GasMeter(MessageMeter):
    """A GSME."""

    def __init__(self, keystore, head_end):
        super().__init__(keystore, head_end, "GSME")

    def do(self, code, *asked):
        """Send commands of GBZ; return (name, values) of each component that answers them."""
        self.send(code, lambda at: encoded(asked))
        answers = []
        for component in gbz.decode(self.response.payload):
            if component.sealed_as is not None:
                component.payload = self.head_end.decrypt(self.response, component.payload)
            answers.append(told(component)[1:])
        return answers

    def done(self, code, *asked):
        """Send commands that must all be done."""
        answers = self.do(code, *asked)
        assert not self.outcome.failed
        return answers

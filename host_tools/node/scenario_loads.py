"""Messages between an electricity meter and its HCALCS in a scenario, carried by hand.

This release has no load control on the air; what each would send is there all the same.
"""

from binascii import unhexlify

from host_tools.node.scenario_text import count_of, exactly
from protometer.model.command import HCALCS, CommandRefused

_STATES = {"open": False, "closed": True}


class LoadWords:
    """The words; desk: the Scenario that they are part of."""

    def __init__(self, desk):
        self._desk = desk
        self.verbs = {"carry": self._carry, "instruct": self._instruct}

    def _carry(self, words):
        """Carry all that the meter and the HCALCS have to say to each other."""
        exactly(words, 0, "carry")
        while self._from_meter() or self._from_switch():
            pass

    def _from_meter(self):
        meter = self._desk.role("ESME")
        told = meter.loads.instructions.take()
        if told is None:
            return False
        switch, closed, minutes, number = told
        text = "closed" if closed else "open"
        self._desk.say(
            "to switch %d: %s for %d minutes, event %d" % (switch, text, minutes, number)
        )
        if "HCALCS" in self._desk.bench.devices:
            self._control(meter.data.esme_identifier, closed, minutes, number)
        return True

    def _from_switch(self):
        if "HCALCS" not in self._desk.bench.devices:
            return False
        unit = self._desk.role("HCALCS").control_unit
        answer = unit.take_answer()
        if answer:
            number, success = answer
            self._desk.say("answer to event %d: %s" % (number, "done" if success else "failed"))
            now_s = self._desk.device("ESME").clock.utc_s()
            self._desk.role("ESME").loads.answered(number, success, now_s)
        elif unit.take_request():
            self._desk.say("request for control")
            self._request()
        else:
            return False
        return True

    def _request(self):
        identifier = self._desk.role("HCALCS").data.hcalcs_identifier
        now_s = self._desk.device("ESME").clock.utc_s()
        arguments = {"identifier": identifier}
        try:
            self._desk.role("ESME").execute("Request Control of HCALCS", arguments, HCALCS, now_s)
        except CommandRefused as refusal:
            self._desk.say("refused: %s" % refusal)

    def _instruct(self, words):
        """Give the HCALCS a Control HCALCS State of any Device."""
        usage = "instruct EUI-64 open|closed MINUTES EVENT"
        source, state, minutes, number = exactly(words, 4, usage)
        if state not in _STATES:
            raise ValueError("expected: %s" % usage)
        self._control(unhexlify(source), _STATES[state], count_of(minutes), count_of(number))

    def _control(self, source, closed, minutes, number):
        now_s = self._desk.device("HCALCS").clock.utc_s()
        try:
            self._desk.role("HCALCS").control(source, closed, minutes, number, now_s)
        except CommandRefused as refusal:
            self._desk.say("refused: %s" % refusal)

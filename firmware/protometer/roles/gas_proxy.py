"""The Gas Proxy Function: mirrors the gas meter, whose radio sleeps (SMETS2 4.5.1; GSME-HIC-01).

It is told what changes, and asks for all of it when the meter has come to it and each half-hour:
for attributes, then, where remote parties address it, for what only commands tell. Each question
waits for the answer to the one before, while the meter listens. Displays read the mirror from an
endpoint of its own.
"""

from micropython import const

from ..han import zcl
from ..han.aps_frame import ENDPOINT, MIRROR_ENDPOINT, SMART_ENERGY
from ..han.command_finder import find
from ..han.frame_error import FrameError
from ..han.mirror import Mirror
from ..han.zdo import Endpoint

_ENERGY_SERVICE_INTERFACE = const(0x0500)
_PRICE = const(0x0700)
_METERING = const(0x0702)
_PREPAYMENT = const(0x0705)
_CLUSTERS = (_METERING, _PREPAYMENT, _PRICE)
# How long an answer is waited for, and how often a question is asked, while the meter listens.
_ANSWER_S = const(3)
_TRIES = const(4)
# Places in a question for what a command tells: of attributes there are cluster and identifiers.
_NAME = const(1)
_FIELDS = const(2)
_ANSWER = const(3)
# A round that did not come to its end is begun anew with the next contact.
_ROUND_S = const(1_500)


class GasProxy:
    """Serves the gas meter's attributes from the hub's stack; step() once a second.

    stack: the hub's, whose network it formed; its `on_answer` is this one's. function: the
    GasProxyFunction whose mirror it fills, None where no remote party asks.
    """

    def __init__(self, stack, function=None):
        self._stack = stack
        self._function = function
        self.mirror = function.mirror if function else Mirror("G", _CLUSTERS)
        # The gas meter's short address, once it has asked for a mirror.
        self.meter = None
        self._questions = None
        self._question = None
        # Of a command that asks: its number, that its answer comes with.
        self._sequence = None
        self._is_told = False
        self._asked_s = self._began_s = 0
        self._tries = 0
        # When all was known for the last time, for whoever shows it.
        self.complete_s = None
        # on_contact(source, now_s) may be set: the gas meter listens.
        self.on_contact = None
        stack.mirrors[MIRROR_ENDPOINT] = self.mirror
        stack.on_answer = self._answered
        if function:
            self._others_hear = stack.on_status
            stack.on_status = self._status_came
            stack.clusters = self._published
        served = list(_CLUSTERS)
        stack.membership.zdo.endpoints.append(
            Endpoint(MIRROR_ENDPOINT, SMART_ENERGY, _ENERGY_SERVICE_INTERFACE, served, served)
        )
        request = find(_METERING, True, "RequestMirror")
        stack.handlers[(_METERING, request.identifier, True)] = self._asked_for_mirror

    def step(self, now_s):
        """Ask again what was not answered, as long as it makes sense."""
        if self._question and not 0 <= now_s - self._asked_s < _ANSWER_S:
            if self._tries:
                self._ask(now_s)
            else:
                self._question = self._questions = None
                self._keep(now_s)

    def _asked_for_mirror(self, source, sequence, payload, now_s):
        self.meter = source
        response = find(_METERING, False, "RequestMirrorResponse")
        octets = response.encode({"endpointId": MIRROR_ENDPOINT})
        self._stack.answer(source, _METERING, sequence, response.identifier, octets, False)
        self._begin(now_s)
        if self.on_contact:
            self.on_contact(source, now_s)

    def _answered(self, source, cluster, now_s):
        """Hear of an answer or a report that was kept; go on where it was the gas meter's."""
        if source != self.meter:
            return
        if not self._question:
            if not 0 <= now_s - self._began_s < _ROUND_S:
                # It reports, so it listens.
                self._begin(now_s)
        elif self._question[0] == cluster and not self._asks_by_command():
            self._next(now_s)

    def _published(self, source, cluster, command, from_server, sequence, payload, now_s):
        """Hear a command of the gas meter's that has no other handler: is it the answer?"""
        if source != self.meter or not from_server:
            return zcl.UNSUP_COMMAND
        if not self._asks_by_command() or sequence != self._sequence:
            return zcl.SUCCESS
        answer = find(self._question[0], True, self._question[_ANSWER])
        if (answer.cluster, answer.identifier) != (cluster, command):
            return zcl.SUCCESS
        try:
            values = answer.decode(payload)
        except FrameError:
            self._next(now_s)
            raise
        is_whole = values.get("totalNumberOfCommands", 1) == 1
        self._next(now_s, values if is_whole else None)
        return zcl.SUCCESS

    def _status_came(self, source, cluster, command, status, now_s):
        """Hear of a Default Response: that there is nothing to tell, or that it can't be told."""
        if self._others_hear:
            self._others_hear(source, cluster, command, status, now_s)
        if source != self.meter or not self._asks_by_command() or not status:
            return
        asked = find(self._question[0], False, self._question[_NAME])
        if (asked.cluster, asked.identifier) == (cluster, command):
            self._next(now_s, {} if status == zcl.NOT_FOUND else None)

    def _asks_by_command(self):
        return self._question is not None and len(self._question) > _FIELDS

    def _begin(self, now_s):
        self._began_s = now_s
        self._is_told = False
        self._questions = self.mirror.questions()
        self._next(now_s)

    def _next(self, now_s, answer=None):
        """Ask what follows; answer: what a command came to, as GasTold.questions() takes it."""
        try:
            self._question = self._questions.send(answer)
        except StopIteration:
            self._question = self._questions = None
            self._ended(now_s)
            return
        self._tries = _TRIES
        self._ask(now_s)

    def _ended(self, now_s):
        """Go on from attributes to what only commands tell, and keep what has come."""
        function = self._function
        if self._is_told or not function:
            self.complete_s = now_s
            self._keep(now_s)
            return
        function.keep(now_s)
        self._is_told = True
        self._questions = function.questions(now_s)
        self._next(now_s)

    def _keep(self, now_s):
        if self._function and self._is_told:
            extended = self._stack.network.devices.extended_of(self.meter)
            identifier = None if extended is None else bytes(reversed(extended))
            self._function.keep_told(identifier, now_s)

    def _ask(self, now_s):
        self._tries -= 1
        self._asked_s = now_s
        stack = self._stack
        if not self._asks_by_command():
            stack.read(self.meter, *self._question, ENDPOINT, MIRROR_ENDPOINT)
            return
        command = find(self._question[0], False, self._question[_NAME])
        octets = command.encode(self._question[_FIELDS])
        # Asked again here, and not by the layers below, when there is no answer.
        self._sequence = stack.command(
            self.meter, command.cluster, command.identifier, octets, False, wants_ack=False
        )

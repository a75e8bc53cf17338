"""The Gas Proxy Function: mirrors the gas meter, whose radio sleeps (SMETS2 4.5.1; GSME-HIC-01).

It is told what changes, and asks for all of it when the meter has come to it and each half-hour;
displays read it from an endpoint of its own.
"""

from micropython import const

from ..han.aps_frame import ENDPOINT, MIRROR_ENDPOINT, SMART_ENERGY
from ..han.cluster_command import find
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
        self._asked_s = self._began_s = 0
        self._tries = 0
        # When all was known for the last time, for whoever shows it.
        self.complete_s = None
        # on_contact(source, now_s) may be set: the gas meter listens.
        self.on_contact = None
        stack.mirrors[MIRROR_ENDPOINT] = self.mirror
        stack.on_answer = self._answered
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
        if self._question and self._question[0] == cluster:
            self._next(now_s)
        elif not 0 <= now_s - self._began_s < _ROUND_S:
            # It reports, so it listens.
            self._begin(now_s)

    def _begin(self, now_s):
        self._began_s = now_s
        self._questions = self.mirror.questions()
        self._next(now_s)

    def _next(self, now_s):
        self._question = next(self._questions, None)
        if self._question is None:
            self._questions = None
            self.complete_s = now_s
            if self._function:
                self._function.keep(now_s)
            return
        self._tries = _TRIES
        self._ask(now_s)

    def _ask(self, now_s):
        self._tries -= 1
        self._asked_s = now_s
        self._stack.read(self.meter, *self._question, ENDPOINT, MIRROR_ENDPOINT)

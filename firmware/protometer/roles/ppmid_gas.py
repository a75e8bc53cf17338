"""What a PPMID has its gas meter do: Add Credit and Activate Emergency Credit (SMETS2 7.5.3.2,
7.5.3.4), as the messages PCS01 and PCS02 of GBCS.

asked -> built, its counter kept -> tunnel -> hub -> the meter's next contact, and back
"""

from micropython import const

from ..gbcs import device_command, gbz
from ..gbcs.engine import Refusal
from ..gbcs.execution import PayloadError
from ..han import zcl
from ..han.command_finder import find
from ..han.frame_error import FrameError
from ..model import events
from ..model.command import CommandRefused
from .ppmid import HERE, PREPAYMENT, check_utrn, told_of_status, told_of_top_up

# Message codes; by these the Event Log tells what was asked of which meter.
ADD_CREDIT_TO_GAS = const(0x009B)
ACTIVATE_EMERGENCY_CREDIT_OF_GAS = const(0x0090)
# Frame control: of a cluster's client, of its server, of a Default Response of that.
_OF_CLIENT = const(0x01)
_OF_SERVER = const(0x09)
_DEFAULT = const(0x08)
# A gas meter speaks to its hub each half-hour.
_ANSWER_S = const(2_100)


class PpmidGas:
    """The gas meter with an entity identifier, as a PPMID commands it: one Command at a time.

    engine: the PPMID's Engine; outbox: takes events; on_done(): hears that the meter did it.
    `outcome` says what became of the last Command, None while the meter has not answered.
    """

    def __init__(self, engine, entity, outbox, on_done):
        self.entity = entity
        self.outcome = None
        self._engine = engine
        self._outbox = outbox
        self._on_done = on_done
        # The Command whose answer is awaited: its code, since when; its payload until it is built,
        # its counter from then on.
        self._code = self._counter = self._payload = None
        self._since_s = 0

    def add_credit(self, digits, now_s):
        """Send a UTRN of 20 digits (PPMID-CMD-04); CommandRefused for what can't be one, or while
        an answer is awaited.
        """
        check_utrn(digits)
        values = {"originatingDevice": HERE, "topUpCode": digits.encode()}
        self._ask(ADD_CREDIT_TO_GAS, "ConsumerTopUp", values, now_s)

    def activate_emergency_credit(self, now_s):
        """Ask for Emergency Credit (PPMID-CMD-03); CommandRefused while an answer is awaited."""
        values = {"commandIssueDateTime": 0, "originatingDevice": HERE}
        name = "SelectAvailableEmergencyCredit"
        self._ask(ACTIVATE_EMERGENCY_CREDIT_OF_GAS, name, values, now_s)

    def _ask(self, code, name, values, now_s):
        if self._code:
            raise CommandRefused("the gas meter has not answered the last Command yet")
        asked = find(PREPAYMENT, False, name)
        payload = asked.encode(values)
        component = gbz.Component(PREPAYMENT, _OF_CLIENT, 0, asked.identifier, payload)
        self._payload = gbz.encode([component])
        self._code, self._counter, self._since_s = code, None, now_s
        self.outcome = None

    def is_to_send(self):
        """Tell whether build() has anything to build."""
        return self._payload is not None

    def build(self, now_s):
        """Return, sliced, the messages that are to be sent: one, or none where it can't be."""
        payload, self._payload = self._payload, None
        built = yield from device_command.command(self._engine, self.entity, self._code, payload)
        if built is None:
            self._conclude("not sent: the memory fails", False, now_s)
            return []
        self._counter, octets = built
        return [octets]

    def hear(self, octets, now_s):
        """Take, sliced, what may be the answer; what is none is refused and changes nothing."""
        code, counter = self._code, self._counter
        try:
            payload = yield from device_command.answer(
                self._engine, octets, self.entity, code, counter
            )
            outcome, is_done = _told(code, payload)
        except (Refusal, PayloadError, FrameError) as error:
            yield from self._engine.note(getattr(error, "reason", "format"), now_s)
            return
        if self._counter == counter:
            self._conclude(outcome, is_done, now_s)

    def step(self, now_s):
        """Give up what is not answered; call it once a second."""
        if self._code and not 0 <= now_s - self._since_s < _ANSWER_S:
            self.give_up(now_s)

    def give_up(self, now_s):
        """Wait no longer for an answer, if there is one to come."""
        if self._code:
            self._conclude("no answer", False, now_s)

    def _conclude(self, outcome, is_done, now_s):
        code, self.outcome = self._code, outcome
        self._code = self._counter = self._payload = None
        self._outbox.post(
            events.UI_COMMAND_DONE if is_done else events.UI_COMMAND_NOT_DONE, now_s, code
        )
        if is_done:
            self._on_done()


def _told(code, payload):
    """Return (outcome, whether it was done) of what answers a Command of that code."""
    components = gbz.decode(payload)
    if len(components) == 1:
        (told,) = components
        kind = told.cluster, told.control, told.command
        if kind == (PREPAYMENT, _DEFAULT, zcl.DEFAULT_RESPONSE) and len(told.payload) == 2:
            status = told.payload[1]
            # A top-up that went well is answered by more than that.
            if status or code != ADD_CREDIT_TO_GAS:
                return told_of_status(status), not status
        answer = find(PREPAYMENT, True, "ConsumerTopUpResponse")
        if code == ADD_CREDIT_TO_GAS and kind == (PREPAYMENT, _OF_SERVER, answer.identifier):
            outcome = told_of_top_up(answer.decode(told.payload)["resultType"])
            return outcome, outcome.startswith("accepted")
    raise PayloadError("PPMID: no answer to what was asked")

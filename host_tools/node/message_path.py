"""A critical command on its way through a meter: from the octets that came to the answer."""

from host_tools.node import parties
from host_tools.node.message_bench import MessageBench
from host_tools.node.parties import AGREE, SIGN
from protometer.kernel.slices import finish

_NOW_S = 473_385_600
_BROKER, _SUPPLIER = b"\x90\xb3\xd5\x1f0\x00\x00\x00", b"\x90\xb3\xd5\x1f0\x00\x00\x01"
_METER = b"\x00\xdb\x124Vx\x90\xa0"
_SUPPLIER_ROLE, _BROKER_ROLE = 2, 4
_ADJUST_BALANCE = 0x001C
# Class 112, 0-0:19.10.0.255, method 1, of 12.00: an access-request of the counter 5.
_PAYLOAD = b"\xd9\x20\0\0\5\0\1\3\0\x70\0\0\x13\x0a\0\xff\1\1\5\0\x12\x4f\x80"
_COUNTER = 5


class MessagePath:
    """Adjust Meter Balance to an electricity meter: checked, executed, committed, answered."""

    def __init__(self):
        self._bench = MessageBench("ESME", "E", _NOW_S, None, parties.Keys)
        data = self._bench.data
        agreement = parties.private(_METER, AGREE)
        data.agreement_key, data.signing_key = agreement, parties.private(_METER, SIGN)
        self._anchors = self._bench.messages.engine.anchors
        parties.install(self._anchors, _BROKER, _BROKER_ROLE, (AGREE,))
        parties.install(self._anchors, _SUPPLIER, _SUPPLIER_ROLE, (SIGN, AGREE))
        self._bench.device.commit()
        remote = parties.Parties(_BROKER, _METER, agreement)
        self._message = remote.command(
            _ADJUST_BALANCE, _SUPPLIER, _COUNTER, _PAYLOAD, signer=_SUPPLIER
        )

    def work(self):
        """Return the generator that takes the message once more, all of its slices."""
        self._anchors.set_counter(_SUPPLIER_ROLE, 0)
        return self._bench.messages.handle(self._message, _NOW_S)

    def whole(self):
        """Take the message to its answer."""
        outcome = finish(self.work())
        if not outcome.response:
            raise ValueError("refused: %s" % outcome.reason)
        return outcome

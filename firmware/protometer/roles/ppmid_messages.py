"""A PPMID that has keys of its own: messages of remote parties to it, and its own to a gas meter.

It asks the hub for a tunnel, as a gas meter does, and each minute for what waits there. The gas
meter's certificate comes with Join Device (GBCS CS03A2), as the PPMID's comes to the meter.
"""

from micropython import const

from ..crypto.certificate import KEY_AGREEMENT
from ..gbcs.device_command import is_answer
from ..gbcs.engine import Outcome
from ..han.tunnel_client import TunnelClient
from .device_log import KIND_GSME
from .message_carrier import MessageCarrier
from .ppmid_gas import PpmidGas
from .remote_function import RemoteFunction
from .remote_messages import RemoteMessages

# It listens all the time, but the hub can't know when it has lost its tunnel.
_CONTACT_S = const(60)


class PpmidMessages(RemoteFunction):
    """Made with a Ppmid's data, Transaction and MeterWatch; step() once a second.

    `carrier`: its MessageCarrier; `gas`: the PpmidGas, None without a gas meter in the Device Log
    whose key is known.
    """

    def __init__(self, data, transaction, watch, scheduler):
        self.begin(data, transaction, scheduler.clock)
        self.gas = None
        self._gas_watch = watch.gas
        self._network = watch.stack.network
        self._tunnel = TunnelClient(watch.stack)
        self._contact_s = None
        self._known = None
        self._messages = _Messages(self, "U", "ppmid_identifier")
        self.carrier = MessageCarrier(self._messages, self._tunnel, scheduler)

    def step(self, now_s):
        """Go by the Device Log, give up what is not answered, and have messages go and come."""
        if self.is_busy():
            return
        super().step(now_s)
        self._follow_log(now_s)
        if self.gas:
            self.gas.step(now_s)
        if not self._network.may_talk():
            return
        tunnel, since_s = self._tunnel, self._contact_s
        is_due = since_s is None or not 0 <= now_s - since_s < _CONTACT_S
        if is_due and not tunnel.is_busy(now_s):
            self._contact_s = now_s
            tunnel.contact(now_s)
        tunnel.step(now_s)

    def _follow_log(self, now_s):
        known = self.data.device_log, self.data.trust_anchors
        if known == self._known:
            return
        self._known = known
        anchors = self._messages.engine.anchors
        entity = None
        for identifier, kind in self.devices.entries():
            if kind == KIND_GSME and anchors.of_entity(identifier, KEY_AGREEMENT):
                entity = identifier
                break
        if entity == (self.gas and self.gas.entity):
            return
        if self.gas:
            self.gas.give_up(now_s)
        self.gas = None
        if entity:
            on_done = self._gas_watch.ask_soon
            self.gas = PpmidGas(self._messages.engine, entity, self.events, on_done)


class _Messages(RemoteMessages):
    """Those of remote parties, among them what the gas meter answers and is asked."""

    def handle(self, octets, now_s):
        gas = self._device.gas
        if gas and is_answer(octets):
            yield from gas.hear(octets, now_s)
            return Outcome()
        return (yield from super().handle(octets, now_s))

    def is_due(self, now_s):
        gas = self._device.gas
        return bool(gas and gas.is_to_send()) or super().is_due(now_s)

    def step(self, now_s):
        gas = self._device.gas
        if gas and gas.is_to_send():
            return (yield from gas.build(now_s))
        return (yield from super().step(now_s))

"""The messages of remote parties that reach a device: its Engine, with what executes payloads.

Each kind of payload is executed by a module of its own, which is imported when one comes.
"""

from micropython import const

from ..crypto.certificate import KEY_AGREEMENT
from ..gbcs.device_keys import DeviceKeys
from ..gbcs.engine import Engine
from ..gbcs.remote_parties import SUPPLIER
from ..gbcs.trust_anchors import PREPAYMENT_TOP_UP
from ..gbcs.use_case import ASN1, DLMS, GBZ
from ..kernel.slices import finish
from .message_transaction import carried_out
from .utrn_authenticator import utrn_authenticator

# What the header of a response tells of the clock, by Clock Status: reliable, invalid, unreliable;
# and that a proxy goes by the clock of the meter that it stands for.
_HEADER_STATUS = (0x00, 0x01, 0x02)
_TIME_OF_METER = const(0x04)
# Kinds of devices that tell who sent them a Command which they don't support (ECS100).
_TELL_UNSUPPORTED = "P"


class RemoteMessages:
    """device: a role with data, events, commit(), transact(), perform(); letter: its letter in
    use_cases.tbl; identifier: the attribute of its entity identifier; keys: DeviceKeys, made of
    the data where None.
    """

    def __init__(self, device, letter, identifier, keys=None):
        self._device = device
        self._identifier = identifier
        self._servers = {}
        self._alerts = None
        self.keys = keys or DeviceKeys(device.data)
        # What tells a genuine top-up as long as no Supplier's prepayment key is in its cell.
        self._authentic = None
        if hasattr(device, "authenticate_top_ups"):
            self._authentic = device.authenticate_top_ups(self._is_authentic)
        executors = {DLMS: self._execute_dlms, GBZ: self._execute_gbz, ASN1: self._execute_asn1}
        self.engine = Engine(
            device, letter, self.identifier, self.keys, executors, self._clock_status
        )

    def alerts(self):
        """Return the RemoteAlerts of the device, made when first asked for."""
        if self._alerts is None:
            from .remote_alerts import RemoteAlerts

            self._alerts = RemoteAlerts(self._device, self.engine)
            if hasattr(self._device, "on_alert"):
                self._device.on_alert = self._alerts.raise_alert
        return self._alerts

    def identifier(self):
        """Return the device's entity identifier, 8 octets."""
        return bytes(getattr(self._device.data, self._identifier))

    def handle(self, octets, now_s):
        """Return, sliced, the Outcome of a message that came, see Engine."""
        outcome = yield from self.engine.handle(octets, now_s)
        if outcome.reason == "format" and self.engine.letter in _TELL_UNSUPPORTED:
            message = yield from self.engine.unsupported(octets)
            if message:
                self.alerts().refuse_unsupported(message, now_s)
        return outcome

    def is_due(self, now_s):
        """Tell whether step() has anything to do."""
        due = now_s >= self._device.data.pending_credentials_s
        return due or (self._alerts is not None and self._alerts.is_waiting())

    def step(self, now_s):
        """Do, sliced, what is due; return the alerts that are to be sent now."""
        if now_s >= self._device.data.pending_credentials_s:
            due = yield from self._asn1_server().run_due(now_s)
            if due:
                self.alerts().put(*due)
        if self._alerts is None or not self._alerts.is_waiting():
            return []
        return (yield from self._alerts.next(now_s))

    def _is_authentic(self, counter, high, low):
        """Tell whether a top-up's code is the Supplier's, by its prepayment key (GBCS 14.3)."""
        cell = self.engine.anchors.cell(SUPPLIER, KEY_AGREEMENT, PREPAYMENT_TOP_UP)
        if cell is None:
            return bool(self._authentic) and self._authentic(counter, high, low)
        secret = finish(self.keys.secret_with(cell.entity, cell.public_key))
        authentic = utrn_authenticator(secret, cell.entity, self.identifier())
        return authentic(counter, high, low)

    def _clock_status(self):
        data = self._device.data
        by_meter = getattr(data, "gas_time_base", 0)
        return _HEADER_STATUS[data.clock_status] | (_TIME_OF_METER if by_meter else 0)

    def _execute_dlms(self, execution, payload):
        from .cosem_server import CosemServer

        server = self._server(DLMS, CosemServer)
        yield
        return (yield from self._carried_out(server, execution, payload))

    def _execute_gbz(self, execution, payload):
        from .gbz_server import GbzServer

        server = self._server(GBZ, GbzServer)
        yield
        return (yield from self._carried_out(server, execution, payload))

    def _execute_asn1(self, execution, payload):
        return (yield from self._asn1_server().execute(execution, payload))

    def _asn1_server(self):
        from .asn1_server import Asn1Server

        server = self._servers.get(ASN1)
        if server is None:
            anchors = self.engine.anchors
            server = Asn1Server(self._device, anchors, self.keys, self.identifier)
            self._servers[ASN1] = server
        return server

    def _server(self, kind, make):
        server = self._servers.get(kind)
        if server is None:
            server = self._servers[kind] = make(self._device)
        return server

    def _carried_out(self, server, execution, payload):
        response = yield from carried_out(self._device, server, execution, payload)
        if not execution.failed:
            for code, contents in execution.alerts:
                self.alerts().raise_alert(code, execution.now_s, contents)
        return response

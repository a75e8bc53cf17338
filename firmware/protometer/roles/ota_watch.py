"""When a meter asks its hub for firmware: once a day, when it is told to, and until it is whole.

The client itself is in memory only meanwhile (GBCS 11).
"""

from micropython import const

from ..han import ota, zcl
from ..han.network import COORDINATOR
from ..kernel.unload import unload

_DAY_S = const(86_400)
# After a download that came to no end.
_AGAIN_S = const(3_600)
# What a sleeping meter spends on it in a contact.
_CONTACT_S = const(60)
_MODULES = ("roles.ota_client", "han.ota_image")
# Commands of the server, and what each is.
_NOTIFY = const(0)
_QUERIED = const(2)
_BLOCK = const(5)
_ENDED = const(7)


class OtaWatch:
    """Of a meter's Stack, whose `on_status` is this one's; step() once a second.

    `client`: the OtaClient while there is one.
    """

    def __init__(self, meter, stack):
        self._meter = meter
        self._stack = stack
        self.client = None
        self._next_s = 0
        self._is_notified = False
        self._contact_s = None
        for command in (_NOTIFY, _QUERIED, _BLOCK, _ENDED):
            stack.handlers[(ota.CLUSTER, command, True)] = self._taker(command)
        stack.on_status = self._status_came
        stack.membership.zdo.endpoints[0].add(ota.CLUSTER)

    def step(self, now_s, listens=True):
        """Ask where it is time, and go on with what is being fetched; listens: the radio is on."""
        client = self.client
        if client is None:
            # Strangers are asked for nothing; they may say that there is something.
            is_due = now_s >= self._next_s and not self._stack.network.is_interop
            if listens and (is_due or self._is_notified):
                self._begin(now_s)
            return
        if not client.is_over:
            client.step(now_s, listens and self._has_time(now_s))
        if client.is_over:
            self._end(now_s)

    def contact(self, now_s):
        """Note that a sleeping meter's radio is on, from now on."""
        self._contact_s = now_s
        if self.client:
            self.client.try_anew()

    def is_busy(self, now_s):
        """Tell whether the radio is to stay on in this contact still."""
        if self.client is None or self._contact_s is None or self.client.waits(now_s):
            return False
        return self._has_time(now_s)

    def _has_time(self, now_s):
        """Tell whether more may be asked for; always, where the radio is never off."""
        return self._contact_s is None or 0 <= now_s - self._contact_s < _CONTACT_S

    def _begin(self, now_s):
        from .ota_client import OtaClient

        self._next_s = now_s + _DAY_S
        self._is_notified = False
        self.client = OtaClient(self._meter, self._stack, self._meter.files)
        if self.client.is_over:
            self._end(now_s)

    def _end(self, now_s):
        if self.client.is_pending:
            self._next_s = now_s + _AGAIN_S
        self.client = None
        unload(*_MODULES)

    def _taker(self, command):
        def take(source, sequence, payload, now_s):
            return self._take(source, command, payload, now_s)

        return take

    def _take(self, source, command, payload, now_s):
        if source != COORDINATOR:
            return zcl.NOT_AUTHORIZED
        client = self.client
        if command == _NOTIFY:
            # Whether it is for us the answer to a question tells.
            self._is_notified = True
        elif client is None:
            pass
        elif command == _QUERIED:
            client.queried(payload, now_s)
        elif command == _BLOCK:
            client.block_came(payload, now_s, self._has_time(now_s))
        else:
            client.ended(now_s)
        return zcl.SUCCESS

    def _status_came(self, source, cluster, command, status, now_s):
        if self.client and source == COORDINATOR and cluster == ota.CLUSTER and status:
            self.client.refused()

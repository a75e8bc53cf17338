"""Agrees a link key for a LinkKey, while that is wanted or asked for."""

from micropython import const

from ..crypto.cbke import Credentials
from ..crypto.implicit_certificate import curve_of
from .key_establishment import KeyEstablishment
from .zcl import KEY_ESTABLISHMENT

# After a failure for which the trust centre has named no time.
_RETRY_S = const(60)


def credentials(link_key):
    """Return, sliced, {suite: Credentials} of its network's certificates.

    Those that are malformed are its finding.
    """
    found = {}
    try:
        for suite, certificate, private_key, authority in link_key.network.certificates:
            issuer = yield from curve_of(suite).decompress(authority)
            key = int.from_bytes(private_key, "big")
            found[suite] = Credentials(suite, certificate, key, issuer)
    except ValueError as fault:
        link_key.finding = "link key: %s" % fault
    return found


class Agreement:
    """One device's side of key establishment, for a LinkKey, with {suite: Credentials}.

    is_busy() tells whether a key is being agreed; receive(peer, command, from_server, payload,
    now_s) takes a command of the cluster.
    """

    def __init__(self, link_key, known):
        self._link_key = link_key
        self._machine = machine = KeyEstablishment(
            known, link_key.random, self._agreed, self._failed, link_key.is_time_known
        )
        self.is_busy = machine.is_busy
        self.receive = machine.receive

    def step(self, wanted):
        """Do one slice of work, and ask for a key where one is wanted; return whether there is
        more at once.
        """
        link_key, machine = self._link_key, self._machine
        now_s = link_key.now_s
        if wanted and not machine.is_busy() and now_s >= link_key.retry_s:
            link_key.retry_s = now_s + _RETRY_S
            if machine.start(link_key.network.trust_centre, now_s):
                link_key.finding = "link key: being agreed"
        more = machine.step(now_s)
        outbox = machine.outbox
        while len(outbox):
            peer, command, from_server, payload = outbox.take()
            destination = link_key.network.address_of(peer)
            if destination is not None:
                link_key.send(destination, KEY_ESTABLISHMENT, command, payload, from_server)
        return more

    def _agreed(self, peer, key):
        network = self._link_key.network
        if peer == network.trust_centre:
            self._link_key.finding = None
            self._link_key.on_key(peer, key)
        elif network.is_coordinator and network.devices.key_of(peer) is not None:
            self._link_key.on_key(peer, key)

    def _failed(self, peer, status, wait_s):
        self._link_key.finding = "link key: failed, status %d" % status
        # Who has named a time is asked again then.
        self._link_key.retry_s = self._link_key.now_s + (wait_s or _RETRY_S)

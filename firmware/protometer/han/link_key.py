"""A link key with the trust centre, agreed by certificates (Smart Energy 1.4, 5.4.7 and annex C).

What the default policy wants before a cluster of Smart Energy is spoken of. A device asks for it
once it is on a network, and again after a failure; it also answers who asks it, and the trust
centre does that alone.
"""

from micropython import const

from ..crypto.cbke import Credentials
from ..crypto.implicit_certificate import CbkeError, curve_of
from .key_establishment import KeyEstablishment
from .key_establishment_payloads import CLUSTER

# After a failure for which the trust centre has named no time.
_RETRY_S = const(60)


class LinkKey:
    """Agrees the key; step() does a slice of work.

    network: certificates, trust_centre and whether its key is confirmed; random(count): octets fit
    for keys; send(destination, cluster, command, payload, from_server) sends a cluster command;
    on_key(peer, key) hears of the key; is_time_known() tells whether certificates may be judged by
    the time. `finding` says in plain words why there is none yet.
    """

    def __init__(self, network, random, send, on_key, is_time_known):
        self._network = network
        self._send = send
        self._on_key = on_key
        self._credentials = {}
        self._machine = KeyEstablishment(
            self._credentials, random, self._agreed, self._failed, is_time_known
        )
        self._loading = self._load()
        self._retry_s = 0
        self._now_s = 0
        self.finding = "link key: not asked for"

    def step(self, now_s):
        """Do one slice of work; return whether there is more at once."""
        self._now_s = now_s
        if self._loading:
            return self._load_on()
        network = self._network
        machine = self._machine
        wanted = network.is_joined and not (network.has_confirmed_key or network.is_coordinator)
        if wanted and not machine.is_busy() and now_s >= self._retry_s:
            self._retry_s = now_s + _RETRY_S
            self.finding = "link key: being agreed"
            machine.start(network.trust_centre, now_s)
        more = machine.step(now_s)
        self._send_all()
        return more

    def receive(self, source, command, from_server, payload, now_s):
        """Take a command of the cluster; who has no known EUI-64 is not answered."""
        peer = self._network.devices.extended_of(source)
        if peer is not None and not self._loading:
            self._machine.receive(peer, command, from_server, payload, now_s)
            self._send_all()

    def _load(self):
        """Make credentials of the certificates: a long calculation each; a generator."""
        for suite, certificate, private_key, authority in self._network.certificates:
            issuer = yield from curve_of(suite).decompress(authority)
            key = int.from_bytes(private_key, "big")
            self._credentials[suite] = Credentials(suite, certificate, key, issuer)

    def _load_on(self):
        try:
            next(self._loading)
        except StopIteration:
            self._loading = None
        except (CbkeError, ValueError) as fault:
            self._loading = None
            self.finding = "link key: %s" % fault
        return True

    def _send_all(self):
        outbox = self._machine.outbox
        while len(outbox):
            peer, command, from_server, payload = outbox.take()
            destination = self._network.address_of(peer)
            if destination is not None:
                self._send(destination, CLUSTER, command, payload, from_server)

    def _agreed(self, peer, key):
        network = self._network
        if peer == network.trust_centre:
            self.finding = None
            self._on_key(peer, key)
        elif network.is_coordinator and network.devices.key_of(peer) is not None:
            self._on_key(peer, key)

    def _failed(self, peer, status, wait_s):
        self.finding = "link key: key establishment failed, status %d" % status
        # Who has named a time is asked again then.
        self._retry_s = self._now_s + (wait_s or _RETRY_S)

"""A link key with the trust centre, agreed by certificates (Smart Energy 1.4, 5.4.7 and annex C).

What the default policy wants before a cluster of Smart Energy is spoken of. A device asks for it
once it is on a network, and again after a failure; it also answers who asks it, and the trust
centre does that alone. What computes it is in a board's memory only then.
"""

from micropython import const

from ..kernel.unload import load, unload
from .zcl import KEY_ESTABLISHMENT

# In the order in which they import each other.
_MODULES = (
    "crypto.binary_field",
    "crypto.tau_adic",
    "crypto.binary_curve",
    "crypto.implicit_certificate",
    "crypto.cbke",
    "han.key_establishment_payloads",
    "han.key_establishment",
)
# After a failure for which the trust centre has named no time.
_RETRY_S = const(60)
# How long who was asked waits for more, with all of it in memory.
_IDLE_S = const(120)
# Commands that come before all of it is.
_MOST_HELD = const(4)


class LinkKey:
    """Agrees the key; step() does a slice of work.

    network: certificates, trust_centre and whether its key is confirmed; random(count): octets fit
    for keys; send(destination, cluster, command, payload, from_server) sends a cluster command;
    on_key(peer, key) hears of the key; is_time_known() tells whether certificates may be judged by
    the time. `finding` says in plain words why there is none yet.
    """

    def __init__(self, network, random, send, on_key, is_time_known):
        self._network = network
        self._random = random
        self._send = send
        self._on_key = on_key
        self._is_time_known = is_time_known
        # A KeyEstablishment, and what brings it.
        self._machine = self._loading = None
        self._held = []
        self._now_s = self._retry_s = self._used_s = 0
        self.finding = "link key: not asked for"

    def step(self, now_s):
        """Do one slice of work; return whether there is more at once."""
        self._now_s = now_s
        network = self._network
        wanted = network.is_joined and not (network.has_confirmed_key or network.is_coordinator)
        machine = self._machine
        if machine is None:
            return self._load_on(wanted)
        while self._held:
            machine.receive(*self._held.pop(0))
        if wanted and not machine.is_busy() and now_s >= self._retry_s:
            self._retry_s = now_s + _RETRY_S
            if machine.start(network.trust_centre, now_s):
                self.finding = "link key: being agreed"
        more = machine.step(now_s)
        self._send_all()
        if more or wanted:
            self._used_s = now_s
        elif not (machine.is_busy() or 0 <= now_s - self._used_s < _IDLE_S):
            self._machine = None
            unload(*_MODULES)
        return more

    def receive(self, source, command, from_server, payload, now_s):
        """Take a command of the cluster; who has no known EUI-64 is not answered."""
        peer = self._network.devices.extended_of(source)
        if peer is not None and len(self._held) < _MOST_HELD:
            self._used_s = now_s
            self._held.append((peer, command, from_server, payload, now_s))

    def _load_on(self, wanted):
        """Bring a part of what is needed, if it is; return whether it is."""
        if self._loading is None:
            if not (wanted or self._held):
                return False
            self._loading = self._load()
        try:
            next(self._loading)
        except StopIteration:
            self._loading = None
        return True

    def _load(self):
        """Bring the modules, and make credentials of the certificates: each a long calculation."""
        yield from load(*_MODULES)
        from ..crypto.cbke import Credentials
        from ..crypto.implicit_certificate import curve_of
        from .key_establishment import KeyEstablishment

        credentials = {}
        try:
            for suite, certificate, private_key, authority in self._network.certificates:
                issuer = yield from curve_of(suite).decompress(authority)
                key = int.from_bytes(private_key, "big")
                credentials[suite] = Credentials(suite, certificate, key, issuer)
        except ValueError as fault:
            self.finding = "link key: %s" % fault
        self._machine = KeyEstablishment(
            credentials, self._random, self._agreed, self._failed, self._is_time_known
        )

    def _send_all(self):
        outbox = self._machine.outbox
        while len(outbox):
            peer, command, from_server, payload = outbox.take()
            destination = self._network.address_of(peer)
            if destination is not None:
                self._send(destination, KEY_ESTABLISHMENT, command, payload, from_server)

    def _agreed(self, peer, key):
        network = self._network
        if peer == network.trust_centre:
            self.finding = None
            self._on_key(peer, key)
        elif network.is_coordinator and network.devices.key_of(peer) is not None:
            self._on_key(peer, key)

    def _failed(self, peer, status, wait_s):
        self.finding = "link key: failed, status %d" % status
        # Who has named a time is asked again then.
        self._retry_s = self._now_s + (wait_s or _RETRY_S)

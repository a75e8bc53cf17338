"""When a device agrees a link key by certificates (Smart Energy 1.4, 5.4.7 and annex C).

What the default policy wants before a cluster of Smart Energy is spoken of. A device asks for it
once it is on a network, and again after a failure; it also answers who asks it, and the trust
centre does that alone. What agrees it is in a board's memory only then.
"""

from micropython import const

from ..kernel.unload import load, unload

# In the order in which they import each other.
_MODULES = (
    "crypto.binary_field",
    "crypto.tau_adic",
    "crypto.binary_curve",
    "crypto.implicit_certificate",
    "crypto.cbke",
    "han.key_establishment_payloads",
    "han.key_establishment",
    "han.link_key_agreement",
)
# How long who was asked waits for more, with all of it in memory.
_IDLE_S = const(120)
# Commands that come before all of it is.
_MOST_HELD = const(4)


class LinkKey:
    """Has a key agreed; step() does a slice of work.

    network: certificates, trust_centre and whether its key is confirmed; random(count): octets fit
    for keys; send(destination, cluster, command, payload, from_server) sends a cluster command;
    on_key(peer, key) hears of the key; is_time_known() tells whether certificates may be judged by
    the time. `finding` says in plain words why there is none yet; `retry_s` is when to ask again.
    """

    def __init__(self, network, random, send, on_key, is_time_known):
        self.network = network
        self.random = random
        self.send = send
        self.on_key = on_key
        self.is_time_known = is_time_known
        # An Agreement, and what brings it.
        self._agreement = self._loading = None
        self._held = []
        self.now_s = self.retry_s = self._used_s = 0
        self.finding = "link key: not asked for"

    def step(self, now_s):
        """Do one slice of work; return whether there is more at once."""
        self.now_s = now_s
        network = self.network
        wanted = network.is_joined and not (network.has_confirmed_key or network.is_coordinator)
        if self._agreement is None:
            return (wanted or self._loading or self._held) and self._load_on()
        while self._held:
            self._agreement.receive(*self._held.pop(0))
        more = self._agreement.step(wanted)
        if more or wanted or self._agreement.is_busy():
            self._used_s = now_s
        elif not 0 <= now_s - self._used_s < _IDLE_S:
            self._agreement = None
            unload(*_MODULES)
        return more

    def receive(self, source, command, from_server, payload, now_s):
        """Take a command of the cluster; who has no known EUI-64 is not answered."""
        peer = self.network.devices.extended_of(source)
        if peer is not None and len(self._held) < _MOST_HELD:
            self._used_s = now_s
            self._held.append((peer, command, from_server, payload, now_s))

    def _load_on(self):
        """Bring a part of what is needed; return that there is more."""
        self._loading = self._loading or self._load()
        try:
            next(self._loading)
        except StopIteration:
            self._loading = None
        return True

    def _load(self):
        """Bring the modules, and credentials of the certificates: each a long calculation."""
        yield from load(*_MODULES)
        from .link_key_agreement import Agreement, credentials

        self._agreement = Agreement(self, (yield from credentials(self)))

"""Key establishment with certificates, both sides of cluster 0x0800 (Smart Energy, annex C.3).

    client                                        server
    Initiate (suite, times, certificate)    ->
                                            <-    Initiate (suite, times, certificate)
    Ephemeral Data (point)                  ->
                                            <-    Ephemeral Data (point)
    Confirm Key Data (MACU)                 ->
                                            <-    Confirm Key Data (MACV)

Sans-IO: messages come by receive() and lie in `outbox` to be sent; the long computations are done
in slices by step(). Either side may end it by Terminate. EUI-64s are as frames carry them, least
significant octet first. One establishment of suite 2 is some 2,100 slices, 1,150 with suite 1.
"""

from micropython import const

from ..crypto.cbke import (
    BY_INITIATOR,
    BY_RESPONDER,
    confirmation,
    derive_keys,
    make_ephemeral,
    shared_secret,
)
from ..crypto.implicit_certificate import (
    BAD_KEY_CONFIRM,
    BAD_MESSAGE,
    NO_RESOURCES,
    UNSUPPORTED_SUITE,
    CbkeError,
    ImplicitCertificate,
    certificate_point,
    ephemeral_point,
)
from ..kernel.ring import Ring
from .frame_error import FrameError
from .key_establishment_payloads import (
    CONFIRM_KEY_DATA,
    EPHEMERAL_DATA,
    INITIATE,
    TERMINATE,
    decode_confirmation,
    decode_initiate,
    decode_terminate,
    encode_initiate,
    encode_terminate,
)

# What on_failure is told when the peer has fallen silent; no status of Terminate.
_TIMED_OUT = const(0)
# Seconds for an answer's way, beyond what the peer says it needs to make it.
_CARRIAGE_S = const(10)
# Seconds that we ask a peer to wait after a failure.
_WAIT_S = const(10)
_OUTBOX = const(8)
_MOST_WAITS = const(8)
# Seconds that ephemeral data and confirmation may take us, by suite. The work of an RP2040 is
# estimated at a quarter of them: it has other work beside it.
GENERATE_TIMES_S = {1: (5, 8), 2: (8, 20)}


# Who takes a command that is awaited; a server awaits no Initiate.
_HANDLERS = {
    INITIATE: "_answered",
    EPHEMERAL_DATA: "_take_ephemeral",
    CONFIRM_KEY_DATA: "_take_confirmation",
}


class _Session:
    """One establishment under way: what is known of it, and which command it awaits."""

    def __init__(self, peer, is_client, own):
        self.peer = peer
        self.is_client = is_client
        self.own = own
        self.peer_id = bytes(reversed(peer))
        self.certificate = None
        self.peer_point = None
        self.ephemeral = None
        self.peer_octets = None
        self.peer_ephemeral_s = self.peer_confirm_s = 0
        self.link_key = None
        # The confirmations of both sides.
        self.own_mac = self.peer_mac = None
        self.awaits = None
        self.deadline_s = None
        # The awaited payload, where it came before our own work was done.
        self.held = None
        self.work = None
        self.then = None

    def confirm(self, mac_key):
        """Compute both confirmations; a generator."""
        ours, theirs = BY_INITIATOR, BY_RESPONDER
        if not self.is_client:
            ours, theirs = theirs, ours
        own_id = self.own.certificate.subject
        own, peer = self.ephemeral.octets, self.peer_octets
        yield
        self.own_mac = confirmation(mac_key, ours, own_id, self.peer_id, own, peer)
        yield
        self.peer_mac = confirmation(mac_key, theirs, self.peer_id, own_id, peer, own)


class KeyEstablishment:
    """Establishes link keys, one at a time, as client (start) or as server (on a request).

    credentials: {suite: crypto.cbke.Credentials} of this device; random(count): octets fit for
    keys; on_key(peer, link_key) and on_failure(peer, status, wait_s) hear of the ends: status is
    one of Terminate, ours or the peer's, or _TIMED_OUT, wait_s what the peer asks to wait for;
    is_time_known(), where given, says whether now_s may judge a certificate's validity.

    outbox: a Ring of (peer, command, from server, payload) to be sent in this order.
    """

    def __init__(self, credentials, random, on_key, on_failure, is_time_known=None):
        self.outbox = Ring(_OUTBOX)
        self.times_s = GENERATE_TIMES_S
        self._credentials = credentials
        self._random = random
        self._on_key = on_key
        self._on_failure = on_failure
        self._is_time_known = is_time_known
        self._session = None
        self._waits = {}

    def suites(self):
        """Return the value of the attribute KeyEstablishmentSuite: a bit for each suite held."""
        suites = 0
        for suite in self._credentials:
            suites |= suite
        return suites

    def is_busy(self):
        """Tell whether an establishment is under way."""
        return self._session is not None

    def start(self, peer, now_s, peer_suites=0xFFFF):
        """Begin as client, with the highest suite of both; return whether it was begun.

        peer: EUI-64; peer_suites: the peer's KeyEstablishmentSuite. Not while another is under
        way, nor before the time that the peer has asked to wait is over.
        """
        common = [suite for suite in self._credentials if suite & peer_suites]
        if self._session or not common or now_s < self._waits.get(peer, now_s):
            return False
        session = _Session(peer, True, self._credentials[max(common)])
        self._session = session
        self._send_initiate(session)
        self._await(session, INITIATE, now_s, 0)
        return True

    def receive(self, peer, command, from_server, payload, now_s):
        """Take a command of the cluster from a peer; whatever it holds, nothing is raised."""
        session = self._session
        belongs = session and session.peer == peer and session.is_client == bool(from_server)
        if command == TERMINATE:
            if belongs:
                self._terminated(session, payload, now_s)
        elif command == INITIATE and not from_server:
            if session and not belongs:
                self._refuse(peer, True, NO_RESOURCES)
            else:
                # A server's peer that begins anew has given up the former.
                self._guard(self._asked, _Session(peer, False, None), payload, now_s)
        elif not belongs:
            self._refuse(peer, not from_server, BAD_MESSAGE)
        elif command != session.awaits:
            self._fail(session, BAD_MESSAGE)
        elif session.work:
            session.held, session.awaits, session.deadline_s = payload, None, None
        else:
            self._take(session, command, payload, now_s)

    def step(self, now_s):
        """Do one slice of work; return whether there is more at once."""
        session = self._session
        if session is None:
            return False
        if session.deadline_s is not None and now_s > session.deadline_s:
            self._end(session)
            self._on_failure(session.peer, _TIMED_OUT, 0)
        elif session.work:
            self._guard(self._slice, session, now_s)
        return self._session is not None and self._session.work is not None

    def _guard(self, action, session, *arguments):
        try:
            action(session, *arguments)
        except CbkeError as fault:
            self._fail(session, fault.status)
        except FrameError:
            self._fail(session, BAD_MESSAGE)
        except Exception:
            # Whoever interrupted it at a board's prompt finds a new beginning.
            self._end(session)
            raise

    def _slice(self, session, now_s):
        try:
            next(session.work)
            return
        except StopIteration:
            session.work = None
        session.then(session, now_s)

    def _take(self, session, command, payload, now_s):
        session.awaits = session.deadline_s = None
        handler = getattr(self, _HANDLERS[command])
        self._guard(handler, session, payload, now_s)

    # Both sides.

    def _asked(self, session, payload, now_s):
        """Initiate, at the server."""
        self._session = session
        suite = decode_initiate(payload)[0]
        if suite not in self._credentials:
            raise CbkeError("another suite", UNSUPPORTED_SUITE)
        session.own = self._credentials[suite]
        self._take_certificate(session, payload, now_s)
        self._send_initiate(session)
        self._await(session, EPHEMERAL_DATA, now_s, session.peer_ephemeral_s)
        self._begin(session, self._prepare(session), self._take_held)

    def _answered(self, session, payload, now_s):
        """Initiate, at the client."""
        if decode_initiate(payload)[0] != session.own.suite:
            raise CbkeError("another suite", UNSUPPORTED_SUITE)
        self._take_certificate(session, payload, now_s)
        self._begin(session, self._prepare(session), self._send_ephemeral)

    def _take_certificate(self, session, payload, now_s):
        suite, session.peer_ephemeral_s, session.peer_confirm_s, octets = decode_initiate(payload)
        session.certificate = ImplicitCertificate(suite, octets)
        known = self._is_time_known and self._is_time_known()
        issuer = session.own.certificate.issuer
        session.certificate.check(session.peer_id, issuer, now_s if known else None)

    def _prepare(self, session):
        session.peer_point = yield from certificate_point(session.certificate)
        session.ephemeral = yield from make_ephemeral(session.own.suite, self._random)

    def _take_ephemeral(self, session, payload, now_s):
        """Ephemeral Data: the client answers when its work is done, the server before it."""
        session.peer_octets = bytes(payload)
        if session.is_client:
            self._begin(session, self._agree(session), self._send_confirmation)
        else:
            self._send(session, EPHEMERAL_DATA, session.ephemeral.octets)
            self._await(session, CONFIRM_KEY_DATA, now_s, session.peer_confirm_s)
            self._begin(session, self._agree(session), self._take_held)

    def _agree(self, session):
        own = session.own
        point = yield from ephemeral_point(own.suite, session.peer_octets)
        secret = yield from shared_secret(
            own, session.ephemeral, session.certificate, session.peer_point, point
        )
        yield
        mac_key, session.link_key = derive_keys(secret)
        yield from session.confirm(mac_key)

    def _send_ephemeral(self, session, now_s):
        self._send(session, EPHEMERAL_DATA, session.ephemeral.octets)
        self._await(session, EPHEMERAL_DATA, now_s, session.peer_ephemeral_s)

    def _send_confirmation(self, session, now_s):
        self._send(session, CONFIRM_KEY_DATA, session.own_mac)
        self._await(session, CONFIRM_KEY_DATA, now_s, session.peer_confirm_s)

    def _take_confirmation(self, session, payload, _):
        """Confirm Key Data: on the server it is answered, on both sides the key is good."""
        if decode_confirmation(payload) != session.peer_mac:
            raise CbkeError("wrong MAC", BAD_KEY_CONFIRM)
        if not session.is_client:
            self._send(session, CONFIRM_KEY_DATA, session.own_mac)
        self._end(session)
        self._on_key(session.peer, session.link_key)

    def _take_held(self, session, now_s):
        """Go on, at the server, with what came while it was computing."""
        if session.held is not None:
            payload, session.held = session.held, None
            command = CONFIRM_KEY_DATA if session.link_key else EPHEMERAL_DATA
            self._take(session, command, payload, now_s)

    # Ends.

    def _terminated(self, session, payload, now_s):
        try:
            status, wait_s, _ = decode_terminate(payload)
        except FrameError:
            status, wait_s = BAD_MESSAGE, 0
        self._end(session)
        if wait_s:
            self._keep_wait(session.peer, now_s, wait_s)
        self._on_failure(session.peer, status, wait_s)

    def _keep_wait(self, peer, now_s, wait_s):
        waits = {other: until_s for other, until_s in self._waits.items() if until_s > now_s}
        if len(waits) < _MOST_WAITS:
            waits[peer] = now_s + wait_s
        self._waits = waits

    def _fail(self, session, status):
        self._end(session)
        self._refuse(session.peer, not session.is_client, status)
        self._on_failure(session.peer, status, 0)

    def _end(self, session):
        session.work = session.deadline_s = session.awaits = session.held = None
        self._session = None

    def _refuse(self, peer, as_server, status):
        payload = encode_terminate(status, _WAIT_S, self.suites())
        self.outbox.put((peer, TERMINATE, as_server, payload))

    def _begin(self, session, work, then):
        session.work, session.then = work, then

    def _await(self, session, command, now_s, work_s):
        session.awaits = command
        session.deadline_s = now_s + work_s + _CARRIAGE_S

    def _send(self, session, command, payload):
        self.outbox.put((session.peer, command, not session.is_client, payload))

    def _send_initiate(self, session):
        suite = session.own.suite
        ephemeral_s, confirm_s = self.times_s[suite]
        certificate = session.own.certificate.octets
        payload = encode_initiate(suite, ephemeral_s, confirm_s, certificate)
        self._send(session, INITIATE, payload)

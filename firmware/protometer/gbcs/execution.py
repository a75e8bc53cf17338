"""One authentic command under way: what carries out a payload knows of its envelope."""


class PayloadError(ValueError):
    """A payload does not decode, or does not belong to its use case; nothing has been done."""


class Execution:
    """Handed to what executes a payload, and tells afterwards whether an item failed.

    use_case: the UseCase; originator: who sent it, as model.command has them; counter: the
    originator's, of 64 bits; now_s: the time; recipient: who reads encrypted attributes (8
    octets), None where it may have none; attribute_counter: of their key; protect(plaintext)
    returns, at once or sliced, attributes encrypted for it, security header and tag included.
    fails_at: the index of an item that is to fail as if its hardware did, None for none: the
    bench's way to see what a fault answers.
    """

    def __init__(self, use_case, originator, counter, now_s, fails_at=None):
        self.use_case = use_case
        self.originator = originator
        self.counter = counter
        self.now_s = now_s
        self.fails_at = fails_at
        self.device = None
        self.recipient = None
        self.attribute_counter = counter
        self.protect = None
        # Set by what executes the payload.
        self.failed = False
        # Alerts that are due once all is done: (code, contents as RemoteAlerts takes them).
        self.alerts = []

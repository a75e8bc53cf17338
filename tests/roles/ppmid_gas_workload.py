"""Has a PPMID ask its gas meter for credit, and prints every message; runs on any runtime."""

from binascii import hexlify

from host_tools.node.ppmid_pair import NOW_S, UTRN, PpmidPair
from protometer.model.command import CommandRefused


def _show(title, pair, octets, response):
    print(title, pair.gas.outcome, pair.done, pair.meter.data.meter_balance_mp)
    print(hexlify(octets).decode(), hexlify(response).decode())


def _refused(pair, octets):
    """Let the PPMID take what is no answer to what it asked; print what it logs of it."""
    counts, digest = pair.ppmid.log_counts(), pair.ppmid.state_digest()
    pair.hear(octets)
    same = digest == pair.ppmid.state_digest()
    print(pair.gas.outcome, [hex(code) for code in pair.ppmid.logged_since(counts)], same)


def _run():
    pair = PpmidPair()
    pair.prepay()
    for wrong in ("", "1" * 20, UTRN[:-1]):
        try:
            pair.gas.add_credit(wrong, NOW_S)
        except CommandRefused as refusal:
            print(refusal)
    pair.gas.add_credit(UTRN, NOW_S)
    first, response = pair.exchange()
    _show("top-up", pair, first, response)
    pair.gas.add_credit(UTRN, NOW_S)
    _show("again", pair, *pair.exchange())
    pair.gas.activate_emergency_credit(NOW_S)
    _show("emergency", pair, *pair.exchange())
    # Over again, from what both kept.
    pair = PpmidPair(pair.ppmid.memory.files, pair.meter.memory.files)
    pair.gas.activate_emergency_credit(NOW_S)
    (octets,) = pair.built()
    print(pair.meter.handle(first).reason)
    answer = pair.meter.handle(octets).response
    print(pair.meter.handle(octets).reason)
    _refused(pair, response)
    _refused(pair, answer[:-1])
    _refused(pair, answer[:-1] + bytes((answer[-1] ^ 1,)))
    _refused(pair, octets)
    pair.hear(answer)
    _show("then", pair, octets, answer)


_run()

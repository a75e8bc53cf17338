"""What a gas meter tells the Gas Proxy Function of its hub: what it tells remote parties, whole.

Displays are told less on the HAN: no codes of top-ups, no numbers of publications, nothing of an
earlier tenant. The proxy has it for the same remote parties (GBCS GCS15d, GCS15e, GCS21b, GCS21f,
GCS21k).
"""

from .clusters import Request
from .gbz_meter import MeterSide
from .gbz_request import GbzRequest

# Commands of clusters that only ask: what else remote parties may is not the proxy's.
_ANSWERED = {
    0x0700: (0x00, 0x0B),
    0x0705: (0x08, 0x0A),
    0x0707: (0x01, 0x02, 0x03, 0x04),
}


class ProxyRequest(Request):
    """A command of the proxy, as the handlers of remote parties' commands take it."""

    is_remote = True
    from_s = 0
    entries = GbzRequest.entries
    # In one command: what no frame takes goes in fragments.
    answer_several = GbzRequest.answer_several


def handler(meter, stack, cluster, command):
    """Return what answers a command of the coordinator; None where it is not its proxy's.

    A hub's proxy is that of a network of its own, where all is said under link keys.
    """
    network = stack.network
    if network.is_commissioned or network.is_interop:
        return None
    if command not in _ANSWERED.get(cluster, ()):
        return None
    side = MeterSide(meter)
    return side.handler(side.module(cluster), cluster, command, False)

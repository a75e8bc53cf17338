"""Commands of GBZ as their senders make them."""

from protometer.han import cluster_command

MESSAGING = 0x0703
NEVER_S = 0xFFFF_FFFF
UNSIGNED = 0xFFFF_FFFF
_OF_SERVER, _OF_CLIENT = True, False


def sent(cluster, name, values, from_server=_OF_CLIENT, from_s=None):
    """Return a command, whose other fields are zero or empty."""
    known = {}
    for field in cluster_command.find(cluster, from_server, name)._fields.split():
        field, _, kind = field.partition(":")
        if field[0] != "?":
            known[field] = [] if "[" in kind else b"" if kind.endswith("str") else 0
    return cluster, (from_server, name), {**known, **values}, from_s


def published(cluster, name, **values):
    """Return a command of a cluster's server."""
    return sent(cluster, name, values, _OF_SERVER)

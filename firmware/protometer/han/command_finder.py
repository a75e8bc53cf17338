"""Commands of clusters by name; what reads their table, and encodes fields, is lent."""

from ..kernel.unload import lend


def find(cluster, from_server, command):
    """Return a ClusterCommand by its name or identifier; FrameError where there is none."""
    from .cluster_command import find

    lend("han.cluster_command")
    return find(cluster, from_server, command)

"""A device process: `micropython -m host_tools.node.main DESCRIPTION.json PORT`.

Joins the conductor on 127.0.0.1:PORT and lives in its virtual time until it says STOP.
"""

import gc
import socket
import sys

# Collect oftener than a board (host_tools/boards/bundle.py): what is compiled here as it is loaded
# leaves more garbage, and strewn among it no room for a checkpoint is left in one piece.
if hasattr(gc, "threshold"):
    gc.threshold(8_192)

from host_tools.node import link
from host_tools.node.agent import Agent
from host_tools.node.device import DeskDevice, load_description
from host_tools.node.wall_clock import ticks_us

_HELLO_S = 0.1
_SILENCE_S = 60
# MicroPython sets aside as much for each datagram, whatever comes.
_OCTETS = 4096


def serve(description, port):
    """Answer the conductor until STOP; OSError if it falls silent."""
    device = DeskDevice(description, ticks_us)
    agent = Agent(device)
    address = socket.getaddrinfo("127.0.0.1", port, 0, socket.SOCK_DGRAM)[0][-1]
    link_socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    link_socket.connect(address)
    link_socket.settimeout(_HELLO_S)
    datagram = None
    while datagram is None:
        link_socket.send(link.encode_hello(device.name))
        try:
            datagram = link_socket.recv(_OCTETS)
        except OSError:
            pass
    link_socket.settimeout(_SILENCE_S)
    link_socket.send(agent.answer(datagram))
    while not agent.stopped:
        link_socket.send(agent.answer(link_socket.recv(_OCTETS)))


if __name__ == "__main__":
    serve(load_description(sys.argv[1]), int(sys.argv[2]))

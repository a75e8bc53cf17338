"""A TCP connection as the byte port of a radio, on CPython and MicroPython alike."""

import select
import socket

# Calls of any() between two attempts to connect: about a second of an idle radio's polls.
_PATIENCE = 200


class SocketPort:
    """any(), readinto() and write() of a UART over TCP, none of which blocks.

    A connection that is refused or ends is OSError, and is tried again from time to time.
    on_readable is called from wait_ms() when something has come.
    """

    def __init__(self, host, port):
        self._address = socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM)[0][-1]
        self._socket = None
        self._patience = 0
        self.on_readable = None

    def any(self):
        """Return whether there is something to read; OSError without a connection."""
        if self._socket is None:
            self._connect()
        return 1 if self._poller.poll(0) else 0

    def readinto(self, buffer):
        """Return how many octets were read into buffer; OSError at the connection's end."""
        try:
            count = self._read_into(buffer)
        except OSError:
            self.close()
            raise
        if not count:
            self.close()
            raise OSError("the connection has ended")
        return count

    def write(self, octets):
        """Return how many octets were taken: none while the peer doesn't read."""
        if not self._writable.poll(0):
            return 0
        try:
            return self._socket.send(octets)
        except OSError:
            self.close()
            raise

    def wait_ms(self, wait_ms):
        """Let time pass, or less if something comes."""
        if self._socket is None:
            select.poll().poll(wait_ms)
        elif self._poller.poll(wait_ms) and self.on_readable:
            self.on_readable()

    def close(self):
        """End the connection."""
        if self._socket:
            self._socket.close()
            self._socket = None

    def _connect(self):
        self._patience -= 1
        if self._patience >= 0:
            raise OSError("no connection")
        self._patience = _PATIENCE
        connection = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            connection.connect(self._address)
        except OSError:
            connection.close()
            raise
        connection.setblocking(False)
        self._poller = select.poll()
        self._poller.register(connection, select.POLLIN)
        self._writable = select.poll()
        self._writable.register(connection, select.POLLOUT)
        self._socket = connection
        # The one is MicroPython's name for it, the other CPython's.
        self._read_into = getattr(connection, "readinto", None) or connection.recv_into

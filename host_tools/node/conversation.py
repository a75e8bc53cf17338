"""What a meter and its memory for files said to each other, and whether another says the same.

A meter is deterministic: a file system that gives it the same answers has the same meter on it,
to the last check. So where one content was tried, others that answer alike need no meter, only
the file system, which does all of its own work once more. Runs on MicroPython too.
"""


class Conversation:
    """A memory for files that notes each request with its answer in `said`.

    A memory that fails has no answer: then `whole` is False, and nothing can be repeated.
    """

    MEDIUM = "files"

    def __init__(self):
        self._memory = None
        self.said = []
        self.whole = True

    def on(self, memory):
        """Go on with a memory, as after a start; return this."""
        self._memory = memory
        return self

    def read(self, name):
        """Return what a file holds."""
        return self._noted(_read, name)

    def read_into(self, name, position, buffer):
        """Read from a position; return the count of octets."""
        octets = self._noted(_read_from, name, position, len(buffer))
        buffer[: len(octets)] = octets
        return len(octets)

    def write(self, name, octets):
        """Replace what a file holds."""
        self._noted(_write, name, bytes(octets))

    def write_at(self, name, position, octets):
        """Write over, or extend, an existing file."""
        self._noted(_write_at, name, position, bytes(octets))

    def _noted(self, request, *what):
        try:
            answer = request(self._memory, *what)
        except OSError:
            self.whole = False
            raise
        self.said.append((request, what, answer))
        return answer


def answers_alike(memory, said):
    """Tell whether a memory gives every answer of a conversation; it is written to."""
    try:
        return all(request(memory, *what) == answer for request, what, answer in said)
    except OSError:
        return False


def _read(memory, name):
    return memory.read(name)


def _read_from(memory, name, position, size):
    buffer = bytearray(size)
    count = memory.read_into(name, position, buffer)
    return bytes(buffer[:count])


def _write(memory, name, octets):
    memory.write(name, octets)


def _write_at(memory, name, position, octets):
    memory.write_at(name, position, octets)

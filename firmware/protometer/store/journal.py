"""The journal: checkpoints of the whole state, and after each the steps that changed it.

A commit is one record, read back. Recovery takes the newest whole record: a step together with
its checkpoint, which is kept in two copies because every later step stands on it.
"""

from micropython import const

from . import record as records
from .media import streams

_COPIES = const(2)
_ATTEMPTS = const(2)
# A step fits into the first; a checkpoint is read back in pieces of the second, as each costs a
# file to open.
_CHUNK = const(256)
_LONG_CHUNK = const(1_024)
# Recovery looks at no more than so many of the newest records of a stream.
_MOST_FOUND = const(16)


class Found:
    """What recovery found: a checkpoint's body, and the patches to apply to it."""

    def __init__(self, version, body, patches):
        self.version = version
        self.body = body
        self.patches = patches


class Journal:
    """Writes records to a memory and finds the newest again.

    `damaged` counts the records that recovery found broken, though no power cut tore them;
    `lone` tells that the checkpoint it took had no second copy. Where nothing was found and parts
    of the memory could not even be read, nothing is written either: it may be back at the next
    start.
    """

    def __init__(self, memory):
        self._steps, self._checkpoints = streams(memory)
        self._sequence = 0
        self._base = 0
        self._chunk = bytearray(_CHUNK)
        self._head = bytearray(records.HEADER_SIZE)
        self.damaged = 0
        self.lone = False
        self._unreadable = False
        self._refuses = False
        self.most_step = self._steps.most

    def recover(self):
        """Return the newest whole state as Found, or None where there is none."""
        heads = self._heads(self._checkpoints)
        steps = self._heads(self._steps)
        for sequence, place in heads:
            checkpoint, octets = self._opened(self._checkpoints, place)
            if checkpoint is None:
                self.damaged += 1
                continue
            self._checkpoints.go_on_after(place)
            self._base = self._sequence = sequence
            self.lone = not self._has_copy(heads, sequence, place)
            patches = self._newest_patches(steps, sequence)
            return Found(checkpoint.version, checkpoint.body(octets), patches)
        self._refuses = self._unreadable
        return None

    def put_step(self, buffer, size):
        """Commit a step whose body of that size is in place; False if it could not be kept."""
        return self._put(self._steps, buffer, records.STEP, size, self._base, 1)

    def put_checkpoint(self, buffer, size):
        """Commit a checkpoint whose body of that size is in place; False if it wasn't kept."""
        if not self._put(self._checkpoints, buffer, records.CHECKPOINT, size, 0, _COPIES):
            return False
        self._base = self._sequence
        return True

    def _put(self, stream, buffer, kind, size, base, copies):
        for _ in range(0 if self._refuses else _ATTEMPTS):
            self._sequence += 1
            sealed = records.seal(buffer, kind, self._sequence, base, size)
            view = memoryview(buffer)[:sealed]
            kept = False
            for _ in range(copies):
                kept = self._put_copy(stream, view) or kept
            if kept:
                return True
        return False

    def _put_copy(self, stream, view):
        if len(view) > stream.most:
            return False
        try:
            stream.append(view)
            kept = self._is_kept(stream, view)
        except OSError:
            return False
        if kept:
            stream.confirm()
        return kept

    def _is_kept(self, stream, view):
        """Read back what was appended and compare."""
        chunk = memoryview(self._chunk if len(view) <= _CHUNK else bytearray(_LONG_CHUNK))
        for at in range(0, len(view), len(chunk)):
            wanted = view[at : at + len(chunk)]
            read = chunk[: len(wanted)]
            if stream.read_into(at, read) != len(wanted) or read != wanted:
                return False
        return True

    def _heads(self, stream):
        """Return (sequence, place) of a stream's newest records, the newest first."""
        found = []
        try:
            for place in stream.places():
                self._look_at(stream, place, found)
        except OSError:
            self.damaged += 1
            self._unreadable = True
        found.sort(reverse=True)
        return found

    def _look_at(self, stream, place, found):
        try:
            count = stream.read_head(place, self._head)
        except OSError:
            count = -1
            self._unreadable = True
        if not count:
            return
        head = records.head_of(self._head) if count == len(self._head) else None
        if head is None:
            self.damaged += 1
            return
        found.append((head.sequence, place))
        if len(found) > _MOST_FOUND:
            found.remove(min(found))

    def _opened(self, stream, place):
        """Return (Head, octets) of the record at a place; None for one that isn't whole."""
        try:
            octets = stream.read(place)
        except OSError:
            self._unreadable = True
            octets = b""
        return records.opened(octets), octets

    def _has_copy(self, heads, sequence, place):
        """Tell whether the checkpoint found at a place is whole elsewhere too."""
        for other_sequence, other in heads:
            if other_sequence == sequence and other != place:
                if self._opened(self._checkpoints, other)[0]:
                    return True
                self.damaged += 1
        return False

    def _newest_patches(self, steps, base):
        """Return the patches of the newest whole step on the checkpoint numbered base."""
        gone_on = False
        for sequence, place in steps:
            step, octets = self._opened(self._steps, place)
            if step and not gone_on:
                self._steps.go_on_after(place)
                self._sequence = max(self._sequence, sequence)
                gone_on = True
            if sequence < base:
                break
            if step and step.base == base:
                return step.body(octets)
            # Damaged, or its checkpoint is.
            self.damaged += 1
        return b""

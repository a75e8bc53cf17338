"""The store: a role's items marked N, kept in a memory through power cuts (SMETS2 5.5.3).

    data -> layout -> image -> journal -> memory

A commit is all or nothing. What the last one kept stays here as an image, from which the home
area network is served: it never hears of a register or a balance that a power cut could take
back.
"""

import struct

from micropython import const

from ..kernel.slices import finish
from . import record as records
from .journal import Journal
from .layout import BANK, FIELD_SIZE, Layout, field_octets, lengthy_octets, put_lengthy

# Body of a checkpoint: count of fields UINT16, fixed part's size UINT16, description, fixed part,
# what has a length.
_BODY_HEAD = "<HH"
_BODY_HEAD_SIZE = const(4)
VERSION_1_FILES = ("slot0", "slot1")


class Store:
    """Commits and restores the items of a Data.

    memory: a memory driver of any medium. `fell_back`: restore passed over damaged records,
    `damaged` of them.
    """

    def __init__(self, data, memory):
        self._data = data
        self._memory = memory
        self._layout = layout = Layout(data.role)
        self._journal = Journal(memory)
        self._fixed_at = records.HEADER_SIZE + _BODY_HEAD_SIZE + len(layout.description)
        # A checkpoint without what has a length: that is added while one is written.
        self._checkpoint = bytearray(self._fixed_at + layout.fixed_size)
        self._step = bytearray(self._journal.most_step)
        self._base = bytearray(layout.fixed_size)
        self._durable = bytearray(layout.fixed_size)
        self._kept_lengthy = layout.lengthy_values(data)
        self._checkpoint_due = True
        self._located = {}
        self.fell_back = False
        self.damaged = 0
        self.commits = 0
        self.checkpoints = 0
        self._put_description()
        self._layout.pack(data, self._durable, 0)

    def restore(self):
        """Bring back the newest whole state, of this release or an earlier one.

        Returns whether there was one.
        """
        found = self._journal.recover()
        self.damaged = self._journal.damaged
        self.fell_back = self.damaged > 0
        earlier = self._earlier()
        restored = self._applied(found) if found else self._restore_earlier(earlier)
        if not restored:
            return False
        if found and earlier:
            earlier.retire()
        self._layout.pack(self._data, self._durable, 0)
        self._kept_lengthy = self._layout.lengthy_values(self._data)
        return True

    def commit(self):
        """Make the items durable; False if the memory can't keep them: then the last state stands.

        The record has been read back when this returns True.
        """
        return finish(self.commit_in_slices())

    def commit_in_slices(self):
        """Do, sliced, as commit() does."""
        layout = self._layout
        fixed_at = self._fixed_at
        layout.pack(self._data, self._checkpoint, fixed_at)
        packed = memoryview(self._checkpoint)[fixed_at : fixed_at + layout.fixed_size]
        lengthy = layout.lengthy_values(self._data)
        yield
        if not (yield from self._put(packed, lengthy)):
            self._checkpoint_due = True
            return False
        self.commits += 1
        self._durable[:] = packed
        self._kept_lengthy = lengthy
        return True

    def revert(self):
        """Set, sliced, the items back to the last commit: a transaction that could not be kept.

        What the HAN keeps for itself stays: no Command changes it.
        """
        return self._layout.take_back(self._durable, self._kept_lengthy, self._data)

    def durable(self, name, index=-1):
        """Return an item, or an element of it, as the last commit kept it.

        A register is given in Wh. Items that are not kept are given as they are.
        """
        if name not in self._located:
            self._located[name] = self._layout.locate(name)
        where = self._located[name]
        if where is None:
            value = getattr(self._data, name)
            return value if index < 0 else value[index]
        offset, code, count = where
        index = max(index, 0)
        if code == BANK:
            kwh = self._integer("I", offset + 4 * index)
            return kwh * 1000 + self._integer("I", offset + 4 * (count + index)) // 1000
        return self._integer(code, offset + field_octets(code, index))

    def _integer(self, code, offset):
        return struct.unpack_from("<" + code, self._durable, offset)[0]

    def _put(self, packed, lengthy):
        if not self._checkpoint_due and lengthy == self._kept_lengthy:
            step = self._step
            limit = len(step) - records.CRC_SIZE
            end = records.put_patches(
                step, records.HEADER_SIZE, limit, memoryview(self._base), packed
            )
            if end >= 0:
                return self._journal.put_step(step, end - records.HEADER_SIZE)
            yield
        if not (yield from self._put_checkpoint(lengthy)):
            return False
        self._base[:] = packed
        self._checkpoint_due = False
        self.checkpoints += 1
        return True

    def _put_checkpoint(self, lengthy):
        begun = len(self._checkpoint)
        whole = bytearray(begun + lengthy_octets(lengthy) + records.CRC_SIZE)
        yield
        whole[:begun] = self._checkpoint
        end = put_lengthy(whole, begun, lengthy)
        yield
        return self._journal.put_checkpoint(whole, end - records.HEADER_SIZE)

    def _put_description(self):
        description = self._layout.description
        at = records.HEADER_SIZE
        size = self._layout.fixed_size
        struct.pack_into(_BODY_HEAD, self._checkpoint, at, len(description) // FIELD_SIZE, size)
        at += _BODY_HEAD_SIZE
        self._checkpoint[at : at + len(description)] = description

    def _applied(self, found):
        try:
            self._apply(found.body, found.version, found.patches)
        except (ValueError, IndexError):
            # Whole by its CRC and yet senseless: nothing to start from.
            self.fell_back = True
            return False
        return True

    def _apply(self, body, version, patches):
        if len(body) < _BODY_HEAD_SIZE:
            raise records.RecordError("checkpoint: no head")
        fields, size = struct.unpack_from(_BODY_HEAD, body, 0)
        fixed_at = _BODY_HEAD_SIZE + FIELD_SIZE * fields
        if not fields or fixed_at + size > len(body):
            raise records.RecordError("checkpoint: %d fields, %d octets" % (fields, size))
        description = body[_BODY_HEAD_SIZE:fixed_at]
        image = bytearray(body[fixed_at : fixed_at + size])
        lengthy = body[fixed_at + size :]
        ours = version == records.VERSION and description == self._layout.description
        if ours:
            self._base[:] = image
        records.apply_patches(patches, image)
        if ours:
            self._layout.unpack(image, self._data)
            self._layout.unpack_lengthy(lengthy, self._data)
        else:
            from .migration import decode

            decode(self._layout, self._data, description, image, lengthy)
        # A checkpoint of another layout, or with one copy left, is followed by a whole one.
        self._checkpoint_due = not ours or self._journal.lone or self.fell_back

    def _earlier(self):
        """Return the files of firmware 0.1.0, None where there are none."""
        if self._memory.MEDIUM != "files":
            return None
        if not any(self._memory.read(name) for name in VERSION_1_FILES):
            return None
        from .version_1 import Version1

        return Version1(self._data, self._memory, VERSION_1_FILES)

    def _restore_earlier(self, earlier):
        if earlier is None:
            return False
        found = earlier.restore()
        self.fell_back = self.fell_back or earlier.fell_back
        if found and self.commit():
            earlier.retire()
        return found

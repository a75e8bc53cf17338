"""Conversations between a meter and its memory, as the power-cut search repeats them."""

import pytest

from host_tools.node.conversation import Conversation, answers_alike
from host_tools.node.ram_memory import RamFiles


class FailingFiles(RamFiles):
    """Files on a memory that can't be written any more."""

    def write(self, name, octets):
        raise OSError(5, name)


def files(content):
    memory = RamFiles()
    memory.files.update(content)
    return memory


def a_conversation():
    conversation = Conversation()
    memory = conversation.on(files({"step0": b"abcdef"}))
    buffer = bytearray(9)
    assert memory.read_into("step0", 2, buffer) == 4
    assert bytes(buffer) == b"cdef" + bytes(5)
    memory.write("step1", bytearray(b"new"))
    memory.write_at("step1", 3, b"er")
    assert conversation.on(memory._memory).read("step1") == b"newer"
    return conversation


def test_the_same_files_answer_alike():
    conversation = a_conversation()
    assert conversation.whole
    assert len(conversation.said) == 4
    again = files({"step0": b"abcdef", "other": b"x"})
    assert answers_alike(again, conversation.said)
    assert again.files["step1"] == b"newer"


@pytest.mark.parametrize("content", [{}, {"step0": b"abcdeF"}, {"step0": b"abcdefg"}])
def test_other_files_do_not(content):
    assert not answers_alike(files(content), a_conversation().said)


def test_a_memory_that_loses_what_is_written_does_not():
    class Losing(RamFiles):
        def write_at(self, name, position, octets):
            pass

    memory = Losing()
    memory.files["step0"] = b"abcdef"
    assert not answers_alike(memory, a_conversation().said)


def test_a_memory_that_fails_has_no_conversation():
    failing = FailingFiles()
    failing.files["step0"] = b"abcdef"
    assert not answers_alike(failing, a_conversation().said)
    conversation = Conversation()
    with pytest.raises(OSError):
        conversation.on(failing).write("step1", b"new")
    assert not conversation.whole

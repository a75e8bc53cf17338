"""What is logged of frames that are not authentic."""

import pytest

from protometer.model.events import Outbox
from protometer.roles.han_watch import HanWatch

START_S = 757_386_000
# (seconds later, forged frames by then, logged by then)
COURSE = [(0, 0, 0), (10, 1, 1), (11, 500, 1), (3_609, 900, 1), (3_610, 900, 2), (9_000, 900, 2)]


def watch():
    told = {"forged": 0}
    outbox = Outbox()
    return told, outbox, HanWatch(lambda: told["forged"], outbox)


def logged(outbox):
    codes = []
    while len(outbox):
        codes.append(outbox.take()[0])
    return codes


def test_the_first_is_logged_and_more_once_an_hour():
    told, outbox, watching = watch()
    codes = []
    for after_s, told["forged"], count in COURSE:
        watching.step(START_S + after_s)
        codes += logged(outbox)
        assert codes == [0x8F53] * count


@pytest.mark.parametrize("jump_s", [-86_400, 86_400])
def test_a_clock_that_jumps_silences_nothing(jump_s):
    told, outbox, watching = watch()
    for after_s in (0, jump_s):
        told["forged"] += 1
        watching.step(START_S + after_s)
    assert logged(outbox) == [0x8F53] * 2

"""A message is carried out in slices, and alone: what others do meanwhile keeps out of its way."""

import pytest

from host_tools.node.message_bench import MessageBench
from protometer.kernel.slices import finish
from protometer.model import events
from protometer.model.command import SUPPLIER, USER_INTERFACE
from protometer.roles.transaction import PARTLY

NOW_S = 473_385_600
CODE = 0x0022
_WATT_HOUR_MWH = 1_000


class FrontEnd:
    """Gives at each reading what has flowed since the last one."""

    def __init__(self, still):
        self._still = still
        self.flowed_mwh = self.import_mwh = 0

    def __getattr__(self, name):
        return getattr(self._still, name)

    def read(self):
        """Bring what has flowed."""
        self.import_mwh, self.flowed_mwh = self.flowed_mwh, 0


def meter(files=None):
    bench = MessageBench("ESME", "E", NOW_S, files)
    bench.device._front_end = bench.front_end = FrontEnd(bench.front_end)
    return bench


def carried_out(device, outcome=True):
    """Begin a message that sets two items, and comes to an outcome."""

    def work():
        for name, value in (("Low Credit Threshold", 5), ("Disablement Threshold", 7)):
            arguments = {"item": name, "value": value}
            yield from device.perform("Write Configuration Data", arguments, SUPPLIER, NOW_S)
        return outcome

    return device.transact(work, CODE, NOW_S)


def thresholds(data):
    return data.low_credit_threshold_mp, data.disablement_threshold_mp


def until(work, condition):
    """Run slices until a condition holds."""
    while not condition():
        next(work)


def half_done(bench, outcome=True):
    """A message of which the first item is set, and the second is not."""
    work = carried_out(bench.device, outcome)
    until(work, lambda: bench.data.low_credit_threshold_mp == 5)
    assert bench.data.disablement_threshold_mp == 0
    return work


def logged(bench, name="Event Log"):
    log = bench.device.logbook.named(name)
    return [entry[1] for entry in log.entries(0, log.next_number())]


def test_a_power_cut_after_any_slice_leaves_all_or_nothing():
    slices = sum(1 for _ in carried_out(meter().device))
    assert slices > 15
    seen = []
    for count in range(slices + 1):
        bench = meter()
        work = carried_out(bench.device)
        for _ in range(count + 1):
            next(work, None)
        again = meter(dict(bench.memory.files))
        seen.append(thresholds(again.data))
        assert logged(again).count(events.COMMAND_DONE) == (seen[-1] == (5, 7))
    assert sorted(set(seen)) == [(0, 0), (5, 7)]
    # Once durable it stays so.
    assert seen == sorted(seen)


def test_the_second_waits_and_nothing_that_flowed_is_lost():
    bench = meter()
    device, data = bench.device, bench.data
    work = half_done(bench)
    bench.front_end.flowed_mwh = 3 * _WATT_HOUR_MWH
    for second in (1, 2):
        device.account_for(NOW_S + second)
        device.keep_calendar(NOW_S + second)
        device.settle(NOW_S + second)
    assert data.active_import_register.wh(0) == 0
    assert device.durable("low_credit_threshold_mp") == 0
    assert finish(work) is True
    device.step(NOW_S + 3)
    assert data.active_import_register.wh(0) == 3
    assert thresholds(data) == (5, 7)


def test_a_key_has_the_message_brought_to_its_end_first():
    bench = meter()
    work = half_done(bench)
    bench.device.execute("Set Privacy PIN", {"pin": "1234"}, USER_INTERFACE, NOW_S)
    assert thresholds(bench.data) == (5, 7)
    assert finish(work) is True
    assert logged(bench)[-2:] == [events.COMMAND_DONE, events.UI_COMMAND_DONE]


def test_a_commit_of_the_network_s_keeps_no_half():
    bench = meter()
    work = half_done(bench)
    bench.data.nwk_frame_counter = 4_096
    bench.device.commit()
    assert finish(work) is True
    again = meter(bench.memory.files)
    assert thresholds(again.data) == (5, 7)
    assert again.data.nwk_frame_counter == 4_096


def test_what_is_undone_leaves_what_others_have_done_meanwhile():
    bench = meter()
    work = half_done(bench, outcome=False)
    bench.data.nwk_frame_counter = 4_096
    bench.device.events.post(events.UNAUTHORISED_COMMUNICATION, NOW_S)
    assert finish(work) is False
    bench.device.commit()
    assert thresholds(bench.data) == (0, 0)
    assert bench.data.nwk_frame_counter == 4_096
    assert logged(bench) == [events.COMMAND_NOT_DONE]
    assert logged(bench, "Security Log") == [events.UNAUTHORISED_COMMUNICATION]


def test_what_was_done_in_part_stays_and_is_told_as_not_done():
    bench = meter()
    assert finish(carried_out(bench.device, PARTLY)) == PARTLY
    assert thresholds(meter(bench.memory.files).data) == (5, 7)
    assert logged(bench)[-1] == events.COMMAND_NOT_DONE


def test_two_messages_do_not_mix():
    bench = meter()
    first = half_done(bench)
    second = carried_out(bench.device, outcome=False)
    for _ in range(4):
        next(second)
    # The first was brought to its end.
    assert bench.device.durable("low_credit_threshold_mp") == 5
    assert finish(second) is False
    assert finish(first) is True
    assert thresholds(bench.data) == (5, 7)


def test_what_breaks_a_message_reaches_who_began_it_and_undoes_it():
    bench = meter()

    def work():
        bench.data.low_credit_threshold_mp = 5
        yield
        raise RuntimeError("a fault of ours")

    begun = bench.device.transact(work, CODE, NOW_S)
    until(begun, lambda: bench.data.low_credit_threshold_mp == 5)
    bench.device.execute("Set Privacy PIN", {"pin": "1234"}, USER_INTERFACE, NOW_S)
    with pytest.raises(RuntimeError):
        finish(begun)
    assert thresholds(bench.data) == (0, 0)

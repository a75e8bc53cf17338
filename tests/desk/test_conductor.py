"""Lockstep of real processes: the same seed gives the same bytes, and no node fails unseen."""

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from host_tools.desk.capture import Capture
from host_tools.desk.conductor import Conductor
from host_tools.desk.ether import Ether
from host_tools.desk.process import NodeProcess
from host_tools.desk.wire import NodeError
from host_tools.node import link

ROOT = Path(__file__).parents[2]
TOY = Path(__file__).with_name("toy_node.py")
START_US = 848_448_000 * 1_000_000
SECOND_US = 1_000_000
HOUR_US = 3600 * SECOND_US

_MICROPYTHON = shutil.which("micropython", path=str(Path(sys.executable).parent)) or shutil.which(
    "micropython"
)
RUNTIMES = {"cpython": [sys.executable], "micropython": [_MICROPYTHON, "-X", "heapsize=236wK"]}
needs_micropython = pytest.mark.skipif(not _MICROPYTHON, reason="no MicroPython unix port")


def toy(folder, role, name, address, runtime="cpython"):
    argv = [*RUNTIMES[runtime], TOY, role, name, str(address)]
    env = {"PYTHONPATH": str(ROOT), "MICROPYPATH": str(ROOT)}
    return NodeProcess(argv, env, folder, folder / f"{name}.log")


def cast(conductor, folder, *roles, runtime="cpython"):
    processes = []
    for address, role in enumerate(roles, 1):
        name = f"{role} {address}"
        processes.append(toy(folder, role, name, address, runtime))
        conductor.add_node(name, processes[-1])
    return processes


class Run:
    """Two askers and one that answers, for some simulated time."""

    def __init__(self, folder, length_us=HOUR_US, runtime="cpython", speed=None, **ether):
        self.seen = []
        self.path = folder / "air.pcapng"
        with Capture(self.path) as capture:
            self.ether = Ether(tap=capture.write, **ether)
            with Conductor(self.ether, START_US, speed) as conductor:
                cast(conductor, folder, "ask", "answer", "ask", runtime=runtime)
                conductor.observe(lambda *item: self.seen.append(item))
                conductor.run(START_US + length_us)
                for name in ("ask 1", "answer 2", "ask 3"):
                    conductor.schedule(conductor.now_us, name, link.QUERY, b"{}")
                conductor.run(conductor.now_us)
        self.bytes = self.path.read_bytes()

    def counts(self):
        answers = [json.loads(item[3]) for item in self.seen if item[2] == link.ANSWER]
        assert len(answers) == 3
        return answers

    def traces(self, name):
        return [item[3] for item in self.seen if item[1:3] == (name, link.TRACE)]


@pytest.fixture(scope="module")
def hour(tmp_path_factory):
    return Run(tmp_path_factory.mktemp("hour"), seed=1, loss=0.05, delay_ms=5, duplicate=0.02)


def test_same_seed_gives_the_same_bytes(hour, tmp_path):
    again = Run(tmp_path, seed=1, loss=0.05, delay_ms=5, duplicate=0.02)
    assert again.bytes == hour.bytes
    assert again.seen == hour.seen
    assert again.ether.statistics == hour.ether.statistics


def test_another_seed_gives_another_air(hour, tmp_path):
    assert Run(tmp_path, seed=2, loss=0.05, delay_ms=5, duplicate=0.02).bytes != hour.bytes


@pytest.mark.skipif(not shutil.which("tshark"), reason="tshark is not installed")
def test_tshark_accepts_every_captured_frame(hour):
    fields = ("frame.protocols", "wpan.fcs_ok", "_ws.malformed")
    argv = ["tshark", "-r", str(hour.path), "-T", "fields", "-E", "separator=;"]
    for field in fields:
        argv += ["-e", field]
    rows = subprocess.run(argv, capture_output=True, text=True, check=True).stdout.splitlines()
    statistics = hour.ether.statistics
    assert len(rows) == statistics.transmissions + statistics.acks
    assert set(rows) == {"wpan;1;", "wpan:data;1;"}


@needs_micropython
@pytest.mark.runtime
def test_another_runtime_gives_the_same_bytes(hour, tmp_path):
    mirror = Run(tmp_path, runtime="micropython", seed=1, loss=0.05, delay_ms=5, duplicate=0.02)
    assert mirror.bytes == hour.bytes
    assert mirror.traces("answer 2") == hour.traces("answer 2")
    assert mirror.counts() == hour.counts()


def test_quiet_air_carries_every_question_and_answer(tmp_path):
    run = Run(tmp_path)
    first, answerer, second = run.counts()
    # 1 s and 3 s after the start, then every 10 s
    assert (first["asked"], second["asked"]) == (360, 360)
    assert (first["heard"], answerer["heard"], second["heard"]) == (360, 720, 360)
    assert run.ether.statistics.transmissions == 1440
    assert run.ether.statistics.acks == 1440
    assert run.traces("ask 1")[0] == b"-52 dBm: ! 1"
    assert run.traces("answer 2")[:2] == [b"-52 dBm: ? 1", b"-66 dBm: ? 1"]
    times = [item[0] for item in run.seen]
    assert times == sorted(times)
    assert [at_us for at_us in times if at_us % 1000] == []
    assert run.seen[-3:] == [
        (START_US + HOUR_US, name, link.TRACE, b"bye") for name in ("ask 1", "answer 2", "ask 3")
    ]


def test_lossy_air_makes_the_toys_retry(tmp_path):
    run = Run(tmp_path, HOUR_US, loss=0.3)
    counts = run.counts()
    statistics = run.ether.statistics
    # An exchange needs the frame and its acknowledgement: 0.7 x 0.7 of them succeed.
    tried = statistics.transmissions
    assert 0.45 < statistics.no_ack / tried < 0.57
    retries = sum(count["retries"] for count in counts)
    failed = sum(count["failed"] for count in counts)
    assert retries + failed == statistics.no_ack
    # three retries: 0.51 to the fourth power fail for good, about one in 15
    assert 0 < failed < statistics.transmissions / 15
    assert min(statistics.losses.values()) > 0


@pytest.mark.parametrize("fault", ["lose", "twice"])
def test_an_answer_lost_or_repeated_on_the_link_changes_nothing(tmp_path, fault):
    def air(*roles):
        heard = []
        ether = Ether(tap=lambda *sent: heard.append(sent))
        with Conductor(ether, START_US, retry_s=0.02, tries=6) as conductor:
            cast(conductor, tmp_path, *roles)
            conductor.run(START_US + 60 * SECOND_US)
        return heard

    calm = air("ask", "answer")
    assert len(calm) == 24
    assert air("ask", "answer", fault) == calm


# (role, part of the complaint)
FAULTS = [
    ("exit", r"has ended \(exit code 3\); its last output:\n(?s:.*)the last words of exit"),
    ("raise", r"has ended \(exit code 1\); its last output:\n(?s:.*)RuntimeError: toy broke"),
    ("hang", r"gave no answer, asked 2 times \(still running\)"),
    ("run on", "left its grant"),
    ("stand still", "as next at"),
    ("untuned", "before it configured its radio"),
    ("cut", "broke the link's format"),
]


@pytest.mark.parametrize(("role", "complaint"), FAULTS, ids=[fault[0] for fault in FAULTS])
def test_a_failing_node_is_named(tmp_path, role, complaint):
    conductor = Conductor(Ether(), START_US, retry_s=0.1, tries=2)
    processes = cast(conductor, tmp_path, "ask", role)
    began_s = time.monotonic()
    with pytest.raises(NodeError, match=complaint) as caught, conductor:
        conductor.run(START_US + 60 * SECOND_US)
    if role == "hang":
        assert time.monotonic() - began_s >= 0.1 + 0.2  # the second wait is twice as long
    assert caught.value.name == f"{role} 2"
    assert None not in [process.exit_code() for process in processes]


def test_a_node_that_never_says_hello_is_named(tmp_path):
    mute = NodeProcess(
        [sys.executable, "-c", "raise SystemExit('no such board')"], None, None, tmp_path / "log"
    )
    complaint = r"ended before its HELLO (?s:.*)no such board"
    conductor = Conductor(Ether(), START_US)
    with pytest.raises(NodeError, match=complaint), conductor:
        conductor.add_node("mute", mute)
        conductor.run(START_US)


def test_processes_end_with_any_error(tmp_path):
    process = toy(tmp_path, "ask", "ask 1", 1)
    with pytest.raises(ZeroDivisionError), Conductor(Ether(), START_US) as conductor:
        conductor.add_node("ask 1", process)
        conductor.run(START_US)
        assert process.exit_code() is None
        _ = 1 // 0
    assert process.exit_code() is not None


def test_inputs_come_at_their_millisecond_in_order(tmp_path):
    seen = []
    with Conductor(Ether(), START_US) as conductor:
        cast(conductor, tmp_path, "ask", "answer")
        conductor.observe(lambda *item: seen.append(item))
        conductor.schedule(START_US + 7_000_001, "answer 2", link.COMMAND, b'{"third": 1}')
        conductor.schedule(START_US + 5_000_000, "answer 2", link.COMMAND, b'{"second": 1}')
        conductor.schedule(START_US + 5_000_000, "ask 1", link.KEY, b"up")
        conductor.schedule(START_US + 500_000, "answer 2", link.COMMAND, b'{"first": 1}')
        conductor.run(START_US + 7_500_000)
        assert conductor.now_us == START_US + 7_500_000
        with pytest.raises(ValueError, match="is past"):
            conductor.schedule(START_US, "ask 1", link.KEY, b"up")
        with pytest.raises(KeyError):
            conductor.schedule(conductor.now_us, "nobody", link.KEY, b"up")
        with pytest.raises(link.LinkError):
            conductor.schedule(conductor.now_us, "ask 1", link.KEY, b"")
    story = [item for item in seen if not item[3].startswith(b"-")]
    assert story[:-2] == [
        (START_US + 500_000, "answer 2", link.TRACE, b'{"first": 1}'),
        (START_US + 5_000_000, "ask 1", link.PICTURE, bytes(1024)),
        (START_US + 5_000_000, "answer 2", link.TRACE, b'{"second": 1}'),
        (START_US + 7_001_000, "answer 2", link.TRACE, b'{"third": 1}'),
    ]


def test_no_node_runs_past_a_frame_in_flight_or_an_input_to_come(tmp_path):
    # The toys break off when their time runs backwards. Both have a deadline at 12 s, when the
    # first sends to the second, which has nothing else to do until 22 s.
    seen = []
    with Conductor(Ether(), START_US) as conductor:
        for role, address in (("ask", 12), ("answer", 2)):
            conductor.add_node(role, toy(tmp_path, role, role, address))
        conductor.observe(lambda *item: seen.append(item))
        conductor.schedule(START_US + 5 * SECOND_US, "answer", link.COMMAND, b"{}")
        conductor.run(START_US + 30 * SECOND_US)
    times = [(at_us - START_US) // SECOND_US for at_us, name, _, _ in seen if name == "answer"]
    assert times == [5, 12, 22, 30]


# 600 items are more than a count of one byte, 8 of 30,000 bytes more than a datagram.
@pytest.mark.parametrize(("number_of", "size"), [(600, 3), (8, 30_000)])
def test_more_inputs_than_a_grant_carries(tmp_path, number_of, size):
    seen = []
    with Conductor(Ether(), START_US) as conductor:
        cast(conductor, tmp_path, "answer")
        conductor.observe(lambda *item: seen.append(item[3]))
        wanted = [b"%d" % number * size for number in range(number_of)]
        for text in wanted:
            conductor.schedule(START_US + SECOND_US, "answer 1", link.COMMAND, text)
        conductor.run(START_US + 2 * SECOND_US)
    assert seen == [*wanted, b"bye"]


def test_names_are_unique_and_known_before_the_start(tmp_path):
    with Conductor(Ether(), START_US) as conductor:
        cast(conductor, tmp_path, "ask")
        with pytest.raises(ValueError, match="ask 1"):
            cast(conductor, tmp_path, "ask")
        conductor.run(START_US)
        with pytest.raises(ValueError, match="answer 1"):
            cast(conductor, tmp_path, "answer")


def test_wall_clock_grants_the_same_run_in_its_own_time(tmp_path):
    folders = [tmp_path / "fast", tmp_path / "slow"]
    for folder in folders:
        folder.mkdir()
    fast = Run(folders[0], 12 * SECOND_US)
    began_s = time.monotonic()
    slow = Run(folders[1], 12 * SECOND_US, speed=40.0)
    assert time.monotonic() - began_s >= 12 / 40
    assert slow.bytes == fast.bytes
    assert len(fast.bytes) > 500
    assert slow.traces("ask 3") == fast.traces("ask 3")

"""Pieces of the firmware's work, to be timed on a runtime or counted in primitives.

Each is made by a function that returns a callable of no arguments: one piece of work.
"""

from hashlib import sha256

from host_tools.node.bench import Bench
from host_tools.node.message_path import MessagePath
from host_tools.node.ram_memory import RamState
from host_tools.node.receive_path import Path, protect
from host_tools.node.ssd1306_panel import Ssd1306Panel
from protometer.crypto import ecdsa, p256
from protometer.crypto.ghash import Ghash
from protometer.drivers.display.ssd1306 import Ssd1306
from protometer.han import zcl
from protometer.kernel.crc16 import crc16
from protometer.kernel.slices import finish
from protometer.model.calendar_fields import ANY_YEAR
from protometer.model.command import SUPPLIER
from protometer.model.dictionary import Data
from protometer.ui.ihd_screen import IhdScreen

CRITICAL = "critical command to response"
_START_S = 380_332_860  # 2012-01-20T00:01:00Z
_MIDNIGHT_S = _START_S - 60


def _bench(*roles):
    return Bench(_START_S, roles, lambda device, code, at_s: None, lambda: 0, RamState)


def _second(with_pulse):
    bench = _bench("ESME")
    bench.run_until(_START_S + 5)
    meter = bench.devices["ESME"]
    clock = bench.clock

    def step():
        if with_pulse:
            meter.pulse_pin.drive(1)
            clock.advance(40)
            meter.pulse_pin.drive(0)
            clock.advance(960)
        else:
            clock.advance(1000)
        meter.role.account_for(clock.utc_s())

    return step


def second_with_a_pulse():
    """One second's step of the meter with a watt-hour to price."""
    return _second(True)


def second_without():
    """One second's step of the meter with nothing consumed."""
    return _second(False)


def set_tariff():
    """The Command Set Tariff, committed: checked, packed, followed."""
    bench = _bench("ESME")
    esme = bench.devices["ESME"].role
    tariff = {
        "seasons": [[ANY_YEAR, 1, 1, 0]],
        "weeks": [[0, 0, 0, 0, 0, 1, 1]],
        "days": [[[0, 0], [330, 1], [960, 2], [1140, 1]], [[0, 0], [420, 1]]],
        "special_days": [[ANY_YEAR, 12, 25, 1]],
        "prices": [1495, 2853, 4018],
        "price_scale": -4,
        "standing_charge": 5012,
        "standing_charge_scale": -4,
    }
    return _command(esme, "Set Tariff", {"tariff": tariff})


def write_configuration():
    """The Command Write Configuration Data, committed; the item is found in its table."""
    bench = _bench("ESME")
    esme = bench.devices["ESME"].role
    wanted = {"item": "Low Credit Threshold", "value": 5}
    return _command(esme, "Write Configuration Data", wanted)


def _command(esme, name, arguments):
    def execute():
        esme.execute(name, arguments, SUPPLIER, _START_S)
        while esme.outbox.take():
            pass

    return execute


def midnight():
    """The slice in which a day ends: logs, Standing Charge, cumulative stores, tariff."""
    bench = _bench("ESME")
    bench.run_until(_START_S + 5)
    esme = bench.devices["ESME"].role
    day = [1]

    def step():
        now_s = _MIDNIGHT_S + 86_400 * day[0]
        # All half-hours of the day but the last are written: they came in their time.
        esme.data.half_hours_ended_s = now_s - 1800
        esme.account_for(now_s)
        day[0] += 1

    return step


def missed_half_hours():
    """The slice after an outage in which a batch of half-hours is written to the log."""
    bench = _bench("ESME")
    esme = bench.devices["ESME"].role
    profile = esme._profile

    def keep():
        esme.data.half_hours_ended_s -= 86_400
        profile.keep(_START_S + 1800)

    return keep


def commit():
    """One commit of the meter's state into memory."""
    bench = _bench("ESME")
    return bench.devices["ESME"].role.commit


def tariff_look():
    """The rate and the next switch out of the Tariff Switching Table."""
    bench = _bench("ESME")
    esme = bench.devices["ESME"].role
    return lambda: esme.tariff.follow(_START_S)


def _answer(cluster, identifiers):
    """The meter's slice that opens a request, answers it and seals the answer."""
    bench = _bench("ESME", "IHD")
    bench.run_until(_START_S + 5)
    meter = bench.devices["ESME"]
    ihd = bench.devices["IHD"].role
    sent = []
    meter.radio.send = sent.append

    def ask():
        ihd.stack.read(1, cluster, identifiers)
        bench.run_until(bench.clock.utc_s() + 1)

    ask()
    stack = meter.role.han.stack
    request = zcl.read_attributes(1, identifiers)
    return lambda: stack._from_cluster(2, cluster, request, None)


def answer_power():
    """Answering the display's question for power: ZCL and APS; sealing is a slice of its own."""
    return _answer(0x0702, (0x0400, 0x0207, 0x0014))


def send_a_frame():
    """Sealing an answer: NWK header, CCM*, MAC header and check sequence."""
    bench = _bench("ESME")
    stack = bench.devices["ESME"].role.han.stack
    stack.mac.poll = lambda now_s: False

    def send():
        stack.nwk.send(2, bytes(40))
        stack.mac._outgoing.take()

    return send


def receive_a_frame():
    """Opening a request: check sequence, MAC, NWK opened; the answer is a slice of its own."""
    bench = _bench("ESME", "IHD")
    meter, display = bench.devices["ESME"].role.han.stack, bench.devices["IHD"].role.stack
    bench.run_until(_START_S + 5)
    sent = []
    display.nwk._mac_send = lambda neighbour, octets: sent.append(octets)

    def receive():
        display.nwk.send(1, bytes(20))
        meter.nwk.receive(2, bytes(sent.pop()), 200)
        meter.opened.take()

    return receive


def check_a_frame():
    """The frame check sequence of 60 octets."""
    octets = bytes(60)
    return lambda: crc16(octets, 60)


def report_check():
    """The once-a-second look for attributes to report."""
    bench = _bench("ESME", "IHD")
    bench.run_until(_START_S + 5)
    esme = bench.devices["ESME"].role
    return lambda: esme.han.step(_START_S + 6)


def _drawing(page):
    """A whole picture, all pieces of a page."""
    display = Ssd1306(Ssd1306Panel())
    data = Data("I")
    data.link_ok = data.time_known = True
    screen = IhdScreen(display.framebuffer)
    return lambda: screen.draw(data, page, _START_S)


def draw_now():
    """The whole page "now", which is drawn in five slices."""
    return _drawing(0)


def draw_cost():
    """The whole page "cost", which is drawn in four slices."""
    return _drawing(1)


def _p256(make):
    """A piece of P-256, all slices: make(private, its public key, digest, signature)."""
    private = sha256(b"a supplier").digest()
    digest = sha256(b"a critical command").digest()
    public = finish(ecdsa.public_key(private))
    signature = finish(ecdsa.sign(private, digest))
    work = make(private, public, digest, signature)
    return lambda: finish(work())


def verify_signature():
    """A signature under a key whose multiples are kept, as in a trust anchor cell."""

    def make(private, public, digest, signature):
        points = finish(ecdsa.multiples(*public))
        return lambda: ecdsa.verify(points, digest, signature)

    return _p256(make)


def verify_under_a_new_key():
    """A signature under a key that has just been heard of."""
    return _p256(
        lambda private, public, digest, signature: (
            lambda: ecdsa.verify([public], digest, signature)
        )
    )


def sign():
    """The signature of a response."""
    return _p256(lambda private, public, digest, signature: lambda: ecdsa.sign(private, digest))


def agree():
    """Key agreement with a party, once for each."""

    def make(private, public, digest, signature):
        number = p256.decode_private(private)
        return lambda: p256.multiply(number, public[0], public[1], number)

    return _p256(make)


def ghash_of_ten_blocks():
    """GHASH over 160 octets."""
    octets = bytes(range(160))
    hashing = Ghash(octets[:16])
    return lambda: hashing.absorb(octets)


WORKLOADS = (
    ("second with a pulse", second_with_a_pulse),
    ("second without", second_without),
    ("midnight", midnight),
    ("missed half-hours", missed_half_hours),
    ("commit", commit),
    ("tariff look", tariff_look),
    ("Set Tariff", set_tariff),
    ("Write Configuration Data", write_configuration),
    ("report check", report_check),
    ("answer power", answer_power),
    ("send a frame", send_a_frame),
    ("receive a frame, one more sent", receive_a_frame),
    ("check a frame", check_a_frame),
    ("CCM* of 100 octets", protect),
    ("radio to ZCL handler, 3 slices", lambda: Path(False).whole),
    ("... under a link key, 3 slices", lambda: Path(True).whole),
    ("its first slice: MAC and NWK", lambda: Path(True).arrive),
    ("its second: APS", lambda: Path(True).open),
    ("its third: the answer", lambda: Path(True).answer),
    ("sealing the answer: APS", lambda: Path(True).seal_aps),
    ("... and in the next slice NWK", lambda: Path(True).seal_nwk),
    ("P-256: verify, multiples kept", verify_signature),
    ("... under a new key", verify_under_a_new_key),
    ("... sign", sign),
    ("... agree on a key", agree),
    ("GHASH, ten blocks", ghash_of_ten_blocks),
    (CRITICAL, lambda: MessagePath().whole),
    ("draw page now, 5 slices", draw_now),
    ("draw page cost, 4 slices", draw_cost),
)


def timed(ticks_us, ticks_diff, repeats):
    """Yield (name, microseconds each) of every workload on this runtime."""
    for name, make in WORKLOADS:
        work = make()
        work()
        best_us = None
        for _ in range(3):
            began_us = ticks_us()
            for _ in range(repeats):
                work()
            took_us = ticks_diff(ticks_us(), began_us)
            if best_us is None or took_us < best_us:
                best_us = took_us
        yield name, best_us // repeats

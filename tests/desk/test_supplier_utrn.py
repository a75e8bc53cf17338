"""The Supplier's side: UTRNs made at the desk, by code that shares nothing with the meter's."""

import random

import pytest
from click.testing import CliRunner

from host_tools.cli import main
from host_tools.utrn import UNITS, UtrnRequestError, make_utrn
from protometer.model.dictionary import Data
from protometer.model.events import Outbox
from protometer.prepayment.utrn import UtrnEntry
from protometer.roles.utrn_authenticator import utrn_authenticator
from tests.crypto.utrn_vectors import ESME, ESME_SECRET, SUPPLIER, VECTORS
from tests.samples import UTRN_SAMPLES


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector[7])
def test_published_codes(vector):
    device, secret, counter, unit, value, _, _, text = vector
    parties = map(bytes.fromhex, (secret, SUPPLIER, device))
    assert make_utrn(*parties, counter >> 32, value, ("pence", "pounds")[unit]) == text


@pytest.mark.req("GSME-UTRN-04", "GSME-UTRN-05")
@pytest.mark.parametrize("seed", range(UTRN_SAMPLES // 10))
def test_a_meter_takes_a_suppliers_codes_in_any_order_of_near_counters(seed):
    rng = random.Random(seed)
    secret, supplier, device = rng.randbytes(32), rng.randbytes(8), rng.randbytes(8)
    authentic = utrn_authenticator(secret, supplier, device)
    entry = UtrnEntry(Data("E"), Outbox(), authentic)
    first = rng.randrange(2**32 - 2000)
    entry.replace_key(authentic, first)
    for counter in rng.sample(range(first, first + 200), 5):
        value, unit = rng.randint(1, 8191), rng.choice(list(UNITS))
        text = make_utrn(secret, supplier, device, counter, value, unit)
        value_mp = value * {"pence": 1_000, "pounds": 100_000}[unit]
        assert entry.accept(1, text, False) == (value_mp, counter)
        entry.use(counter)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"value": 8192}, "value: 8192 is outside 0..8191"),
        ({"counter": 2**32}, "counter: 4294967296 is outside 0..4294967295"),
        ({"unit": "euro"}, "unit: euro is neither pence nor pounds"),
        ({"shared_secret": bytes(31)}, "shared secret: 31 octets, not 32"),
        ({"device": bytes(7)}, "device: 7 octets, not 8"),
    ],
)
def test_what_no_code_can_carry(change, fault):
    request = {
        "shared_secret": bytes(32),
        "supplier": bytes(8),
        "device": bytes(8),
        "counter": 1,
        "value": 1,
        "unit": "pounds",
    }
    with pytest.raises(UtrnRequestError, match=fault):
        make_utrn(**{**request, **change})


def run(*changes):
    options = {
        "--secret": ESME_SECRET,
        "--supplier": SUPPLIER,
        "--device": ESME,
        "--counter": "4",
        "--value": "1234",
        "--unit": "pence",
        **dict(changes),
    }
    return CliRunner().invoke(main, ["utrn", *(word for pair in options.items() for word in pair)])


def test_the_command_prints_the_code():
    assert run().output == "73947252416745201637\n"
    assert run(("--unit", "pounds")).exit_code == 0


@pytest.mark.parametrize("change", [("--secret", "5"), ("--value", "9000"), ("--device", "00")])
def test_the_command_says_in_one_line_what_is_wrong(change):
    done = run(change)
    assert done.exit_code == 1
    assert done.output.startswith("Error: ")
    assert len(done.output.splitlines()) == 1

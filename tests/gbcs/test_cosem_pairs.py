"""The industry's reference commands with DLMS payloads, answered to the octet by live devices."""

import functools
import json
import random
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from host_tools.gbcs import preset_cosem
from host_tools.gbcs.preset_cosem import letters, preset
from host_tools.node import gbcs_bench as bench
from host_tools.node.cosem_requests import MARK, TAG, UseCase
from protometer.gbcs import envelope
from protometer.gbcs.execution import Execution, PayloadError
from protometer.kernel.slices import finish
from protometer.model import command as commands
from protometer.model.table import rows
from protometer.roles.cosem_server import CosemServer
from protometer.roles.message_transaction import carried_out
from protometer.roles.utrn_authenticator import utrn_authenticator
from tests.reference_data import RTDS, decrypted, message, needed, pairs

PAIRS = [pair for pair in pairs() if "DLMS" in pair["payload"]]
ROLES = {
    "90b3d51f30010000": commands.SUPPLIER,
    "90b3d51f30020000": commands.NETWORK_OPERATOR,
    "90b3d51f30000002": commands.ACCESS_CONTROL_BROKER,
}
INJECTED = Path(preset_cosem.__file__).parent / "injected.tbl"
SUPPLIER, METER = "90b3d51f30010000", "00db1234567890a0"


@functools.cache
def authentic():
    """What tells a genuine UTRN of the reference supplier for the reference meter."""
    keys = json.loads((RTDS / "keystore" / "keys.json").read_text())
    secret = keys[next(name for name in keys if name.startswith(SUPPLIER) and "pp" in name)]
    certificate = x509.load_pem_x509_certificate(
        (RTDS / "keystore" / f"{METER}-ka.pem").read_bytes()
    )
    private = ec.derive_private_key(int(secret, 16), ec.SECP256R1())
    shared = private.exchange(ec.ECDH(), certificate.public_key())
    return utrn_authenticator(shared, bytes.fromhex(SUPPLIER), bytes.fromhex(METER))


@functools.cache
def injected():
    """{scenario: index of the item that the bench is to fail}."""
    return {row[0]: int(row[1]) for row in rows(str(INJECTED), 3)}


def first_failure(response):
    """The index of the first item that the response says has failed, or None."""
    count = response[7] if response[7] < 0x80 else response[8]
    results = response[len(response) - 2 * count :]
    codes = results[1::2]
    return next((index for index, code in enumerate(codes) if code), None)


def unprotected(response, plaintexts):
    """The response as it would be if protection left the plaintext as it is."""
    for plaintext in plaintexts:
        at = response.index(MARK)
        long = response[at - 3] == 0x82
        size = int.from_bytes(response[at - (2 if long else 1) : at], "big")
        assert size == len(MARK) + len(plaintext) + len(TAG)
        end = at + size
        response = response[:at] + MARK + plaintext + TAG + response[end:]
    return response


@needed
@pytest.mark.parametrize("pair", PAIRS, ids=[p["scenario"] for p in PAIRS])
def test_pair(pair):
    command = envelope.parse(message(pair["dir"], pair["command"]))
    response = envelope.parse(message(pair["dir"], pair["response"]))
    asked, expected = bytes(command.payload), bytes(response.payload)
    plaintexts = decrypted().get(pair["response"], [])
    role = letters(asked, expected, plaintexts)
    role = "H" if pair["device"] == "CHF" else role
    device = bench.hub() if role == "H" else bench.esme(role, authentic())
    preset(device, asked, expected, plaintexts)
    fails_at = injected().get(pair["scenario"])
    if pair["bucket"].startswith("5a"):
        fails_at = first_failure(expected)
    execution = Execution(
        UseCase(command.code),
        ROLES[command.originator.hex()],
        command.counter,
        bench.NOW_S,
        fails_at,
    )
    execution.device = command.target
    execution.recipient = command.party or command.originator
    execution.attribute_counter = response.device_counter or command.counter
    execution.protect = lambda plaintext: MARK + plaintext + TAG
    answer = finish(carried_out(device, CosemServer(device), execution, asked))
    assert answer.hex() == unprotected(expected, plaintexts).hex()
    assert execution.failed == (first_failure(expected) is not None)


@pytest.mark.untraced
@needed
def test_any_octets_in_a_command_are_executed_or_refused():
    rng = random.Random(5)
    for pair in PAIRS:
        command = envelope.parse(message(pair["dir"], pair["command"]))
        octets = bytearray(command.payload)
        for _ in range(rng.randrange(1, 4)):
            octets[rng.randrange(6, len(octets))] = rng.randrange(256)
        device = bench.hub() if pair["device"] == "CHF" else bench.esme("ETLB", authentic())
        role = ROLES[command.originator.hex()]
        execution = Execution(UseCase(command.code), role, command.counter, bench.NOW_S)
        execution.device = execution.recipient = bytes(8)
        execution.protect = lambda plaintext: MARK + plaintext + TAG
        before = device.data.log_counts[:]
        server = CosemServer(device)
        try:
            finish(carried_out(device, server, execution, bytes(octets)))
        except PayloadError:
            # Nothing has been done, nor logged.
            assert device.data.log_counts == before

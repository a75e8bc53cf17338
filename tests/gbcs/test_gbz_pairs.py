"""The reference pairs of GBZ: what is answered to each command, to the octet."""

import pytest

from host_tools.gbcs import preset_gbz
from host_tools.node.message_bench import MessageBench
from protometer.gbcs import gbz, use_case
from protometer.gbcs.envelope import parse
from protometer.gbcs.execution import Execution
from protometer.kernel.slices import finish
from protometer.model import command as commands
from protometer.roles import gbz_metering
from protometer.roles.gbz_server import GbzServer
from protometer.roles.gbz_snapshots import END_OF_BILLING
from protometer.roles.message_transaction import carried_out
from tests import reference_data

CLOCK_S = 473_385_600
_ORIGINATORS = {
    0x30010000: commands.SUPPLIER,
    0x30000002: commands.ACCESS_CONTROL_BROKER,
    0x30020000: commands.NETWORK_OPERATOR,
    0x567890A4: commands.PPMID,
}


def pairs():
    for pair in reference_data.pairs():
        if pair["payload"].startswith("GBZ"):
            yield pytest.param(pair, id=f"{pair['scenario']}-{pair['device']}")


def messages(pair):
    """Return command and response, taken apart, and the plaintexts of the response."""
    command = parse(reference_data.message(pair["dir"], pair["command"]))
    response = parse(reference_data.message(pair["dir"], pair["response"]))
    return command, response, reference_data.decrypted().get(pair["response"], [])


def with_plaintexts(payload, plaintexts):
    """Return a response's payload with what it encrypts in plain."""
    components, left = gbz.decode(payload), iter(plaintexts)
    for component in components:
        if component.sealed_as is not None:
            component.payload = next(left)
    return gbz.encode(components)


@reference_data.needed
@pytest.mark.parametrize("pair", list(pairs()))
def test_a_command_is_answered_to_the_octet(pair):
    command, response, plaintexts = messages(pair)
    told = bytes(command.payload), bytes(response.payload), plaintexts
    letters = preset_gbz.letters(*told) if pair["device"] == "GSME" else "F"
    answer = answered(pair["device"], letters, command, *told)
    assert answer.hex() == with_plaintexts(told[1], plaintexts).hex()


def answered(kind, letters, command, *told):
    """Return what a device answers that is in the state which the response implies."""
    device = MessageBench(kind, letters, CLOCK_S).device
    preset_gbz.preset(device, *told)
    originator = _ORIGINATORS[int.from_bytes(command.originator[4:], "big")]
    execution = Execution(
        use_case.find(command.code),
        originator,
        command.counter,
        CLOCK_S,
        preset_gbz.fault(*told),
    )
    execution.protect = lambda plaintext: plaintext
    return finish(carried_out(device, GbzServer(device), execution, command.payload))


# GCS21e, GCS21f, GCS21b, GCS15d, GCS15e, GCS21k are for a gas meter and for its proxy; the pairs
# are the meter's.
OF_BOTH = (0x009E, 0x009F, 0x00B5, 0x00C4, 0x00C5, 0x00DA)


def pairs_of_both():
    for pair in reference_data.pairs():
        if pair["device"] == "GSME" and int(pair["message_code"], 16) in OF_BOTH:
            yield pytest.param(pair, id=pair["scenario"])


@reference_data.needed
@pytest.mark.parametrize("pair", list(pairs_of_both()))
def test_a_gas_proxy_answers_as_its_gas_meter(pair):
    command, response, plaintexts = messages(pair)
    told = bytes(command.payload), bytes(response.payload), plaintexts
    answer = answered("GPF", "F", command, *told)
    assert answer.hex() == with_plaintexts(told[1], plaintexts).hex()


@reference_data.needed
def test_the_alert_of_the_billing_data_log_is_that_of_the_reference():
    """But for its causes: the reference has others beside the end of a period."""
    name = "GCS53_NA_8F0A_ALERT_GBCS.HEX"
    (plaintext,) = reference_data.decrypted()[name]
    assert plaintext[11] & END_OF_BILLING
    plaintext = plaintext[:11] + bytes((END_OF_BILLING,)) + plaintext[12:]
    payload = bytes(parse(reference_data.message("NA_GCS53", name)).payload)
    device = MessageBench("GSME", "G", CLOCK_S).device
    # As the answer to who asks for the reading at the end of a billing period.
    asked = gbz.Component(0x0702, 0x01, 0, 0x06, bytes(13))
    answered = gbz.Component(0x0702, 0x19, 0, 0x06, bytes(17), None, 0)
    preset_gbz.preset(device, gbz.encode([asked]), gbz.encode([answered]), [plaintext])
    sealed = payload[payload.index(b"\x31\x00\x00\x00\x00") :]
    told = []

    def protect(octets):
        told.append(octets)
        return sealed

    content = finish(gbz_metering.billing_content(device, protect))
    assert gbz.encode_alert(0x8F0A, CLOCK_S, content).hex() == payload.hex()
    assert told == [plaintext]

"""The table of commands against Smart Energy's facts, and what their codec makes of values."""

import re
from pathlib import Path

import pytest

from host_tools.scenarios import RUNTIMES
from protometer.han import cluster_command
from protometer.han.frame_error import FrameError
from tests.han import smart_energy
from tests.han.command_values import all_rows, every_command, taken_apart
from tests.on_runtimes import check_golden

WORKLOAD = Path(__file__).with_name("cluster_command_workload.py")
COMMANDS = [(command.name, command, values) for command, values in every_command()]
IDS = [name for name, _, _ in COMMANDS]
# Where the facts have octets, and ours says more: (command, field).
REFINED = {
    # Pairs of a tier and its label (D.4.2.4.9); as many thresholds as a low half says (D.4.2.4.7).
    ("PublishTierLabels", "tierLabelsPayload"),
    # Of Publish Price the fields after the price are optional (D.4.2.4.1).
    ("PublishPrice", "priceRatio"),
    ("PublishPrice", "generationPrice"),
    ("PublishPrice", "generationPriceRatio"),
    ("PublishBlockThresholds", "payload"),
    # Of the length that the suite gives them (C.3), a signature 42 octets (D.2.3.3.1).
    ("InitiateKeyEstablishmentRequest", "identity"),
    ("InitiateKeyEstablishmentResponse", "identity"),
    ("EphemeralDataRequest", "ephemeralData"),
    ("EphemeralDataResponse", "ephemeralData"),
    ("ConfirmKeyDataRequest", "secureMessageAuthenticationCode"),
    ("ConfirmKeyDataResponse", "secureMessageAuthenticationCode"),
    ("ReportEventStatus", "signature"),
}
# Clusters of the facts that SMETS2's devices have no use for.
LEFT_OUT = {"0x0015"}


def in_words_of_the_facts(text):
    """Return a field of the table as the facts have it: name, type, [] and ?."""
    field, _, _, name, kind, many, _ = taken_apart(text)
    if kind[0] == "(":
        members = [member.replace(":", " ") for member in kind[1:-1].split(",")]
        structs = smart_energy.facts()["structs"]
        named = [struct for struct, fields in structs.items() if fields == members]
        kind = f"struct:{named[0]}" if named else "struct"
    is_optional = text.startswith("?")
    return f"{name} {kind}{'[]' if many else ''}{'?' if is_optional else ''}"


def test_the_table_has_every_command_with_its_fields():
    expected, found = {}, {}
    for cluster, facts in smart_energy.facts()["clusters"].items():
        if cluster not in LEFT_OUT:
            for head, *fields in facts["commands"]:
                expected[(cluster, *head.split())] = fields
    for cluster, side, identifier, name, _, fields in all_rows():
        found[(cluster, side, identifier[2:], name)] = [
            in_words_of_the_facts(text) for text in fields.split()
        ]
    assert found.keys() == expected.keys()
    for key, fields in found.items():
        assert len(fields) == len(expected[key]), key
        for ours, theirs in zip(fields, expected[key], strict=True):
            if (key[3], ours.split()[0]) in REFINED:
                assert ours.split()[0] == theirs.split()[0]
            else:
                assert ours == theirs, key


def test_conditions_and_counts_are_of_earlier_fields_and_nothing_is_empty():
    for _, _, _, name, _, fields in all_rows():
        known = []
        for text in fields.split():
            field, _, _, own, kind, many, count = taken_apart(text)
            assert not field or field in known, name
            assert not count or count in known, name
            if many and kind[0] == "(":
                # A group whose first member is always there takes an octet at least.
                assert re.match(r"\(\w+:\w+,", kind)
            known.append(own)


@pytest.mark.parametrize(("name", "command", "values"), COMMANDS, ids=IDS)
def test_every_command_comes_back_as_it_went(name, command, values):
    octets = command.encode(values)
    assert command.decode(octets) == values
    found = cluster_command.find(command.cluster, command.from_server, name)
    assert found.identifier == command.identifier
    by_number = cluster_command.find(command.cluster, command.from_server, command.identifier)
    assert by_number.name == name
    # What a later version adds is left alone, unless the last field takes all there is.
    if not re.search(r"\[\]$", all_rows()[IDS.index(name)][5]):
        assert command.decode(octets + b"\x01") == values


@pytest.mark.parametrize(("name", "command", "values"), COMMANDS, ids=IDS)
def test_what_is_cut_off_is_a_frame_error_or_a_shorter_command(name, command, values):
    octets = command.encode(values)
    for size in range(len(octets)):
        try:
            told = command.decode(octets[:size])
        except FrameError:
            continue
        assert command.encode(told) == octets[:size]


def test_what_is_left_out_has_no_value():
    publish = cluster_command.find(0x0700, True, "PublishTariffInformation")
    told = publish.decode(publish.encode({"tariffLabel": b"Day", "standingCharge": 7}))
    assert told["tariffLabel"] == b"Day"
    assert told["standingCharge"] == 7
    assert (told["providerId"], told["unitOfMeasure"]) == (0xFFFFFFFF, 0xFF)
    load = cluster_command.find(0x0701, True, "LoadControlEvent")
    told = load.decode(load.encode({}))
    assert told["coolingTemperatureSetPoint"] == -0x8000
    assert told["averageLoadAdjustmentPercentage"] == -0x80


def test_fields_of_a_later_version_may_be_left_off_the_end():
    message = cluster_command.find(0x0703, True, "DisplayMessage")
    octets = message.encode({"message": b"hello"})
    assert octets.endswith(b"\x05hello")
    assert "optionalExtendedMessageControl" not in message.decode(octets)
    assert message.encode({"message": b"", "optionalExtendedMessageControl": 1})[-1] == 1


# (cluster, from server, command, values)
WRONG = [
    (0x0705, False, "ConsumerTopUp", {"topUpcode": b"1"}),
    (0x0705, False, "ConsumerTopUp", {"originatingDevice": 256}),
    (0x0705, False, "ConsumerTopUp", {"originatingDevice": -1}),
    (0x0705, False, "ConsumerTopUp", {"topUpCode": bytes(255)}),
    (0x0705, True, "ConsumerTopUpResponse", {"creditRemaining": 1 << 32}),
    (0x0701, True, "LoadControlEvent", {"averageLoadAdjustmentPercentage": 128}),
    (0x0702, True, "GetProfileResponse", {"numberOfPeriodsDelivered": 3, "intervals": [1, 2]}),
    (0x0707, True, "PublishSeasons", {"seasonEntries": [{"week": 1}]}),
    # The third field may not be given without the one before it.
    (0x0703, False, "MessageConfirmation", {"messageResponse": b"yes"}),
]


@pytest.mark.parametrize(("cluster", "from_server", "name", "values"), WRONG)
def test_what_can_not_be_sent_is_a_frame_error(cluster, from_server, name, values):
    with pytest.raises(FrameError):
        cluster_command.find(cluster, from_server, name).encode(values)


@pytest.mark.parametrize("command", ["GetNothing", 0x77])
def test_a_command_that_is_not_there_is_a_frame_error(command):
    with pytest.raises(FrameError):
        cluster_command.find(0x0700, False, command)


@pytest.mark.runtime
@pytest.mark.parametrize("runtime", RUNTIMES)
def test_every_runtime_encodes_and_decodes_the_same(runtime):
    check_golden(runtime, WORKLOAD)

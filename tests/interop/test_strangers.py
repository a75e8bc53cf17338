"""Our meters, on MicroPython, on the network of a stack that we did not write.

zigbee-on-host is coordinator and trust centre; `make interop` installs it and runs these.
"""

import struct

import pytest

from host_tools.desk.devices import micropython
from protometer.han import zcl
from protometer.han.cluster_command import find
from protometer.han.zcl_types import kind_of
from tests.han import smart_energy
from tests.interop.referee import faults
from tests.interop.stranger import (
    INSTALL_CODE,
    INSTALL_CODE_KEY,
    NETWORK_KEY,
    WELL_KNOWN_KEY,
    Stranger,
    missing,
)

pytestmark = [
    pytest.mark.interop,
    pytest.mark.skipif(bool(missing()), reason=str(missing())),
    pytest.mark.skipif(micropython() is None, reason="MicroPython has no wheel for this machine"),
]
BASIC, PRICE, METERING, PREPAYMENT, DEVICE_MANAGEMENT = 0x0000, 0x0700, 0x0702, 0x0705, 0x0708
MESSAGING, CALENDAR = 0x0703, 0x0707
# Attributes whose values fit into a frame.
READ_AT_ONCE = 5
INTEROP = ("--policy", "interop")
CODE = ("--install-code", INSTALL_CODE)
EUI = {"ESME": "00db1234567890a0", "GSME": "00db1234567890a3"}
# role, options, the trust centre's link key with it
WAYS = [
    ("ESME", (*INTEROP, *CODE), INSTALL_CODE_KEY),
    ("ESME", INTEROP, WELL_KNOWN_KEY),
    ("GSME", (*INTEROP, *CODE, "--sleepy"), INSTALL_CODE_KEY),
    ("GSME", (*INTEROP, "--sleepy"), WELL_KNOWN_KEY),
]


def values(answer, command=zcl.READ_ATTRIBUTES_RESPONSE):
    _, _, told, payload = zcl.decode(answer)
    assert told == command
    return {identifier: value for identifier, _, value in zcl.decode_values(command, payload)}


def join(stranger, role, options):
    """Have a device join and verify its keys; return its short address."""
    device = stranger.device(role, *options)
    joined = stranger.heard("joined", extended=EUI[role])
    if "interop" in options:
        stranger.heard("authorized", extended=EUI[role])
    device.wait_for(lambda line: "network: joined" in line)
    return joined["address"]


@pytest.mark.parametrize(("role", "options", "tc_key"), WAYS)
def test_it_joins_verifies_its_keys_and_answers(role, options, tc_key, tmp_path):
    is_electric = role == "ESME"
    with Stranger(tmp_path, tc_key) as stranger:
        address = join(stranger, role, options)
        own = struct.pack("<H", address)
        # Router or end device, receiver on or off; endpoint 1, Smart Energy, metering device.
        node = stranger.ask_device(address, 0x0002, own)
        assert (node[0], node[3], node[5]) == (0, *((1, 0x8E) if is_electric else (2, 0x80)))
        assert stranger.ask_device(address, 0x0005, own) == b"\0" + own + b"\x01\x01"
        simple = stranger.ask_device(address, 0x0004, own + b"\x01")
        assert simple[4:10] == b"\x01\x09\x01\x01\x05\x01"
        read = zcl.read_attributes
        told = values(stranger.ask(address, METERING, read(1, (0x0000, 0x0300, 0x0302, 0x0306))))
        assert (told[0x0300], told[0x0302], told[0x0306]) == (
            (0, 1000, 0) if is_electric else (1, 1000, 1)
        )
        assert told[0x0000] >= 0
        told = values(stranger.ask(address, PREPAYMENT, read(2, (0x0000, 0x0001))))
        assert told == {0x0000: 0, 0x0001: 0}
        assert values(stranger.ask(address, PRICE, read(3, (0x0616,)))) == {0x0616: 826}
        # Under the profile of home automation too: what strangers ask with.
        told = values(stranger.ask(address, BASIC, read(4, (0x0007,)), profile=0x0104))
        assert told == {0x0007: 1 if is_electric else 3}
        status = zcl.default_response(5, 0x07, zcl.UNSUP_COMMAND, 1)
        assert stranger.ask(address, METERING, zcl.frame(1, 5, 0x07)) == status
        capture = stranger.capture
    # The new link key is learnt from the air.
    keys = {"link": bytes.fromhex(tc_key), "network": bytes.fromhex(NETWORK_KEY)}
    assert not faults(capture, keys)


# What every meter as shipped tells of itself under Smart Energy: {cluster: {attribute: value}}.
SHIPPED = {
    "ESME": {
        METERING: {0x0000: 0, 0x0014: 2, 0x0100: 0, 0x015E: 0, 0x0300: 0, 0x0302: 1000, 0x0783: 0},
        PRICE: {0x0300: 0, 0x0301: 0, 0x0410: 0, 0x052F: 0, 0x0616: 826, 0x0617: 0x50},
        PREPAYMENT: {0x0000: 0, 0x0001: 0, 0x0211: 0, 0x0216: 1, 0x0232: 1, 0x055A: 0},
        DEVICE_MANAGEMENT: {0x0101: b"", 0x0102: b"", 0x0200: 0},
    },
    "GSME": {
        METERING: {0x0000: 0, 0x0106: 0, 0x0300: 1, 0x0306: 1, 0x0C01: 0, 0x0C5A: 0},
        PRICE: {0x0300: 1, 0x0302: 102_264, 0x0304: 395, 0x0440: 0, 0x0616: 826, 0x0617: 0x50},
        PREPAYMENT: {0x0000: 0, 0x0001: 0, 0x0211: 0, 0x0216: 1, 0x0232: 1, 0x055A: 0},
        DEVICE_MANAGEMENT: {0x0101: b"", 0x0102: b"", 0x0200: 0},
    },
}


# What a meter as shipped answers to commands: (cluster, command, values, answer, some of it).
ANSWERED = [
    (
        PRICE,
        "GetTariffInformation",
        {"tariffType": 0},
        "PublishTariffInformation",
        {"numberOfPriceTiersInUse": 1, "currency": 826, "priceTrailingDigit": 0x50},
    ),
    (
        PRICE,
        "GetPriceMatrix",
        {"issuerTariffId": 0},
        "PublishPriceMatrix",
        {"subPayloadControl": 1, "payload": [{"tierBlockId": 1, "price": 0}]},
    ),
    (PRICE, "GetCurrentPrice", {"commandOptions": 0}, "PublishPrice", {"price": 0}),
    (
        CALENDAR,
        "GetCalendar",
        {"calendarType": 0},
        "PublishCalendar",
        {"numberOfSeasons": 1, "numberOfWeekProfiles": 1, "numberOfDayProfiles": 1},
    ),
    (
        CALENDAR,
        "GetDayProfiles",
        {"startDayId": 1, "numberOfDays": 1},
        "PublishDayProfile",
        {"dayScheduleEntries": [{"startTime": 0, "activePriceTierOrFriendlyCreditEnable": 1}]},
    ),
    (CALENDAR, "GetWeekProfiles", {"startWeekId": 1}, "PublishWeekProfile", {"dayIdRefSunday": 1}),
    (CALENDAR, "GetSeasons", {}, "PublishSeasons", {"totalNumberOfCommands": 1}),
    (
        METERING,
        "GetProfile",
        {"intervalChannel": 0, "endTime": 0, "numberOfPeriods": 1},
        "GetProfileResponse",
        {"status": 5, "profileIntervalPeriod": 2},
    ),
]
# Where there is nothing to tell: (cluster, command, status of the default response).
NOTHING = [
    (MESSAGING, "GetLastMessage", 0x8B),
    (CALENDAR, "GetSpecialDays", 0x8B),
    (DEVICE_MANAGEMENT, "GetChangeOfTenancy", 0x8B),
    (PREPAYMENT, "GetTopUpLog", 0x8B),
    (METERING, "ChangeSupply", zcl.UNSUP_COMMAND),
]


def ask_command(stranger, address, cluster, name, values):
    """Send a command that wants a response; return the answer taken apart."""
    command = find(cluster, False, name)
    frame = zcl.frame(zcl.CLUSTER_SPECIFIC, 8, command.identifier, command.encode(values))
    return command, zcl.decode(stranger.ask(address, cluster, frame))


@pytest.mark.parametrize("role", ["ESME", "GSME"])
def test_commands_of_the_smart_energy_clusters_are_answered(role, tmp_path):
    with Stranger(tmp_path, INSTALL_CODE_KEY) as stranger:
        address = join(stranger, role, (*INTEROP, *CODE))
        for cluster, name, values, answer, expected in ANSWERED:
            _, told = ask_command(stranger, address, cluster, name, values)
            published = find(cluster, True, answer)
            assert told[1:3] == (8, published.identifier), name
            assert published.decode(told[3]).items() >= expected.items()
        for cluster, name, status in NOTHING:
            command, told = ask_command(stranger, address, cluster, name, {})
            assert told == (0x18, 8, zcl.DEFAULT_RESPONSE, bytes((command.identifier, status)))
        # Money and supply are for whom the Device Log has as of Type 1.
        if role == "ESME":
            for cluster, name in (
                (PREPAYMENT, "ConsumerTopUp"),
                (PREPAYMENT, "SelectAvailableEmergencyCredit"),
                (METERING, "LocalChangeSupply"),
            ):
                command, told = ask_command(stranger, address, cluster, name, {})
                refusal = bytes((command.identifier, zcl.NOT_AUTHORIZED))
                assert told == (0x18, 8, zcl.DEFAULT_RESPONSE, refusal)
        capture = stranger.capture
    keys = {"link": bytes.fromhex(INSTALL_CODE_KEY), "network": bytes.fromhex(NETWORK_KEY)}
    assert not faults(capture, keys)


def discovered(stranger, address, cluster):
    """Return {attribute: type} of a cluster, asked for page by page."""
    found, first = {}, 0
    while True:
        page = struct.pack("<HB", first, 0xFF)
        answer = stranger.ask(address, cluster, zcl.frame(0, 6, 0x0C, page))
        assert answer[2] == 0x0D
        records = answer[4:]
        for at in range(0, len(records), 3):
            identifier, kind = struct.unpack_from("<HB", records, at)
            found[identifier] = kind
        if answer[3]:
            return found
        first = identifier + 1


@pytest.mark.parametrize("role", SHIPPED)
def test_every_attribute_of_the_smart_energy_clusters_is_discovered_and_read(role, tmp_path):
    options = (*INTEROP, *CODE)
    with Stranger(tmp_path, INSTALL_CODE_KEY) as stranger:
        address = join(stranger, role, options)
        for cluster, expected in SHIPPED[role].items():
            facts = smart_energy.attributes(cluster)
            kinds = discovered(stranger, address, cluster)
            assert {identifier: kind_of(facts[identifier]) for identifier in kinds} == kinds
            told = {}
            identifiers = list(kinds)
            for at in range(0, len(identifiers), READ_AT_ONCE):
                asked = zcl.read_attributes(7, identifiers[at : at + READ_AT_ONCE])
                told |= values(stranger.ask(address, cluster, asked))
            assert told.keys() == kinds.keys()
            assert told.items() >= expected.items()
        capture = stranger.capture
    keys = {
        "link": bytes.fromhex(INSTALL_CODE_KEY),
        "network": bytes.fromhex(NETWORK_KEY),
    }
    assert not faults(capture, keys)


def test_in_the_default_policy_it_joins_and_tells_strangers_nothing(tmp_path):
    with Stranger(tmp_path, INSTALL_CODE_KEY) as stranger:
        address = join(stranger, "ESME", CODE)
        for cluster in (METERING, PREPAYMENT, PRICE):
            asked = zcl.read_attributes(1, (0x0000,))
            refusal = zcl.default_response(1, 0, zcl.NOT_AUTHORIZED, 0)
            assert stranger.ask(address, cluster, asked) == refusal


def test_with_another_install_code_it_stays_outside(tmp_path):
    with Stranger(tmp_path, WELL_KNOWN_KEY) as stranger:
        device = stranger.device("ESME", *INTEROP, *CODE)
        device.wait_for(lambda line: "radio: ready" in line)
        with pytest.raises(AssertionError, match="never came"):
            device.wait_for(lambda line: "network: joined" in line, 6)


def test_a_restart_finds_it_on_the_network_still(tmp_path):
    with Stranger(tmp_path, INSTALL_CODE_KEY) as stranger:
        address = join(stranger, "ESME", (*INTEROP, *CODE))
        stranger.end_devices()
        device = stranger.device("ESME", *INTEROP, *CODE)
        device.wait_for(lambda line: "network: joined" in line)
        told = values(stranger.ask(address, BASIC, zcl.read_attributes(1, (0x0007,))))
        assert told == {0x0007: 1}

"""The description a board reads, and the network file it may carry."""

import json

import pytest

from host_tools.boards.board import find_board
from host_tools.boards.device import (
    NetworkFileError,
    describe,
    description_text,
    driver_kinds,
    firmware_version,
    load_network,
)
from tests.boards.home_network import NETWORK


def network_file(tmp_path, **changes):
    path = tmp_path / "home.json"
    path.write_text(json.dumps({**NETWORK, **changes}), encoding="utf-8")
    return path


def test_a_meter_gets_its_parts_keys_and_no_network():
    assert describe(find_board("pico"), "ESME") == {
        "firmware": firmware_version(),
        "board": "Raspberry Pi Pico",
        "role": "ESME",
        "drivers": {
            "meter": {
                "kind": "pulse",
                "counter": "pio",
                "pin": 22,
                "pull": "up",
                "pulses_per_kwh": 1000,
                "shortest_ms": 10,
            },
            "switch": {
                "kind": "relay",
                "command": 21,
                "permit": None,
                "sense": None,
                "sense_pull": "none",
            },
            "memory": {"kind": "file", "directory": "state"},
            "radio": {
                "kind": "spinel",
                "uart": 0,
                "tx": 0,
                "rx": 1,
                "rts": None,
                "cts": None,
                "baud": 460_800,
            },
        },
        "settings": {
            "loss_bound_mwh": 10_000,
            "commit_s": 900,
        },
        "network": None,
        "keys": {"confirm": 10},
        "led": 25,
    }


JOINING = {"extended_address": "00db1234567890a0", "policy": "interop"}
CODE = "83fed3407a939723a5c639b26916d505c3b5"


def joining_file(tmp_path, **changes):
    path = tmp_path / "joining.json"
    path.write_text(json.dumps({**JOINING, **changes}), encoding="utf-8")
    return load_network(path)


def test_a_network_to_be_joined_and_what_a_locked_board_refuses(tmp_path):
    board = find_board("pico")
    with_code = joining_file(tmp_path, policy="default", install_code=CODE)
    described = describe(board, "ESME", with_code)["network"]
    assert (described["install_code"], described["policy"]) == (CODE, "default")
    assert "channels" not in described
    assert "locked" not in describe(board, "ESME", joining_file(tmp_path))
    locked = board.model_copy(update={"locked": True})
    assert describe(locked, "ESME", with_code)["locked"] is True
    with pytest.raises(NetworkFileError, match="interop is refused, the board is locked"):
        describe(locked, "ESME", joining_file(tmp_path))
    for wrong, why in (
        ({"policy": "lax"}, "policy"),
        ({"policy": "default"}, "no install_code"),
        ({"install_code": CODE[:-1] + "6"}, "install_code"),
        ({"channels": [27]}, "channel 27"),
    ):
        with pytest.raises(NetworkFileError, match=why):
            joining_file(tmp_path, **wrong)


def test_a_gas_meter_gets_the_same_pins_with_its_own_constant():
    electricity = describe(find_board("pico"), "ESME")
    gas = describe(find_board("pico"), "GSME")
    assert gas["drivers"]["meter"] == {
        "kind": "gas_pulse",
        "counter": "pio",
        "pin": 22,
        "pull": "up",
        "ml_per_pulse": 10_000,
        "shortest_ms": 10,
    }
    gas["role"], gas["drivers"]["meter"] = "ESME", electricity["drivers"]["meter"]
    assert gas == electricity


def test_a_meter_with_a_state_memory_of_its_own_gets_logs_beside_it():
    description = describe(find_board("pico_fram"), "ESME")
    assert description["drivers"]["memory"] == {
        "kind": "fram",
        "i2c": 1,
        "sda": 6,
        "scl": 7,
        "address": 0x50,
        "frequency_hz": 400_000,
    }
    assert description["drivers"]["logs"] == {"kind": "file", "directory": "logs"}
    assert description["settings"]["loss_bound_mwh"] == 1_000
    partition = describe(find_board("esp32_devkitc_partition"), "ESME")
    assert partition["drivers"]["memory"] == {"kind": "partition", "label": "protometer"}
    assert partition["drivers"]["meter"]["counter"] == "pcnt"
    assert sorted(driver_kinds(partition)) == [
        "file",
        "partition",
        "pcnt",
        "pulse",
        "relay",
        "spinel",
    ]


def test_a_display_keeps_no_logs():
    assert "logs" not in describe(find_board("pico_fram"), "IHD")["drivers"]


def test_a_display_gets_its_panel_and_the_other_key():
    description = describe(find_board("pico_w"), "IHD")
    assert set(description["drivers"]) == {"display", "memory", "radio"}
    assert (description["keys"], description["led"]) == ({"next": 11}, "LED")


def test_a_prepayment_interface_gets_its_panel_its_logs_and_both_keys():
    description = describe(find_board("pico_fram"), "PPMID")
    assert set(description["drivers"]) == {"display", "memory", "logs", "radio"}
    assert description["keys"] == {"confirm": 10, "next": 11}


def test_a_network_is_split_into_commissioning_and_settings(tmp_path):
    network = load_network(network_file(tmp_path))
    description = describe(find_board("pico"), "ESME", network)
    assert description["settings"]["displays"] == ["0002"]
    expected = {key: NETWORK[key] for key in NETWORK if key != "displays"}
    assert description["network"] == {**expected, "routes": {}}


def test_the_text_is_the_same_every_time():
    texts = {description_text(describe(find_board("pico"), "ESME")) for _ in range(3)}
    assert len(texts) == 1


NETWORK_FAULTS = (
    ({"chanel": 11}, "home.json: chanel: extra inputs are not permitted"),
    ({"channel": 27}, "home.json: network: channel 27 is outside 11..26"),
    ({"channel": "20"}, "home.json: channel: input should be a valid integer"),
    ({"network_key": "0011"}, "home.json: network: network_key has 2 octets, expected 16"),
)


@pytest.mark.parametrize(("changes", "message"), NETWORK_FAULTS)
def test_a_faulty_network_is_one_line(tmp_path, changes, message):
    with pytest.raises(NetworkFileError) as fault:
        load_network(network_file(tmp_path, **changes))
    assert str(fault.value) == message


def test_a_display_must_be_told_its_meter(tmp_path):
    with pytest.raises(NetworkFileError, match="^network: meter: is missing, an IHD asks it$"):
        describe(find_board("pico"), "IHD", load_network(network_file(tmp_path)))
    with pytest.raises(NetworkFileError, match="^network: meter: is missing, a PPMID asks it$"):
        describe(find_board("pico"), "PPMID", load_network(network_file(tmp_path)))


@pytest.mark.parametrize("role", ["IHD", "PPMID"])
def test_a_display_finds_its_meter_on_a_network_that_it_joins(tmp_path, role):
    network = joining_file(tmp_path, install_code=CODE)
    description = describe(find_board("pico"), role, network)
    assert description["settings"]["meter"] is None
    assert description["network"]["install_code"] == CODE


def test_a_missing_network_file_is_one_line(tmp_path):
    with pytest.raises(NetworkFileError, match=r"^none\.json: No such file or directory$"):
        load_network(tmp_path / "none.json")

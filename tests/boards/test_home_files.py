"""The network files of a home of boards: they belong together, and are new each time."""

import json

import pytest
from click.testing import CliRunner

from host_tools.boards.board import find_board
from host_tools.boards.device import NetworkFileError, describe, load_network
from host_tools.boards.home_files import home_files
from host_tools.cli import main
from host_tools.node.home import EXTENDED_ADDRESSES
from host_tools.node.slices import finish
from protometer.crypto.implicit_certificate import ImplicitCertificate, curve_of, public_key
from protometer.han.network import Network


def home(folder):
    return CliRunner().invoke(main, ["home", str(folder)])


def test_a_hub_admits_each_device_by_its_own_new_code():
    first, second = home_files(), home_files()
    admitted = dict(first["CH"]["admits"])
    codes = [first[role]["install_code"] for role in first if role != "CH"]
    assert admitted == {
        EXTENDED_ADDRESSES[role]: first[role]["install_code"] for role in first if role != "CH"
    }
    assert len(set(codes)) == len(codes) == 4
    assert not set(codes) & {second[role]["install_code"] for role in second if role != "CH"}


def test_certificates_are_of_one_authority_each_with_its_key():
    files = home_files()
    authorities = set()
    for role, network in files.items():
        ((suite, certificate, key, authority),) = network["certificates"]
        authorities.add(authority)
        held = ImplicitCertificate(suite, bytes.fromhex(certificate))
        assert held.subject.hex() == EXTENDED_ADDRESSES[role]
        curve = curve_of(suite)
        issuer = finish(curve.decompress(bytes.fromhex(authority)))
        own = finish(public_key(held, issuer))
        assert own == finish(curve.sum_of_products(((int(key, 16), curve.generator),)))
    assert len(authorities) == 1


def test_the_files_are_what_boards_are_described_with(tmp_path):
    result = home(tmp_path / "home")
    assert result.exit_code == 0, result.output
    paths = [tmp_path / "home" / line.rpartition("/")[2] for line in result.output.split()]
    assert sorted(path.stem for path in paths) == ["ch", "esme", "gsme", "ihd", "ppmid"]
    for path in paths:
        network = load_network(path)
        described = describe(find_board("pico2"), path.stem.upper(), network)
        on = Network(described["network"])
        assert on.is_coordinator == (path.stem == "ch")
        assert on.is_sleepy == (path.stem == "gsme")
        assert on.is_router == (path.stem in ("ch", "esme"))
    meter = describe(find_board("pico2"), "ESME", load_network(tmp_path / "home/esme.json"))
    assert meter["settings"]["device_log"] == {
        EXTENDED_ADDRESSES["IHD"]: 2,
        EXTENDED_ADDRESSES["PPMID"]: 1,
    }


def test_another_home_is_not_written_over(tmp_path):
    assert home(tmp_path).exit_code == 0
    before = (tmp_path / "ch.json").read_bytes()
    result = home(tmp_path)
    assert result.exit_code == 1
    assert "is there already, of another home" in result.output
    assert (tmp_path / "ch.json").read_bytes() == before


@pytest.mark.parametrize(("role", "theirs"), [("ESME", "ch"), ("CH", "esme")])
def test_only_a_hub_forms_a_network(tmp_path, role, theirs):
    home(tmp_path)
    with pytest.raises(NetworkFileError, match="admits: is for the hub"):
        describe(find_board("pico2"), role, load_network(tmp_path / f"{theirs}.json"))


@pytest.mark.parametrize("log", [{"00db1234567890a2": 3}, ["00db1234567890a2"]])
def test_a_device_log_is_described_well(tmp_path, log):
    home(tmp_path)
    path = tmp_path / "esme.json"
    told = json.loads(path.read_text())
    path.write_text(json.dumps(told | {"device_log": log}))
    with pytest.raises(NetworkFileError, match="device_log"):
        load_network(path)

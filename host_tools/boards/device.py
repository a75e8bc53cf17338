"""The device description that firmware/main.py reads: protometer.json, made of a board file.

{"firmware", "board", "role", "drivers": {part: section}, "settings", "network", "keys", "led"}
"""

import json
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from protometer.han.network import Network, NetworkError

from .board import Board

DESCRIPTION = "protometer.json"
# The sections of a board file that a role has a use for.
ROLE_PARTS = {
    "ESME": ("meter", "switch", "memory", "logs", "radio"),
    "GSME": ("meter", "switch", "memory", "logs", "radio"),
    "IHD": ("display", "memory", "radio"),
    "PPMID": ("display", "memory", "logs", "radio"),
    "CH": ("memory", "radio"),
}
_FACE_KEYS = ("confirm", "next")
_ROLE_KEYS = {
    "ESME": ("confirm",),
    "GSME": ("confirm",),
    "IHD": ("next",),
    "PPMID": _FACE_KEYS,
    "CH": (),
}
_HUB = "CH"
# Those that ask an electricity meter, as a sentence has them.
_DISPLAYS = {"IHD": "an IHD", "PPMID": "a PPMID"}
# The constant of a role's pulse meter, and the kind of its driver.
_METERS = {"ESME": ("pulses_per_kwh", "pulse"), "GSME": ("ml_per_pulse", "gas_pulse")}
MWH_PER_WH = 1000
_PYPROJECT = Path(__file__).parents[2] / "pyproject.toml"

# At 2.4 GHz, or a channel page and a channel below 1 GHz.
_Channel = int | list[int]
# What only the file of a network has that is joined or formed.
_OF_JOINING = {"install_code", "policy", "admits"}
_ShortAddress = Annotated[str, Field(pattern=r"^[0-9a-fA-F]{4}$")]


class NetworkFileError(ValueError):
    """A network file is wrong; the message is one line with file, key and fault."""


class NetworkFile(BaseModel):
    """A network as `protometer.han.network.Network` takes it, and whom this device talks to.

    displays: short addresses that an ESME reports to; meter: the one that an IHD or a PPMID asks.
    """

    model_config = ConfigDict(extra="forbid", strict=True)

    short_address: _ShortAddress
    extended_address: str
    pan_id: _ShortAddress
    channel: _Channel
    network_key: str
    key_sequence: int
    devices: dict[_ShortAddress, str]
    routes: dict[_ShortAddress, _ShortAddress] = {}
    displays: list[_ShortAddress] = []
    meter: _ShortAddress | None = None

    @property
    def is_sub_ghz(self) -> bool:
        """Whether it is below 1 GHz."""
        return isinstance(self.channel, list)


class JoiningFile(BaseModel):
    """A network that the device is to join, or form, as `protometer.han.network.Network` takes it.

    admits: of the hub that forms it, EUI-64 and install code of each device; device_log: of a
    meter as shipped, whom it is to know, by EUI-64: Device Type 1 or 2; displays and meter: as a
    NetworkFile has them.
    """

    model_config = ConfigDict(extra="forbid", strict=True)

    extended_address: str
    install_code: str | None = None
    policy: Literal["default", "interop"] = "default"
    channels: list[_Channel] | None = None
    sleepy: bool = False
    end_device: bool = False
    admits: list[list[str]] | None = None
    certificates: list[list[int | str]] = []
    device_log: dict[str, Literal[1, 2]] = {}
    displays: list[_ShortAddress] = []
    meter: _ShortAddress | None = None

    @property
    def is_sub_ghz(self) -> bool:
        """Whether it may be below 1 GHz."""
        return any(isinstance(channel, list) for channel in self.channels or ())


def load_network(path: Path) -> NetworkFile | JoiningFile:
    """Read and check a network file; NetworkFileError names the first fault.

    What has an install code or a policy is of a network to be joined, what admits of one to be
    formed.
    """
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        joins = isinstance(told, dict) and bool(_OF_JOINING & told.keys())
        network = (JoiningFile if joins else NetworkFile).model_validate(told)
        Network(_commissioned(network))
    except OSError as fault:
        raise NetworkFileError(f"{path.name}: {fault.strerror}") from None
    except ValidationError as fault:
        first = fault.errors()[0]
        # What a channel was tried as is no part of where it stands.
        parts = [str(part) for part in first["loc"] if part not in ("int", "list[int]")]
        key = ".".join(parts) or "network"
        raise NetworkFileError(f"{path.name}: {key}: {first['msg'].lower()}") from None
    except NetworkError as fault:
        raise NetworkFileError(f"{path.name}: {fault}") from None
    except ValueError as fault:
        raise NetworkFileError(f"{path.name}: not JSON: {fault}") from None
    return network


def describe(
    board: Board, role: str, network: NetworkFile | JoiningFile | None = None
) -> dict[str, Any]:
    """Return the description of a role on a board; without a network there is no HAN.

    NetworkFileError where the network lacks what the role needs.
    """
    # On a network that it joins a display finds its meter.
    if role in _DISPLAYS and isinstance(network, NetworkFile) and network.meter is None:
        raise NetworkFileError(f"network: meter: is missing, {_DISPLAYS[role]} asks it")
    if board.locked and isinstance(network, JoiningFile) and network.policy == "interop":
        raise NetworkFileError("network: policy: interop is refused, the board is locked")
    if isinstance(network, JoiningFile) and (role == _HUB) != (network.admits is not None):
        raise NetworkFileError("network: admits: is for the hub, which forms it, and it alone")
    has_face = role in _METERS and board.meter_display
    parts = (*ROLE_PARTS[role], "display") if has_face else ROLE_PARTS[role]
    sections = {part: getattr(board, part) for part in parts}
    drivers = {part: section.model_dump() for part, section in sections.items() if section}
    if role in _METERS:
        _measure_for(role, drivers["meter"])
    settings: dict[str, Any] = {
        "loss_bound_mwh": drivers["memory"].pop("loss_bound_wh") * MWH_PER_WH,
        "commit_s": drivers["memory"].pop("commit_s"),
    }
    if network:
        settings["displays"] = network.displays
        settings["meter"] = network.meter
    if isinstance(network, JoiningFile) and network.device_log:
        settings["device_log"] = network.device_log
    keys = {
        name: getattr(board.keys, name) for name in (_FACE_KEYS if has_face else _ROLE_KEYS[role])
    }
    locked = {"locked": True} if board.locked else {}
    return locked | {
        "firmware": firmware_version(),
        "board": board.name,
        "role": role,
        "drivers": drivers,
        "settings": settings,
        "network": _commissioned(network) if network else None,
        "keys": {name: pin for name, pin in keys.items() if pin is not None},
        "led": board.led.pin if board.led else None,
    }


def _measure_for(role: str, meter: dict[str, Any]) -> None:
    """Leave the constant of the role's own meter in the section, and name its driver."""
    own, meter["kind"] = _METERS[role]
    for constant, _ in _METERS.values():
        if constant != own:
            del meter[constant]


def driver_kinds(description: dict[str, Any]) -> list[str]:
    """Return the kinds of drivers that a description asks for, counters included."""
    sections = description["drivers"].values()
    counters = [section["counter"] for section in sections if "counter" in section]
    return [section["kind"] for section in sections] + counters


def description_text(description: dict[str, Any]) -> str:
    """Return the JSON text of a description, always the same for the same description."""
    return json.dumps(description, sort_keys=True, separators=(",", ":")) + "\n"


def firmware_version() -> str:
    """Return the version that pyproject.toml states."""
    return str(tomllib.loads(_PYPROJECT.read_text(encoding="utf-8"))["project"]["version"])


def _commissioned(network: NetworkFile | JoiningFile) -> dict[str, Any]:
    return network.model_dump(exclude={"displays", "meter", "device_log"}, exclude_none=True)

"""Sends a message through a hub and a tunnel to a meter or a PPMID: devices of the desk's air."""

from collections.abc import Iterator
from typing import Any

from host_tools.desk.home_network import GAS, HUB, METER, PPMID, HomeNetwork
from host_tools.gbcs.credentials import credentials
from host_tools.gbcs.head_end import HeadEnd
from host_tools.node.home import EXTENDED_ADDRESSES
from protometer.gbcs.envelope import RESPONSE, parse

START_S = 473_385_600  # 2015-01-01T00:00:00Z
_SETTLED_S = 600
_ANSWERED_S = 120
_DEVICES = {"ESME": METER, "GSME": GAS, "PPMID": PPMID}


class DeskFault(RuntimeError):
    """The desk can't carry the message; the text says why."""


def send_through_desk(head_end: HeadEnd, message: bytes) -> Iterator[dict[str, Any]]:
    """Yield what comes back of a message, verified and readable: answer, then alerts."""
    target = parse(message).target
    home = HomeNetwork(START_S)
    home.set_up()
    name = next((name for kind, name in _DEVICES.items() if _is(home, kind, name, target)), None)
    if name is None:
        raise DeskFault(f"{target.hex()}: neither a meter nor the PPMID of the desk")
    kind = name.partition(":")[0]
    provide(head_end, home.devices[name].role, kind)
    hub = home.devices[HUB].role
    heard: list[bytes] = []
    hub.tunnels.on_message = lambda eui64, octets: heard.append(bytes(octets))
    _wait(home, lambda: home.is_ready(name), _SETTLED_S, "the device does not join the hub")
    if not hub.deliver(bytes.fromhex(EXTENDED_ADDRESSES[kind]), message):
        raise DeskFault("the hub has no room for the message")
    _wait(home, lambda: _answers(heard), _SETTLED_S, "the device answers nothing")
    home.run(_ANSWERED_S)
    for octets in sorted(heard, key=lambda octets: parse(octets).kind):
        yield head_end.tell(octets)


def provide(head_end: HeadEnd, role: Any, kind: str) -> None:
    """Give a device keys of its own and the parties' certificates, as at manufacture."""
    device = bytes(getattr(role.data, f"{kind.lower()}_identifier"))
    for item, octets in credentials(head_end.keystore, device, kind).items():
        setattr(role.data, item, octets)
    role.commit()


def _is(home: HomeNetwork, kind: str, name: str, target: bytes) -> bool:
    data = home.devices[name].role.data
    return bytes(getattr(data, f"{kind.lower()}_identifier")) == target


def _answers(heard: list[bytes]) -> list[bytes]:
    return [octets for octets in heard if parse(octets).kind == RESPONSE]


def _wait(home: HomeNetwork, condition: Any, seconds: int, fault: str) -> None:
    for _ in range(seconds):
        if condition():
            return
        home.run(1)
    raise DeskFault(fault)

"""Messages as JSON that people read, and payloads of commands from it."""

from typing import Any

from host_tools.gbcs import axdr_text
from protometer.crypto.der import SEQUENCE, SET, DerError, Reader
from protometer.gbcs import asn1, gbz, use_case
from protometer.gbcs.envelope import ALERT, COMMAND, RESPONSE, Message
from protometer.han.cluster_command import find
from protometer.han.frame_error import FrameError
from protometer.model.table import TableError

_KINDS = {COMMAND: "command", RESPONSE: "response", ALERT: "alert"}
_USES = {1: "get", 2: "set", 3: "action", 4: "get range"}
_NUMBERS = {name: number for number, name in _USES.items()}
_REQUEST, _RESPONSE, _NOTIFICATION = 0xD9, 0xDA, 0x0F
_FROM_SERVER = 0x08
_CLUSTER_SPECIFIC = 0x01
_GBZ = b"\x01\x09"


class ReadableError(ValueError):
    """A description can't be made a payload; the message says what is wrong in it."""


def message(one: Message) -> dict[str, Any]:
    """Return what a message says, as far as it can be read without keys."""
    found = use_case.find(one.code)
    told: dict[str, Any] = {
        "kind": _KINDS[one.kind],
        "use_case": found.name if found else None,
        "message_code": f"{one.code:04x}",
        "originator": one.originator.hex(),
        "target": one.target.hex(),
        "counter": one.counter,
    }
    if one.date_time:
        told["date_time"] = one.date_time.hex()
    if one.party:
        told["party"] = one.party.hex()
        told["party_counter"] = one.party_counter
    if one.device_counter is not None:
        told["device_counter"] = one.device_counter
    if one.certificate:
        told["certificate"] = one.certificate.hex()
    told["payload"] = payload(bytes(one.payload))
    told["signature"] = one.signature.hex() or None
    told["mac"] = one.mac.hex() if one.mac else None
    return told


def payload(octets: bytes) -> Any:
    """Return what a payload says; in hex what can't be read."""
    try:
        if octets[:1] == bytes((_REQUEST,)):
            return _request(octets)
        if octets[:1] == bytes((_RESPONSE,)):
            return _response(octets)
        if octets[:1] == bytes((_NOTIFICATION,)):
            value, _ = axdr_text.take(octets, 6)
            return {"notification": value}
        if octets[:2] == _GBZ:
            return {"components": [_component(one) for one in gbz.decode(octets)]}
        return {"asn1": _elements(Reader(octets))}
    except (DerError, ValueError, IndexError):
        return {"hex": octets.hex()}


def _request(octets: bytes) -> dict[str, Any]:
    count, at = axdr_text.take_length(octets, 6)
    items: list[dict[str, Any]] = []
    for _ in range(count):
        head, use = octets[at : at + 10], octets[at]
        name = "{}-{}:{}.{}.{}.{}".format(*head[3:9])
        item = {
            "use": _USES[use],
            "class": int.from_bytes(head[1:3], "big"),
            "name": name,
            "number": head[9],
        }
        at += 10
        if use == 4:
            item["selector"] = octets[at]
            item["selection"], at = axdr_text.take(octets, at + 1)
        items.append(item)
    count, at = axdr_text.take_length(octets, at)
    for item in items[:count]:
        value, at = axdr_text.take(octets, at)
        if value is not None:
            item["value"] = value
    return {"items": items}


def _response(octets: bytes) -> dict[str, Any]:
    count, at = axdr_text.take_length(octets, 7)
    values = []
    for _ in range(count):
        value, at = axdr_text.take(octets, at)
        values.append(value)
    count, at = axdr_text.take_length(octets, at)
    results = list(octets[at + 1 : at + 2 * count : 2])
    return {
        "items": [
            {"result": result, **({} if value is None else {"value": value})}
            for result, value in zip(results, values, strict=False)
        ]
    }


def _component(one: gbz.Component) -> dict[str, Any]:
    told: dict[str, Any] = {"cluster": f"{one.cluster:04x}", "command": f"{one.command:02x}"}
    told["from_server"] = bool(one.control & _FROM_SERVER)
    told["specific"] = bool(one.control & _CLUSTER_SPECIFIC)
    if one.from_s is not None:
        told["from_s"] = one.from_s
    if one.sealed_as is not None:
        told["sealed"] = one.payload.hex()
        return told
    if told["specific"]:
        try:
            command = find(one.cluster, told["from_server"], one.command)
            told["name"] = command.name
            told["fields"] = _plain(command.decode(one.payload))
            return told
        except (FrameError, TableError, ValueError, TypeError):
            pass
    told["octets"] = one.payload.hex()
    return told


def _plain(value: Any) -> Any:
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).hex()
    if isinstance(value, dict):
        return {name: _plain(held) for name, held in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value


def _elements(reader: Reader) -> list[Any]:
    found: list[Any] = []
    while reader.left():
        tag, content = reader.element()
        if tag in (SEQUENCE, SET) or tag & 0xE0 == 0xA0:
            found.append({f"{tag:02x}": _elements(Reader(content))})
        else:
            found.append({f"{tag:02x}": bytes(content).hex()})
    return found


def encode_payload(described: dict[str, Any], counter: int) -> bytes:
    """Return a command's payload from its description: `items`, `components`, `asn1` or `hex`."""
    if "items" in described:
        return _encode_request(described["items"], counter)
    if "components" in described:
        return _encode_components(described["components"])
    if "asn1" in described:
        return b"".join(_encode_element(one) for one in described["asn1"])
    if "hex" in described:
        try:
            return bytes.fromhex(described["hex"])
        except ValueError as error:
            raise ReadableError(f"hex: {error}") from error
    raise ReadableError("payload: none of items, components, asn1, hex")


def _encode_request(items: list[dict[str, Any]], counter: int) -> bytes:
    specs, data = b"", b""
    for item in items:
        try:
            name = item["name"].replace("-", ".").replace(":", ".").split(".")
            use = _NUMBERS[item["use"]]
            place = int(item["class"]).to_bytes(2, "big") + bytes(int(part) for part in name)
            specs += bytes((use,)) + place + bytes((int(item["number"]),))
        except (KeyError, ValueError, OverflowError) as error:
            raise ReadableError(f"item {item}: {error!r}") from error
        if use == 4:
            specs += bytes((item.get("selector", 1),)) + axdr_text.encode(item["selection"])
        data += axdr_text.encode(item.get("value"))
    head = bytes((_REQUEST, 0x20)) + (counter & 0xFFFFFF).to_bytes(3, "big") + b"\x00"
    count = axdr_text.length(len(items))
    return head + count + specs + count + data


def _encode_components(described: list[dict[str, Any]]) -> bytes:
    components = []
    for sequence, one in enumerate(described):
        cluster, from_server = int(one["cluster"], 16), bool(one.get("from_server", False))
        control = _FROM_SERVER if from_server else 0
        if "name" in one:
            command = find(cluster, from_server, one["name"])
            octets = command.encode(one.get("fields", {}))
            identifier, control = command.identifier, control | _CLUSTER_SPECIFIC
        else:
            octets, identifier = bytes.fromhex(one.get("octets", "")), int(one["command"], 16)
            control |= _CLUSTER_SPECIFIC if one.get("specific") else 0
        components.append(
            gbz.Component(cluster, control, sequence, identifier, octets, one.get("from_s"))
        )
    return gbz.encode(components)


def _encode_element(one: dict[str, Any]) -> bytes:
    ((tag, content),) = one.items()
    if isinstance(content, list):
        content = b"".join(_encode_element(part) for part in content)
    else:
        content = bytes.fromhex(content)
    return asn1.element(int(tag, 16), content)

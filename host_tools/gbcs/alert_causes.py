"""Causes what reference alerts tell of, in the model of a bench device: by alert code.

A cause gets the bench, the key store and the alert, and does to the device what would have it tell
so: an image comes, supply returns, a command is sent that it may not obey. What an alert says is
taken apart and told to the model as values.
"""

from collections.abc import Callable

from host_tools.gbcs import preset_gbz
from host_tools.gbcs.head_end import HeadEnd
from host_tools.gbcs.keystore import Keystore
from host_tools.node import cosem_requests
from host_tools.node.bench_keys import BenchKeys
from host_tools.node.message_bench import KINDS, MessageBench
from protometer.crypto.der import GENERALIZED_TIME, Reader
from protometer.gbcs import axdr, gbz
from protometer.gbcs.date_time import seconds
from protometer.gbcs.envelope import COMMAND, Message, encode_general_signing, encode_signed_part
from protometer.gbcs.generalized_time import parse_generalized
from protometer.gbcs.remote_parties import LOAD_CONTROLLER, NETWORK_OPERATOR
from protometer.model.command import ACCESS_CONTROL_BROKER, SUPPLIER
from protometer.model.enumerations import PROPORTIONAL
from protometer.roles.device_log import addition

# Where what is behind code and time begins: of DLMS, of GBZ.
_DLMS_CONTENT_AT, _GBZ_CONTENT_AT = 25, 9
_TIME_AT, _DATE_TIME = 13, 12
_HASH = 32
_LIMIT_LEVEL = 0x011F
# Of the supplier alone: the network operator has no authority to arm the supply.
_ARM = {"ESME": 0x0051, "GSME": 0x0085}
# The dictionary's letters where an alert asks for more than its kind of device has.
LETTERS = {0x8F86: "EL", 0x8F87: "EL"}

Cause = Callable[[MessageBench, Keystore, Message], MessageBench]


def code_and_time(payload: bytes) -> tuple[int, int]:
    """Return an alert's code and its time, in seconds since 2000."""
    if payload[:1] == b"\x0f":
        stamp = payload[_TIME_AT : _TIME_AT + _DATE_TIME]
        return int.from_bytes(payload[9:11], "big"), seconds(stamp)
    if payload[:2] == b"\x01\x09":
        return int.from_bytes(payload[3:5], "big"), int.from_bytes(payload[5:9], "big")
    alert = Reader(payload).within()
    return alert.integer(), parse_generalized(alert.take(GENERALIZED_TIME))


def _taken(alert: Message, template: str) -> list:
    """Return the values behind code and time of an alert of DLMS; template: of each."""
    at, values = _DLMS_CONTENT_AT, []
    for one in template.split():
        value, at = axdr.take(bytes(alert.payload), at, one)
        values.append(value)
    return values


def _elements(alert: Message) -> Reader:
    """Return a Reader of what is behind code and time of an alert of ASN.1."""
    reader = Reader(bytes(alert.payload)).within()
    reader.integer()
    reader.take(GENERALIZED_TIME)
    return reader


def post(bench: MessageBench, keystore: Keystore, alert: Message) -> MessageBench:
    """Have an event happen that nothing but its code is told of."""
    code, at_s = code_and_time(bytes(alert.payload))
    bench.device.events.post(code, at_s)
    bench.device.commit()
    return bench


def _no_authority(bench: MessageBench, keystore: Keystore, alert: Message) -> MessageBench:
    """Send a command from the network operator, who has no authority for it."""
    message = Message()
    message.kind, message.counter, message.code = COMMAND, 1, _ARM[bench.kind]
    message.originator = keystore.parties()[NETWORK_OPERATOR][0]
    message.target, message.payload = bench.messages.identifier(), b""
    bench.handle(encode_general_signing(encode_signed_part(message)))
    return bench


def _integrity(bench: MessageBench, keystore: Keystore, alert: Message) -> MessageBench:
    """Fail a check of integrity, for the cause that is told."""
    cause = int.from_bytes(bytes(alert.payload)[-2:], "big")
    bench.device.integrity_failed(cause, 0, bench.clock.utc_s())
    bench.device.commit()
    return bench


def _image(bench: MessageBench, keystore: Keystore, alert: Message) -> MessageBench:
    """Receive an image whose hash is the one that is told."""
    arguments = {"version": "1", "image_hash": bytes(alert.payload)[-_HASH:], "verified": True}
    by = SUPPLIER | ACCESS_CONTROL_BROKER
    bench.device.execute("Receive Firmware", arguments, by, bench.clock.utc_s())
    return bench


def _outage(bench: MessageBench, keystore: Keystore, alert: Message) -> MessageBench:
    """Return a device that was without supply for the time that is told."""
    now_s = bench.clock.utc_s()
    from_s, until_s = [seconds(octets) for octets in _taken(alert, "o12 o12")]
    bench.clock.set_utc(from_s)
    bench.data.last_step_s = from_s
    bench.device.commit()
    secrets = bench.messages.keys.secrets

    def keys(data: object) -> BenchKeys:
        return BenchKeys(data, secrets, {})

    again = MessageBench(bench.kind, bench.letters, until_s, bench.memory.files, keys)
    setattr(again.data, KINDS[bench.kind][1], bench.messages.identifier())
    again.clock.set_utc(now_s)
    return again


def _billing(bench: MessageBench, keystore: Keystore, alert: Message) -> MessageBench:
    """Have a gas meter's log end with the entry that is told."""
    payload = bytes(alert.payload)
    # As the answer to who asks for it: without code and time.
    answer = payload[:3] + payload[_GBZ_CONTENT_AT:]
    components = gbz.decode(answer)
    opened = [HeadEnd(keystore).decrypt(alert, part.payload) for part in components]
    asked = gbz.Component(components[0].cluster, 0x01, 0, 0x06, bytes(13))
    preset_gbz.preset(bench.device, gbz.encode([asked]), answer, opened)
    return post(bench, keystore, alert)


def _unsupported(bench: MessageBench, keystore: Keystore, alert: Message) -> MessageBench:
    """Send the command that is told not to be of this kind of device."""
    (named,) = _taken(alert, "o")
    code, counter = int.from_bytes(named[:2], "big"), int.from_bytes(named[2:], "big")
    head_end = HeadEnd(keystore)
    message = Message()
    message.kind, message.counter, message.code = COMMAND, counter, code
    message.originator, message.target = alert.target, bench.messages.identifier()
    message.party, message.party_counter, message.payload = alert.party, alert.party_counter, b""
    signed = encode_signed_part(message)
    # What the access control broker sends for another party it authenticates alone.
    signature = b"" if alert.party else head_end.sign(alert.target, signed)
    bench.handle(head_end.authenticate(message, encode_general_signing(signed, signature)))
    return bench


def _limit(bench: MessageBench, keystore: Keystore, alert: Message) -> MessageBench:
    """Send the command that limits a controller to the level that is told."""
    script, begin, end, level = _taken(alert, "u8 o12 o12 u8")
    number = script & 0x0F
    bench.data.alcs_kinds[number - 1] = PROPORTIONAL
    bench.device.take_up(bench.clock.utc_s())
    name = f"1 0-0:94.44.{116 + number}."
    items = [(name + "3 s2", begin), (name + "4 s2", end)]
    items.append(("9 0-0:10.0.107.255 a1", script << 8 | level))
    counter = bench.clock.utc_s()
    payload = cosem_requests.payload(_LIMIT_LEVEL, bench.data.role, items, counter)
    party = keystore.parties()[LOAD_CONTROLLER][0]
    target = bench.messages.identifier()
    bench.handle(HeadEnd(keystore).command(_LIMIT_LEVEL, party, target, payload, counter))
    return bench


def _channel(bench: MessageBench, keystore: Keystore, alert: Message) -> MessageBench:
    """Have a hub go to the channel that is told."""
    ((mask, _),) = _taken(alert, "{s32o1}")
    bench.data.sub_ghz_channel = int.from_bytes(mask[1], "big")
    bench.device.note_channel(code_and_time(bytes(alert.payload))[0])
    return bench


def _scan(bench: MessageBench, keystore: Keystore, alert: Message) -> MessageBench:
    """Have a hub scan its channels."""
    bench.device.note_channel(code_and_time(bytes(alert.payload))[0])
    return bench


def _discarded(bench: MessageBench, keystore: Keystore, alert: Message) -> MessageBench:
    """Have a hub discard the message that is told."""
    (named,) = _taken(alert, "o25")
    message = Message()
    message.originator, message.target = named[:8], named[8:16]
    message.kind, message.counter = named[16], int.from_bytes(named[17:], "big")
    bench.device.note_discarded(message)
    return bench


def _no_capacity(bench: MessageBench, keystore: Keystore, alert: Message) -> MessageBench:
    """Have a hub turn away the device that is told."""
    bench.device.note_no_capacity(*_taken(alert, "o8"))
    return bench


def _transferred(bench: MessageBench, keystore: Keystore, alert: Message) -> MessageBench:
    """Have a hub hand on the image that is told."""
    told = _elements(alert)
    bench.device.note_transfer(told.octet_string(), told.octet_string(), told.integer())
    return bench


def _activated(bench: MessageBench, keystore: Keystore, alert: Message) -> MessageBench:
    """Have a device activate the image that is told."""
    told = _elements(alert)
    bench.device.note_firmware(told.octet_string(), not told.integer())
    return bench


def _device_log(bench: MessageBench, keystore: Keystore, alert: Message) -> MessageBench:
    """Have a Gas Proxy Function's Device Log become what is told, with the last device of it."""
    entries = _elements(alert).within()
    now_s = bench.clock.utc_s()
    while entries.left():
        entry = entries.within()
        arguments = addition(entry.octet_string(), entry.integer())
        by = ACCESS_CONTROL_BROKER
        bench.device.execute("Add Device Security Credentials", arguments, by, now_s)
    return bench


CAUSES: dict[int, Cause] = {
    0x8071: _device_log,
    0x81A0: _integrity,
    0x8F0A: _billing,
    0x8F26: _channel,
    0x8F28: _scan,
    0x8F2C: _discarded,
    0x8F2D: _no_capacity,
    0x8F30: _no_authority,
    0x8F35: _outage,
    0x8F36: _outage,
    0x8F72: _image,
    0x8F85: _unsupported,
    0x8F86: _limit,
    0x8F8A: _transferred,
    0x8F8B: _activated,
}

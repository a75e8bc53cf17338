"""What meters make of messages, from the order of checks to a change of Supplier; on any runtime.

Each line: device, topic, what was sent: why it was refused or "done", the events that were logged,
whether the state stayed, and what else there is to see.
"""

import gc
from binascii import hexlify
from hashlib import sha256

from host_tools.node import cosem_requests, parties
from host_tools.node.message_bench import KINDS, MessageBench
from host_tools.node.parties import AGREE, SIGN, TOP_UP
from protometer.crypto import ecdsa
from protometer.crypto.certificate import DIGITAL_SIGNATURE, KEY_AGREEMENT
from protometer.crypto.der import BIT_STRING, GENERALIZED_TIME, Reader
from protometer.gbcs import asn1, gbz, protection, use_case
from protometer.gbcs.envelope import (
    encode_general_ciphering,
    encode_general_signing,
    encode_signed_part,
)
from protometer.gbcs.trust_anchors import TrustAnchors
from protometer.han.cluster_command import find
from protometer.kernel.slices import finish
from protometer.model.enumerations import PREPAYMENT_MODE

NOW_S = 473_385_600
DEVICES = {"ESME": b"\x00\xdb\x124Vx\x90\xa0", "GSME": b"\x00\xdb\x124Vx\x90\xa1"}
OTHER = b"\x00\xdb\x124Vx\x90\xb0"
BROKER, SUPPLIER, NETWORK, TRANSITIONAL, SECOND, STRANGER = [
    b"\x90\xb3\xd5\x1f0\x00\x00" + bytes((number,)) for number in range(6)
]
ROLES = (
    (BROKER, 4, (AGREE,)),
    (SUPPLIER, 2, (SIGN, AGREE, TOP_UP)),
    (NETWORK, 3, (SIGN, AGREE)),
    (TRANSITIONAL, 5, (SIGN,)),
)
NAMES = {BROKER: "A", SUPPLIER: "S", NETWORK: "N", TRANSITIONAL: "T", SECOND: "S2"}
UNJOIN, UNJOIN_UNSIGNED, JOINED = 0x000F, 0x0010, 0x0013
NOBODY = asn1.octet_string(b"\1\2\3\4\5\6\7\x08")
# Arm, disable, write contact details, top up, read what is sensitive: of each meter.
CODES = {
    "ESME": (0x0051, 0x0050, 0x0025, 0x0007, 0x0027),
    "GSME": (0x0085, 0x0081, 0x0088, 0x0097, 0x0075),
}
PREPAYMENT, MANAGEMENT, METERING = 0x0705, 0x0708, 0x0702
ANCHORS = []


def text(octets):
    """Return octets in hex."""
    return hexlify(octets).decode()


class Stand:
    """A meter that knows its parties, and those parties."""

    def __init__(self, kind, files=None):
        gc.collect()
        self.kind = kind
        self.device = DEVICES[kind]
        self.bench = MessageBench(kind, kind[0], NOW_S, files, parties.Keys)
        self.data = self.bench.data
        agreement = parties.private(self.device, AGREE)
        if files is None:
            setattr(self.data, KINDS[kind][1], self.device)
            self.data.agreement_key = agreement
            self.data.signing_key = parties.private(self.device, SIGN)
            self._install()
            self.bench.device.commit()
        self.parties = parties.Parties(BROKER, self.device, agreement)
        self.arm, self.disable, self.contact, self.add_credit, self.sensitive = CODES[kind]
        self.answer = None

    def _install(self):
        if not ANCHORS:
            anchors = TrustAnchors(self.data)
            parties.install_root(anchors)
            for entity, role, uses in ROLES:
                parties.install(anchors, entity, role, uses)
            ANCHORS.append(self.data.trust_anchors)
        self.data.trust_anchors = ANCHORS[0]

    def cut_power(self):
        """Return the meter as it starts again from what its memory holds."""
        return Stand(self.kind, dict(self.bench.memory.files))

    def feed(self, octets):
        """Feed a message; return what became of it, in words, and keep the answer."""
        before, counts = self.bench.state_digest(), self.bench.log_counts()
        outcome = self.bench.handle(octets)
        logged = " ".join([f"{code:04x}" for code in self.bench.logged_since(counts)])
        same = "same" if self.bench.state_digest() == before else "changed"
        self.answer = outcome.response
        became = "failed" if outcome.failed else outcome.reason or "done"
        answered = "answered" if outcome.response else "silent"
        return f"{became} [{logged}] {same} {answered}"

    def show(self, topic, name, octets, *more):
        """Feed a message and print what became of it."""
        print(self.kind, topic, name + ":", self.feed(octets), *[one() for one in more])
        gc.collect()

    def opened(self):
        """Return (Message, how it is protected) of the last answer."""
        return self.parties.open(self.answer, parties.point(self.data.signing_key))

    def command(self, code, originator, counter, payload, signed=True):
        """Return a command, signed by its originator or not."""
        signer = originator if signed else None
        return self.parties.command(code, originator, counter, payload, signer)

    def supply(self, code, counter):
        """Return the payload that arms or disables supply."""
        if self.kind == "ESME":
            return script(code, {0x0051: 54, 0x0050: 52, 0x004F: 51}[code], counter)
        fields = {"proposedSupplyStatus": 1 if code == 0x0085 else 0}
        for name in ("providerId", "issuerEventId", "requestDateTime", "implementationDateTime"):
            fields[name] = 0
        fields["supplyControlBits"] = 0
        return components((METERING, False, "ChangeSupply", fields))

    def contacts(self, name, number, counter):
        """Return the payload that writes Contact Details."""
        if self.kind == "ESME":
            items = [("9000 0-0:96.13.1.255 s2", name), ("9000 0-0:96.13.0.255 s2", number)]
            return cosem_requests.payload(self.contact, "E", items, counter)
        fields = {
            "currentProviderId": 0,
            "issuerEventId": 0,
            "tariffType": 0,
            "proposedProviderId": 0,
            "providerChangeImplementationTime": 0,
            "providerChangeControl": 0x1800,
            "proposedProviderName": name,
            "proposedProviderContactDetails": number,
        }
        return components((MANAGEMENT, True, "PublishChangeOfSupplier", fields))

    def top_up(self, digits, counter):
        """Return the payload of a top-up."""
        digits = digits.encode()
        if self.kind == "ESME":
            items = [("115 0-0:19.40.0.255 a1", digits)]
            return cosem_requests.payload(self.add_credit, "E", items, counter)
        fields = {"originatingDevice": 0, "topUpCode": digits}
        return components((PREPAYMENT, False, "ConsumerTopUp", fields))

    def ask_sensitive(self, counter):
        """Return the payload that asks for import registers, or for money."""
        if self.kind == "ESME":
            items = [cosem_requests.protected("30 0-0:43.2.8.255 a1", ["1 0-0:94.44.34.10 p2"])]
            return cosem_requests.payload(self.sensitive, "E", items, counter)
        asked = (0x0700, b"\x17\x06\x16\x06"), (PREPAYMENT, b"\5\0\2\0\1\0\x31\2\x11\2\x21\2")
        return gbz.encode(
            [gbz.Component(one, 0, number, 0, ids) for number, (one, ids) in enumerate(asked)]
        )

    def consume(self):
        """Let 5 kWh, or 2 m3, flow in a second."""
        self.bench.clock.advance(1000)
        front_end = self.bench.front_end
        front_end.import_mwh, front_end.volume_ml = 5_000_000, 2_000_000
        self.bench.device.step(self.bench.clock.utc_s())
        front_end.import_mwh = front_end.volume_ml = 0

    def registers(self):
        """Return what the meter has measured: mWh, or ml."""
        data = self.data
        name = "active_import_register" if self.kind == "ESME" else "consumption_register"
        bank = getattr(data, name)
        return bank.kwh[0] * 1_000_000 + bank.mwh[0]


def script(code, number, counter):
    """Return the payload that has a script of Supply executed."""
    return cosem_requests.payload(code, "E", [("9 0-0:10.0.106.255 a1", number)], counter)


def components(*asked):
    """Return a payload of GBZ of commands by their names."""
    found = []
    for number, (cluster, from_server, name, fields) in enumerate(asked):
        one = find(cluster, from_server, name)
        control = 0x09 if from_server else 0x01
        octets = bytes(one.encode(fields))
        found.append(gbz.Component(cluster, control, number, one.identifier, octets))
    return gbz.encode(found)


def order(stand):
    """A message with all the faults there are; then one is put right after the other."""
    who = stand.parties
    stand.show("order", "once", stand.command(UNJOIN, SUPPLIER, 5, NOBODY))
    state = stand.bench.state_digest()

    def false(originator, counter, target=stand.device):
        message = who.message(UNJOIN, originator, counter, NOBODY)
        message.target = target
        whole = encode_general_signing(encode_signed_part(message), bytes(64))
        return encode_general_ciphering(whole, bytes(12))

    stand.show("order", "cut off", false(STRANGER, 0, OTHER)[:-1])
    stand.show("order", "for another", false(STRANGER, 0, OTHER))
    stand.show("order", "from a stranger", false(STRANGER, 0))
    stand.show("order", "from who may not", false(NETWORK, 0))
    stand.show("order", "again", false(SUPPLIER, 5))
    stand.show("order", "not authentic", false(SUPPLIER, 6))
    wrong = who.command(UNJOIN, SUPPLIER, 6, NOBODY, NETWORK)
    stand.show("order", "signed by another", wrong)
    print(stand.kind, "order state:", "same" if stand.bench.state_digest() == state else "changed")
    stand.show("order", "can't be done", stand.command(UNJOIN, SUPPLIER, 6, NOBODY))
    again = stand.command(UNJOIN, SUPPLIER, 6, NOBODY)
    outcomes = [stand.feed(again) for _ in range(10)]
    unusual = [number for number, one in enumerate(outcomes) if "[8f60]" in one]
    print(stand.kind, "order ten times more:", outcomes[0], unusual)


def critical(stand):
    """Critical needs signature and authentication code, both; non-critical only the latter."""
    who, code = stand.parties, stand.disable
    payload = stand.supply(code, 10)
    alone = who.command(code, SUPPLIER, 10, payload, SUPPLIER, False)
    stand.show("critical", "signed alone", alone)
    stand.show("critical", "authenticated alone", who.command(code, SUPPLIER, 10, payload))
    own = who.command(code, SUPPLIER, 10, payload, SUPPLIER)
    stand.show("critical", "both", own, lambda: stand.data.supply_state)
    message, how = stand.opened()
    print(stand.kind, "critical answer:", how, message.counter, message.target == SUPPLIER)
    payload = stand.supply(stand.arm, 11)
    stand.show("critical", "arm", stand.command(stand.arm, SUPPLIER, 11, payload))
    print(stand.kind, "critical armed:", stand.data.supply_state)
    payload = stand.contacts(b"First", b"0123", 12)
    whole = who.command(stand.contact, SUPPLIER, 12, payload)
    stand.show("non-critical", "false code", whole[:-1] + bytes((whole[-1] ^ 1,)))
    stand.show("non-critical", "authenticated alone", whole, lambda: stand.data.supplier_name)
    message, how = stand.opened()
    print(stand.kind, "non-critical answer:", how, stand.data.supplier_telephone_number)


def scripts(stand):
    """Of the scripts of Supply each message has one, and there is no other."""
    counter = 100
    for code in (0x0050, 0x0051, 0x004F):
        for number in (0, 50, 51, 52, 53, 54, 55, 0xFFFF):
            counter += 1
            whole = stand.command(code, SUPPLIER, counter, script(code, number, counter))
            name = f"{code:04x} {number}"
            stand.show("script", name, whole, lambda: stand.data.supply_state)


def replay(stand):
    """The counter of a party is good once, whatever comes between; a read is answered again."""
    who = stand.parties

    def send(name, originator, counter):
        whole = who.command(UNJOIN_UNSIGNED, originator, counter, NOBODY)
        stand.show("replay", name, whole)

    send("supplier 200", SUPPLIER, 200)
    send("supplier 200 again", SUPPLIER, 200)
    send("supplier 199", SUPPLIER, 199)
    send("broker 3", BROKER, 3)
    send("broker 3 again", BROKER, 3)
    stand = stand.cut_power()
    who = stand.parties
    send("supplier 200 after a cut", SUPPLIER, 200)
    send("broker 3 after a cut", BROKER, 3)
    send("supplier 64 bits", SUPPLIER, 1 << 40)
    send("supplier 64 bits again", SUPPLIER, 1 << 40)
    send("supplier 201", SUPPLIER, 201)
    for count in range(2):
        whole = who.command(JOINED, SUPPLIER, 1, asn1.NULL_ELEMENT, SUPPLIER)
        stand.show("replay", f"read {count}", whole)


def secrets(stand):
    """What is sensitive can be read by who asked, and by nobody else."""
    stand.consume()
    asked = stand.ask_sensitive(1)
    stand.show("secret", "read", stand.command(stand.sensitive, SUPPLIER, 1, asked, False))
    message, _ = stand.opened()
    payload = bytes(message.payload)
    sealed = payload[payload.index(protection.ENCRYPTED_HEADER) :]
    if stand.kind == "ESME":
        sealed = sealed[: payload[payload.index(protection.ENCRYPTED_HEADER) - 1]]
    else:
        sealed = [one.payload for one in gbz.decode(payload) if one.sealed_as is not None][0]
    plain = stand.parties.decrypt(message, SUPPLIER, sealed)
    print(stand.kind, "secret plain:", text(plain), plain in payload)
    try:
        stand.parties.decrypt(message, NETWORK, sealed)
        print(stand.kind, "secret to another: told")
    except protection.ProtectionError as error:
        print(stand.kind, "secret to another:", error)


def top_ups(stand):
    """A top-up is authentic by the key that supplier and meter agree on."""
    stand.data.payment_mode = PREPAYMENT_MODE
    stand.data.maximum_credit_threshold_mp = stand.data.maximum_balance_threshold_mp = 10_000_000
    stand.bench.device.commit()
    counter = 300

    def send(name, digits):
        payload = stand.top_up(digits, counter)
        whole = stand.command(stand.add_credit, SUPPLIER, counter, payload, False)
        before = stand.data.meter_balance_mp
        became = stand.feed(whole)
        print(stand.kind, "top-up", name + ":", became, stand.data.meter_balance_mp - before)

    good = stand.parties.utrn(SUPPLIER, 77, 1234)
    send("genuine", good)
    counter += 1
    send("again", good)
    counter += 1
    send("of another supplier", stand.parties.utrn(SECOND, 78, 1234))
    counter += 1
    send("with a wrong digit", good[:-1] + str((int(good[-1]) + 1) % 10))


def roles(stand):
    """Which use cases each party may send: all others are refused for who asks."""
    for entity in (BROKER, SUPPLIER, NETWORK, TRANSITIONAL):
        allowed, refused = [], 0
        for row in use_case.table():
            if row[2].find(stand.kind[0]) < 0:
                continue
            message = stand.parties.message(int(row[0], 16), entity, 1 << 48, b"")
            whole = encode_general_signing(encode_signed_part(message), bytes(64))
            outcome = stand.bench.handle(encode_general_ciphering(whole, bytes(12)))
            if outcome.reason == "role":
                refused += 1
            else:
                allowed.append(f"{message.code:04x}")
        gc.collect()
        print(stand.kind, "role", NAMES[entity] + ":", refused, " ".join(allowed))


def own_keys(stand):
    """The meter makes key pairs, asks for certificates of them, and then uses the keys."""
    counter, issued = 400, []
    for usage in (KEY_AGREEMENT, DIGITAL_SIGNATURE):
        payload = asn1.sequence(asn1.key_usage(usage))
        whole = stand.command(0x000A, SUPPLIER, counter, payload)
        stand.show("own", f"issue {usage:02x}", whole)
        message, _ = stand.opened()
        answer = bytes(message.payload)
        key = sha256(b"chance %d" % len(stand.bench.messages.keys.drawn)).digest()
        issued.append(key)
        print(
            stand.kind,
            f"own request {usage:02x}:",
            is_request(answer, parties.point(key), stand.device),
            key in answer,
        )
        counter += 1
    print(stand.kind, "own drawn:", stand.bench.messages.keys.drawn, issued[0] != issued[1])
    made = parties.certificate
    wrong = made(stand.device, None, SIGN)
    agreement = made(stand.device, None, AGREE, issued[0])
    signing = made(stand.device, None, SIGN, issued[1])
    strange = made(OTHER, None, AGREE, issued[0])
    for name, octets in (
        ("of another key", wrong),
        ("of another device", strange),
        ("none", b"\x30\x00"),
        ("signing", signing),
        ("agreement", agreement),
        ("agreement again", agreement),
    ):
        whole = stand.command(0x000B, SUPPLIER, counter, octets)
        stand.show("own", "certificate " + name, whole)
        counter += 1
        print(stand.kind, "own answer:", text(bytes(stand.opened()[0].payload)))
        if stand.data.agreement_key == issued[0]:
            stand.parties.changed(issued[0])
    print(
        stand.kind,
        "own in use:",
        stand.data.agreement_key == issued[0],
        stand.data.signing_key == issued[1],
    )
    for usage, octets in ((KEY_AGREEMENT, agreement), (DIGITAL_SIGNATURE, signing)):
        payload = asn1.sequence(asn1.key_usage(usage))
        stand.show("own", f"give {usage:02x}", stand.command(0x000C, SUPPLIER, 1, payload))
        print(stand.kind, "own given:", bytes(stand.opened()[0].payload) == octets)


def is_request(octets, public, device):
    """Tell whether octets are a certification request for a key, signed with it."""
    outer = Reader(octets).within()
    wanted = bytes(outer.whole())
    outer.element()
    numbers = Reader(bytes(outer.take(BIT_STRING))[1:]).within()
    signature = b""
    for _ in range(2):
        _, number = numbers.element()
        number = bytes(number).lstrip(b"\x00")
        signature += bytes(32 - len(number)) + number
    named = text(device).encode() in wanted
    return named and finish(ecdsa.verify([public], sha256(wanted).digest(), signature))


def update(mode, authority, counter, changes, replacements, at=b""):
    """Return the payload of an update of security credentials.

    authority: role that authorises; changes: of the floors, encoded; replacements: (certificate,
    role, key usage, cell usage).
    """
    control = asn1.sequence(
        asn1.integer(mode),
        asn1.element(0xA2, asn1.integer(authority) + asn1.key_usage(DIGITAL_SIGNATURE)),
        asn1.integer(counter, 0x83),
        changes,
    )
    replaced = []
    for octets, role, usage, cell in replacements:
        target = asn1.integer(role) + asn1.key_usage(usage) + (asn1.integer(1) if cell else b"")
        replaced.append(asn1.sequence(octets, asn1.sequence(target)))
    path = asn1.sequence(parties.path())
    return asn1.sequence(control, asn1.sequence(*replaced), path, at)


def statuses(payload):
    """Return the status of each replacement in the answer to an update."""
    response = Reader(payload).within()
    response.element()
    outcome = response.within()
    for _ in range(3):
        outcome.element()
    replaced, found = outcome.within(), []
    while replaced.left():
        one = replaced.within()
        one.element()
        found.append(one.element()[1][0])
    return found


def replacing(stand):
    """Credentials are replaced one by one, and only by those that lead to the root."""
    made = parties.certificate
    fresh = made(NETWORK, 3, AGREE, parties.private(NETWORK, "new"))
    false = made(NETWORK, 3, SIGN, parties.private(NETWORK, "newer"), "no authority")
    both = [(false, 3, DIGITAL_SIGNATURE, 0), (fresh, 3, KEY_AGREEMENT, 0)]
    held = bytes(stand.data.trust_anchors)
    payload = update(3, 3, 50, asn1.integer(50, 0x84), both)
    files = dict(stand.bench.memory.files)
    stand.bench.memory.broken = True
    try:
        outcome = stand.feed(stand.command(0x0103, NETWORK, 50, payload))
    except OSError:
        outcome = "can't be kept"
    stand.bench.memory.broken = False
    kept = bytes(stand.data.trust_anchors) == held
    cut = MessageBench(stand.kind, stand.kind[0], NOW_S, files).data.trust_anchors
    print(stand.kind, "replace broken memory:", outcome, kept, bytes(cut) == held)
    payload = update(3, 3, 51, asn1.integer(51, 0x84), both)
    stand.show("replace", "one false", stand.command(0x0103, NETWORK, 51, payload))
    print(stand.kind, "replace statuses:", statuses(bytes(stand.opened()[0].payload)))
    good = [(made(NETWORK, 3, SIGN), 3, DIGITAL_SIGNATURE, 0)]
    later = asn1.element(GENERALIZED_TIME, b"20150102000000Z")
    payload = update(3, 3, 52, asn1.integer(52, 0x84), good, later)
    stand.show("replace", "later", stand.command(0x0103, NETWORK, 52, payload))
    stand.bench.clock.advance(86_400_000)
    counts = stand.bench.log_counts()
    alerts = finish(stand.bench.messages.step(stand.bench.clock.utc_s()))
    logged = " ".join([f"{code:04x}" for code in stand.bench.logged_since(counts)])
    told = [asn1.integer(0x8F66) in octets for octets in alerts]
    print(stand.kind, "replace due:", logged, told)
    payload = update(3, 3, 53, b"", [(made(NETWORK, 3, SIGN), 2, DIGITAL_SIGNATURE, 0)])
    stand.show("replace", "a cell of another", stand.command(0x0103, NETWORK, 53, payload))


def change_of_supplier(stand):
    """Another supplier's credentials: measured values stay, and a reading is kept."""
    stand.consume()
    data, before = stand.data, stand.registers()
    balance = data.meter_balance_mp
    log = stand.bench.device.logbook.named("Billing Data Log Mode Or Tariff Change")
    readings = log.next_number()
    made = parties.certificate
    three = [
        (made(SECOND, 2, SIGN), 2, DIGITAL_SIGNATURE, 0),
        (made(SECOND, 2, AGREE), 2, KEY_AGREEMENT, 0),
        (made(SECOND, 2, TOP_UP), 2, KEY_AGREEMENT, 1),
    ]
    floors = asn1.sequence(asn1.sequence(asn1.integer(0), asn1.integer(500 << 32)))
    changes = asn1.element(0xA6, asn1.sequence(asn1.integer(2), asn1.integer(9), floors))
    payload = update(7, 5, 1, changes, three)
    stand.show("change", "by the supplier", stand.command(0x0107, SUPPLIER, 1 << 50, payload))
    stand.show("change", "by who may", stand.command(0x0107, TRANSITIONAL, 1, payload))
    print(stand.kind, "change statuses:", statuses(bytes(stand.opened()[0].payload)))
    entry = list(log.entries(log.next_number() - 1, 1))[0]
    count = log.next_number() - readings
    print(stand.kind, "change readings:", count, entry[0] - NOW_S, text(entry[1][:6]))
    kept = stand.registers() == before and data.meter_balance_mp == balance
    print(stand.kind, "change kept:", kept, repr(data.supplier_name), before)
    stand = stand.cut_power()
    payload = stand.contacts(b"Second", b"0456", 9)
    old = stand.command(stand.contact, SUPPLIER, 1 << 51, payload, False)
    stand.show("change", "the one before", old)
    stand.show("change", "the new one", stand.command(stand.contact, SECOND, 9, payload, False))
    print(stand.kind, "change contact:", stand.data.supplier_name)
    stand.show("change", "at the floor", stand.command(UNJOIN, SECOND, 9, NOBODY))
    stand.show("change", "above it", stand.command(UNJOIN, SECOND, 10, NOBODY))
    for number, counter in ((499, 11), (501, 12)):
        token = stand.parties.utrn(SECOND, number, 100)
        whole = stand.command(
            stand.add_credit, SECOND, counter, stand.top_up(token, counter), False
        )
        stand.show("change", f"top-up {number}", whole)


for kind in ("ESME", "GSME"):
    stand = Stand(kind)
    order(stand)
    critical(stand)
    secrets(stand)
    if kind == "ESME":
        scripts(stand)
    top_ups(stand)
    roles(stand)
    replay(Stand(kind))
    replacing(Stand(kind))
    own_keys(Stand(kind))
    change_of_supplier(stand)

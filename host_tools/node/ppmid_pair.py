"""A PPMID and a gas meter that have each other's keys, without air between; on any runtime."""

from host_tools.node.message_bench import MessageBench
from protometer.crypto import ecdsa
from protometer.crypto.certificate import KEY_AGREEMENT
from protometer.gbcs.remote_parties import SUPPLIER
from protometer.gbcs.trust_anchors import PREPAYMENT_TOP_UP, TrustAnchors
from protometer.kernel.slices import finish
from protometer.model import command as commands
from protometer.roles.device_log import KIND_GSME, KIND_PPMID
from protometer.roles.ppmid_gas import PpmidGas

NOW_S = 473_385_600
PPMID = bytes((0x00, 0xDB, 0x12, 0x34, 0x56, 0x78, 0x90, 0xA4))
METER = bytes((0x00, 0xDB, 0x12, 0x34, 0x56, 0x78, 0x90, 0xA1))
SELLER = bytes((0x90, 0xB3, 0xD5, 0x1F, 0x30, 0x01, 0x00, 0x00))
# Private keys by whose they are.
KEYS = {PPMID: bytes(range(1, 33)), METER: bytes(range(2, 34)), SELLER: bytes(range(3, 35))}
# 12.50 for that meter by these keys, made by other code than the firmware's.
UTRN = "73943030972941790921"
_IDENTIFIERS = {PPMID: "ppmid_identifier", METER: "gsme_identifier"}
_KINDS = {PPMID: KIND_PPMID, METER: KIND_GSME}


class Holder:
    """Stands for a certificate: whose key it has."""

    subject_key_identifier = bytes(8)

    def __init__(self, entity):
        self.entity = entity
        self.public_key = finish(ecdsa.public_key(KEYS[entity]))


def give_keys(role, own, other):
    """Give a role its identity and its keys, and have it know the other one, and who sells."""
    data = role.data
    setattr(data, _IDENTIFIERS[own], own)
    data.agreement_key = KEYS[own]
    data.device_log = other + bytes((0x80 + _KINDS[other],))
    anchors = TrustAnchors(data)
    finish(anchors.put_device(Holder(other)))
    finish(anchors.put(SUPPLIER, KEY_AGREEMENT, PREPAYMENT_TOP_UP, Holder(SELLER)))
    role.commit()


class PpmidPair:
    """`ppmid` and `meter`, benches, and `gas`, the PPMID's PpmidGas; files: of each, from before.

    Messages are handed on by whoever has the pair.
    """

    def __init__(self, ppmid_files=None, meter_files=None):
        self.done = 0
        self.ppmid = MessageBench("PPMID", "U", NOW_S, ppmid_files)
        self.meter = MessageBench("GSME", "G", NOW_S, meter_files)
        if ppmid_files is None:
            give_keys(self.ppmid.device, PPMID, METER)
        if meter_files is None:
            give_keys(self.meter.device, METER, PPMID)
        engine = self.ppmid.messages.engine
        self.gas = PpmidGas(engine, METER, self.ppmid.device.events, self._done)

    def _done(self):
        self.done += 1

    def built(self):
        """Return the messages that the PPMID sends now."""
        return finish(self.gas.build(NOW_S))

    def hear(self, octets):
        """Let the PPMID take what came of the gas meter's answer, and keep what happened."""
        finish(self.gas.hear(octets, NOW_S))
        self.ppmid.device.commit()

    def exchange(self):
        """Let what was asked go to the meter and its answer back; return both messages."""
        (octets,) = self.built()
        response = self.meter.handle(octets).response
        self.hear(response)
        return octets, response

    def prepay(self):
        """Have the meter sell from its balance."""
        arguments = {
            "mode": 1,
            "suspend_debt_disabled": False,
            "suspend_debt_emergency": True,
        }
        self.meter.device.execute("Set Payment Mode", arguments, commands.SUPPLIER, NOW_S)

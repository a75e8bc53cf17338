"""A PPMID and a gas meter that have each other's keys, without air between; on any runtime."""

from host_tools.node.message_bench import MessageBench
from protometer.crypto import ecdsa
from protometer.crypto.certificate import KEY_AGREEMENT
from protometer.gbcs.remote_parties import SUPPLIER
from protometer.gbcs.trust_anchors import PREPAYMENT_TOP_UP
from protometer.kernel.slices import finish
from protometer.model import command as commands
from protometer.model.enumerations import TYPE_1
from protometer.roles.device_log import KIND_GSME, KIND_PPMID
from protometer.roles.ppmid_gas import PpmidGas

NOW_S = 473_385_600
PPMID = bytes((0x00, 0xDB, 0x12, 0x34, 0x56, 0x78, 0x90, 0xA4))
METER = bytes((0x00, 0xDB, 0x12, 0x34, 0x56, 0x78, 0x90, 0xA1))
SELLER = bytes((0x90, 0xB3, 0xD5, 0x1F, 0x30, 0x01, 0x00, 0x00))
# Private keys by whose they are.
KEYS = {PPMID: bytes(range(1, 33)), METER: bytes(range(2, 34)), SELLER: bytes(range(3, 35))}


class Holder:
    """Stands for a certificate: whose key it has."""

    subject_key_identifier = bytes(8)

    def __init__(self, entity):
        self.entity = entity
        self.public_key = finish(ecdsa.public_key(KEYS[entity]))


class PpmidPair:
    """`ppmid` and `meter`, benches, and `gas`, the PPMID's PpmidGas; files: of each, from before.

    Messages are handed on by whoever has the pair.
    """

    def __init__(self, ppmid_files=None, meter_files=None):
        self.done = 0
        self.ppmid = self._bench("PPMID", "U", PPMID, METER, KIND_GSME, ppmid_files)
        self.meter = self._bench("GSME", "G", METER, PPMID, KIND_PPMID, meter_files)
        if meter_files is None:
            anchors = self.meter.messages.engine.anchors
            put = anchors.put(SUPPLIER, KEY_AGREEMENT, PREPAYMENT_TOP_UP, Holder(SELLER))
            finish(put)
            self.meter.device.commit()
        engine = self.ppmid.messages.engine
        self.gas = PpmidGas(engine, METER, self.ppmid.device.events, self._done)

    def _bench(self, kind, letters, own, other, kind_of_other, files):
        bench = MessageBench(kind, letters, NOW_S, files)
        if files is None:
            setattr(bench.data, kind.lower() + "_identifier", own)
            bench.data.agreement_key = KEYS[own]
            bench.device.devices.add(NOW_S, other, TYPE_1, kind_of_other)
            finish(bench.messages.engine.anchors.put_device(Holder(other)))
            bench.device.commit()
        return bench

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

"""The gas meter on a network that it joins, its radio asleep but for its questions."""

from protometer.han import zcl
from protometer.han.network import Network
from protometer.kernel.scheduler import Scheduler
from protometer.roles.gsme_han import GsmeHan
from tests.han.han_stand import Radio
from tests.han.trust_centre_stand import DEVICE_EUI, HUB_EUI, INSTALL_CODE, Device, Hub
from tests.roles.gsme_stand import Stand

TIME, METERING = 0x000A, 0x0702


class GasDevice(Device):
    """A gas meter with its HAN on a radio, in the place of a stack alone."""

    def __init__(self):
        self.meter = Stand()
        self.clock = self.meter.clock
        self.scheduler = Scheduler(self.clock)
        self.radio = Radio()
        self.network = Network(
            {
                "extended_address": "00db1234567890a0",
                "install_code": INSTALL_CODE,
                "policy": "interop",
                "sleepy": True,
                "channels": [15],
            }
        )
        self.han = GsmeHan(self.meter.meter, self.scheduler, self.radio, self.network)
        self.stack = self.han.stack


def test_it_joins_serves_its_volume_reports_it_and_takes_the_hubs_time():
    device, hub = GasDevice(), Hub()
    hub.is_sleepy = True
    device.run(hub, 3_000)
    assert device.network.is_joined
    device.meter.enable()
    device.meter.run(1, 12_345)
    hub.ask(device, METERING, zcl.read_attributes(1, (0x0000, 0x0300, 0x0306)))
    device.run(hub, 9_000)
    answers = [values for values in hub.told("data") if values[0] == METERING]
    told = zcl.decode_values(zcl.READ_ATTRIBUTES_RESPONSE, answers[0][3][3:])
    # Litres, cubic metres with divisor 1000, gas.
    assert [(number, value) for number, _, value in told] == [(0, 12), (0x0300, 1), (0x0306, 1)]
    bind = b"\x01" + DEVICE_EUI + b"\x01\x02\x07\x03" + HUB_EUI + b"\x01"
    hub.ask(device, 0x0021, bind, endpoint=0, profile=0)
    device.run(hub, 9_000)
    reporting = bytes.fromhex("0000002500000a00") + (1).to_bytes(6, "little")
    hub.ask(device, METERING, zcl.frame(0, 2, zcl.CONFIGURE_REPORTING, reporting))
    device.run(hub, 9_000)
    device.meter.run(1, 5_000)
    device.run(hub, 2_000)
    reports = [values[3][3:] for values in hub.told("data") if values[3][2:3] == b"\x0a"]
    assert zcl.decode_values(zcl.REPORT_ATTRIBUTES, reports[-1]) == [(0x0000, 0x25, 17)]
    asked = [values for values in hub.told("data") if values[0] == TIME]
    assert asked
    hub_s = device.clock.utc_s() + 3
    answer = b"\x00\x00\x00\xe2" + hub_s.to_bytes(4, "little")
    control = zcl.SERVER_TO_CLIENT | zcl.NO_DEFAULT_RESPONSE
    frame = zcl.frame(control, 9, zcl.READ_ATTRIBUTES_RESPONSE, answer)
    hub.ask(device, TIME, frame)
    device.run(hub, 9_000)
    assert device.meter.data.hub_time_s == hub_s

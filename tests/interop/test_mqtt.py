"""Energy and power of our meter on MQTT, by zigbee2mqtt: `make interop-mqtt`."""

import json

import pytest

from host_tools.desk.devices import micropython
from tests.interop.stranger import INTEROP, Stranger
from tests.interop.test_strangers import EUI

pytestmark = [
    pytest.mark.interop_mqtt,
    pytest.mark.skipif(micropython() is None, reason="MicroPython has no wheel for this machine"),
]
PATIENCE_S = 90


def test_energy_and_power_arrive(tmp_path):
    assert (INTEROP / "mqtt/node_modules/zigbee2mqtt").exists(), "make interop-mqtt installs it"
    with Stranger(tmp_path, program="mqtt/bridge.mjs") as bridge:
        device = bridge.device("ESME", "--policy", "interop")
        device.wait_for(lambda line: "network: joined" in line, PATIENCE_S)
        topic = "zigbee2mqtt/0x" + EUI["ESME"]
        told = {}
        while not {"energy", "power"} <= told.keys():
            message = bridge.heard("mqtt", PATIENCE_S, topic=topic)
            told |= json.loads(message["payload"])
        # kWh and W of the household's winter night.
        assert 0 <= told["energy"] < 1
        assert 0 <= told["power"] < 20_000

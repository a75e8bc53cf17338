"""Our meters at a gateway: zigbee-herdsman interviews them, binds, and has power reported."""

import pytest

from host_tools.desk.devices import micropython
from tests.interop.stranger import Stranger, missing
from tests.interop.test_strangers import EUI

pytestmark = [
    pytest.mark.interop,
    pytest.mark.skipif(bool(missing()), reason=str(missing())),
    pytest.mark.skipif(micropython() is None, reason="MicroPython has no wheel for this machine"),
]
PATIENCE_S = 60
# role, options, type, power source, whether it is asked for power
METERS = [
    ("ESME", (), "Router", "Mains (single phase)", "instantaneousDemand"),
    ("GSME", ("--sleepy",), "EndDevice", "Battery", "currentSummDelivered"),
]


@pytest.mark.parametrize(("role", "options", "kind", "power", "attribute"), METERS)
def test_the_interview_is_complete_and_reports_arrive(
    role, options, kind, power, attribute, tmp_path
):
    with Stranger(tmp_path, program="gateway.mjs") as gateway:
        gateway.device(role, "--policy", "interop", *options)
        named = {"device": "0x" + EUI[role]}
        gateway.heard("joined", **named)
        told = gateway.heard("interview", PATIENCE_S, status="successful", **named)
        assert (told["type"], told["power"]) == (kind, power)
        assert (told["manufacturer"], told["model"]) == ("PROT", "METER001")
        (endpoint,) = told["endpoints"]
        assert (endpoint["number"], endpoint["profile"], endpoint["type"]) == (1, 0x0109, 0x0501)
        assert {0x0000, 0x0700, 0x0702, 0x0705} <= set(endpoint["serves"])
        wanted = {"attribute": attribute, "minimumReportInterval": 0}
        wanted |= {"maximumReportInterval": 2, "reportableChange": 1}
        metering = {"device": EUI[role], "cluster": "seMetering"}
        gateway.tell("report", **metering, attributes=[wanted])
        gateway.heard("configured", device=EUI[role])
        report = gateway.heard("message", type="attributeReport", cluster="seMetering", **named)
        assert attribute in report["data"]
        gateway.tell("read", **metering, attributes=["multiplier", "divisor"])
        assert gateway.heard("values")["values"] == {"multiplier": 1, "divisor": 1000}

"""The keys of the desk's displays, by the names that a story or a person presses them."""

import pytest

from host_tools.desk.devices import own_description
from host_tools.node.device import DeskDevice


@pytest.fixture(params=["IHD", "PPMID"])
def device(request, tmp_path):
    described = own_description(request.param, "2012-01-01T00:00:00Z", None)
    return DeskDevice({**described, "state": str(tmp_path)}, lambda: 0)


def pressed(device, *keys):
    """Press keys; return the picture that then stands on the panel."""
    for key in (None, *keys):
        if key:
            device.keys[key](device.clock.utc_s())
        for _ in range(10):
            device.clock.advance(100)
            device.scheduler.run_due()
    return device.panel.visible_pixels()


def test_the_key_next_shows_the_pages_one_after_the_other(device):
    pictures = [pressed(device), *(pressed(device, "next") for _ in range(3))]
    assert len(set(pictures)) == 3
    assert pictures[0] == pictures[3]


def test_an_interface_has_both_keys_short_and_held_and_a_display_only_one(device):
    if device.name == "IHD":
        assert set(device.keys) == {"next"}
        return
    assert set(device.keys) == {"next", "confirm", "hold next", "hold confirm"}
    first, second = pressed(device), pressed(device, "next")
    assert second != first
    # Nothing can be done about a meter that was not heard of.
    assert pressed(device, "confirm", "hold confirm") == second
    assert pressed(device, "hold next") == first

"""Which log each event of GBCS table 16.2 goes to, one by one, and what an entry holds."""

import pytest

from protometer.model.events import Outbox
from protometer.records.event_logs import EventLogs, log_of
from protometer.records.event_settings import EventSettings
from tests.records.log_stand import Stand

POWER, EVENT, SECURITY = "Power Event Log", "Event Log", "Security Log"


def codes(text):
    """Return the codes of "8002-8009 8F01": hexadecimal, single or first to last."""
    found = []
    for part in text.split():
        first, _, last = part.partition("-")
        found += range(int(first, 16), int(last or first, 16) + 1)
    return found


# The table by log, as it stands in GBCS, with the end of tampering that GSME-GEN-14 has logged:
# what is not logged at all, or by other devices, last.
LOGGED = {
    POWER: "8002-8009 8085-808C 8020-8023 808D-8090 8024-8027 8091-8094 8028-802B 8095-8098"
    " 802C-802F 8099-809C 8010 8011 8016 8013 8014 8015 81B7 81B8 81BB 8F35-8F3C 8F57-8F5A",
    EVENT: "8145 8154 8155 8161 8162 8183 8184 81A0 81A1 81C1 81A4 81BA 81A5 81A6 81A7-81A9"
    " 81AA 81AB 81AC-81B3 81B4-81B6 81B9 81BC 81BD 81C0 81BE 81BF 81C2 81C3 81C4 81C5 81C6"
    " 8F01",
    # 8F3D by SMETS2 5.5.2, which the table of codes leaves out.
    SECURITY: "8F0C 8F1B 8F1C 8F72 8F1D 8F1E 8F1F 8F82 8F30 8F3D 8F3E 8F3F 8F73-8F78 8F43 8F47"
    " 8F51 8F5B 8F63 8F64 8F48-8F4B 8F4C-8F4F 8F52 8F53 8F60 8F70",
    # What a switch did is told in an entry of its own, with switch and action.
    None: "811A 8131"
    " 8071 810D 810E 8119 8168 819D 819E 81A2 81A3 8F0A 8F0F 8F12 8F20-8F2D 8F32-8F34"
    " 8F66 8F67 8F69 8F83 8F84",
}


@pytest.mark.parametrize("name", LOGGED)
def test_every_event_goes_to_its_log(name):
    for code in codes(LOGGED[name]):
        assert log_of(code) == name, hex(code)


def test_a_code_of_no_family_is_not_logged():
    assert log_of(0x1234) is None
    assert log_of(0x9002) is None


def test_an_entry_holds_stamp_code_and_detail_but_security_has_no_detail():
    stand = Stand()
    logs = EventLogs(stand.book, EventSettings(stand.data), Outbox())
    for at_s, (code, detail) in enumerate(
        [(0x8F36, 4_000_000_000), (0x8154, 7), (0x8F52, 9), (0x811A, 3), (0x810D, 5)], 100
    ):
        logs.record(code, at_s, detail)
    kept = {name: list(stand.book.named(name).entries(0, 9)) for name in LOGGED if name}
    assert kept == {
        POWER: [(100, 0x8F36, 4_000_000_000)],
        EVENT: [(101, 0x8154, 7)],
        SECURITY: [(102, 0x8F52)],
    }


def test_events_wait_in_the_outbox_with_their_detail():
    outbox = Outbox(3)
    outbox.post(0x8F36, 200, 150)
    outbox.post(0x8154, 201)
    assert [outbox.entry(index) for index in range(len(outbox))] == [
        (0x8F36, 200, 150),
        (0x8154, 201, 0),
    ]
    assert outbox.take() == (0x8F36, 200, 150)
    for at_s in (202, 203, 204):
        outbox.post(0x8F52, at_s, at_s + 1)
    assert outbox.discarded == 1
    assert [outbox.take() for _ in range(4)] == [
        (0x8154, 201, 0),
        (0x8F52, 202, 203),
        (0x8F52, 203, 204),
        None,
    ]


def test_a_log_that_fails_is_an_error():
    stand = Stand()
    logs = EventLogs(stand.book, EventSettings(stand.data), Outbox())
    stand.files.broken = True
    with pytest.raises(OSError):
        logs.record(0x8154, 1, 0)
    logs.record(0x810D, 1, 0)


def test_a_device_without_settings_logs_and_sends_everything_and_sounds_nothing():
    settings = EventSettings(object())
    for code in (0x8131, 0x8010, 0x8F3F):
        assert settings.is_logged(code)
        assert settings.is_alerted(code)
        assert not settings.sounds_alarm(code)

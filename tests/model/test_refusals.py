"""What is logged of a Command that is refused."""

from protometer.model import command, events


def test_refusals_have_the_events_of_the_list():
    assert command.NoAuthority.event == events.NO_AUTHORITY
    assert command.BadFormat.event == events.BAD_FORMAT
    assert command.CommandRefused.event is None

"""The table of Commands against the parts that carry them out."""

import pytest

from protometer.roles import commands
from tests.roles import esme_stand, gsme_stand

METERS = {
    "ELB": lambda: esme_stand.Stand(role="ELB"),
    "ETL": lambda: esme_stand.Stand(role="ETL"),
    "G": gsme_stand.Stand,
}


@pytest.mark.parametrize("role", METERS)
def test_a_row_says_whether_its_part_checks_the_arguments(role):
    meter = METERS[role]().meter
    for name in commands.names(role):
        command = commands.find(role, name)
        part = getattr(meter, command.part, None)
        if part:
            assert hasattr(part, "check_" + command.method) == ("C" in command.marks), name

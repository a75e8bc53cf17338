"""Maximum demand: values and stamps by hand, the daily window half-hour by half-hour, resets."""

import pytest

from protometer.metering.max_demand import MaximumDemand
from protometer.model.dictionary import Data, ItemError, find, write

DAY_S = 86_400
# 2024-12-19.
TODAY_S = 9119 * DAY_S


def at(hour, minute=0, day=0):
    return TODAY_S + day * DAY_S + 3600 * hour + 60 * minute


def maxima(data):
    return list(zip(data.maximum_demand_w, data.maximum_demand_at_s, strict=True))


@pytest.mark.req("ESME-REC-08", "ESME-OPS-06")
def test_the_largest_half_hour_counts_in_watts():
    data = Data("E")
    demand = MaximumDemand(data)
    demand.note(at(10), 1250, 40)
    demand.note(at(10, 30), 1251, 0)
    demand.note(at(11), 300, 90)
    demand.note(at(11, 30), 0, 0)
    assert maxima(data) == [(2502, at(10, 30)), (2502, at(10, 30)), (180, at(11))]
    # A power cut loses nothing.
    MaximumDemand(data).note(at(12), 1251, 90)
    assert maxima(data) == [(2502, at(10, 30)), (2502, at(10, 30)), (180, at(11))]


@pytest.mark.req("ESME-REC-13")
def test_equal_values_keep_the_earlier_stamp():
    data = Data("E")
    demand = MaximumDemand(data)
    for hour in (3, 4, 5):
        demand.note(at(hour), 700, 700)
    assert maxima(data) == [(1400, at(3))] * 3


def counted(start_s, end_s):
    """The half-hours of a day, by their number, that count in a window."""
    data = Data("E")
    data.maximum_demand_start_s, data.maximum_demand_end_s = start_s, end_s
    demand = MaximumDemand(data)
    numbers = set()
    for number in range(48):
        end_of_it_s = TODAY_S + 1800 * (number + 1)
        demand.note(end_of_it_s, number + 1, 0)
        if data.maximum_demand_at_s[1] == end_of_it_s:
            numbers.add(number)
    return numbers


# (start, end, half-hours that lie wholly inside)
WINDOWS = [
    (8 * 3600, 10 * 3600, {16, 17, 18, 19}),
    (8 * 3600 + 1, 10 * 3600, {17, 18, 19}),
    (8 * 3600, 10 * 3600 - 1, {16, 17, 18}),
    (8 * 3600 + 900, 8 * 3600 + 2700, set()),
    (8 * 3600 + 900, 9 * 3600, {17}),
    (23 * 3600, 3600, {46, 47, 0, 1}),
    (23 * 3600 + 1800, 0, {47}),
    (0, 1800, {0}),
    (0, 0, set(range(48))),
    (7 * 3600, 7 * 3600, set(range(48))),
    # Begins and ends within one half-hour: all day but that one.
    (900, 899, set(range(1, 48))),
]


@pytest.mark.req("ESME-REC-13", "ESME-REC-08", "ESME-CFG-12")
@pytest.mark.parametrize(("start_s", "end_s", "numbers"), WINDOWS)
def test_half_hours_wholly_inside_the_window_count(start_s, end_s, numbers):
    assert counted(start_s, end_s) == numbers


@pytest.mark.req("ESME-REC-13", "ESME-CFG-12")
def test_another_window_does_not_reset_the_value():
    data = Data("E")
    demand = MaximumDemand(data)
    demand.note(at(10), 1000, 0)
    write(data, "Maximum Demand Configurable Time Start", 18 * 3600)
    write(data, "Maximum Demand Configurable Time End", 20 * 3600)
    demand.note(at(11), 2000, 0)
    assert maxima(data)[:2] == [(4000, at(11)), (2000, at(10))]
    demand.note(at(18, 30), 1001, 0)
    assert maxima(data)[1] == (2002, at(18, 30))


@pytest.mark.req("ESME-CFG-12")
@pytest.mark.parametrize("end", ["Start", "End"])
def test_the_window_is_configuration_of_the_network_operator(end):
    name = f"Maximum Demand Configurable Time {end}"
    assert "V" in find("E", name).marks
    for seconds in (-1, 86_400):
        with pytest.raises(ItemError):
            write(Data("E"), name, seconds)


# (method, which it resets)
RESETS = [("reset_import", 0), ("reset_configurable_time", 1), ("reset_export", 2)]


@pytest.mark.req("ESME-HIC-15", "ESME-OPS-06")
@pytest.mark.parametrize(("method", "which"), RESETS)
def test_a_reset_is_of_one_and_stamped(method, which):
    data = Data("E")
    demand = MaximumDemand(data)
    demand.note(at(10), 500, 600)
    before = maxima(data)
    getattr(demand, method)(at(10, 10))
    after = maxima(data)
    assert after[which] == (0, at(10, 10))
    assert after[:which] + after[which + 1 :] == before[:which] + before[which + 1 :]
    assert [reset_s == at(10, 10) for reset_s in data.maximum_demand_reset_s] == [
        index == which for index in range(3)
    ]
    demand.note(at(10, 30), 1, 1)
    assert maxima(data)[which] == (2, at(10, 30))

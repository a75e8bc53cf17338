"""Thresholds and periods of voltage quality (GBCS ECS29a-d)."""


def set_value(run, attribute, value):
    """Set one of them, of averages that of a phase: `average_over_voltage_v[1]`."""
    name, _, phase = attribute.partition("[")
    if phase:
        phases = 3 if "P" in run.data.role else 1
        values = list(getattr(run.data, name))[:phases]
        values[int(phase[:-1])] = value
        value = values
    return run.perform("Set Voltage Configurations", {"settings": {name: value}})

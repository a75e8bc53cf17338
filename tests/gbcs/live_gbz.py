"""Everything of GBZ that remote parties read: what of the model is behind it, and its value.

By attribute, and by command of a cluster; as in live_cosem each is a Read.
"""

from protometer.gbcs import gbz_template
from protometer.han import cluster_command
from protometer.model.table import rows, table_path
from tests.gbcs.live_gbz_answers import COMMANDS
from tests.gbcs.live_gbz_attributes import CALENDAR, attribute
from tests.gbcs.live_gbz_commands import NEVER_S
from tests.roles.gbz_stand import ask, publish, read

TABLE = list(rows(table_path(gbz_template.__file__, "gbz_use_cases.tbl"), 6))


def kinds(code):
    """Return the rows of a use case."""
    return [row for row in TABLE if int(row[0], 0) == code]


# Fields of commands that ask, beside those that the use case fixes.
_ASKED = {
    "latestEndTime": NEVER_S - 1,
    "endTime": NEVER_S - 2,
    "numberOfSamples": 50,
    "numberOfDebts": 10,
    "numberOfRecords": 5,
    "numberOfCommands": 1,
}


def asked(device, code, since_s):
    """Return (commands that read all of a use case, [(places in the message, attribute or None,
    Reads)] of what answers them): of several commands of a kind one Read each.
    """
    commands, reads = [], []
    for _, cluster, command, times, carries, answer in kinds(code):
        cluster = int(cluster, 0)
        if command == "read":
            identifiers = [int(one, 16) for one in carries.split()]
            for one in identifiers:
                reads.append(([len(commands)], one, [attribute(device, code, cluster, one)]))
            commands.append(read(cluster, *identifiers))
        elif answer != "-":
            fixed = dict(one.split("=") for one in carries.split() if "=" in one)
            fixed = {name: int(values.split(",")[0], 0) for name, values in fixed.items()}
            from_server, number = command[0] == "s", int(command[1:], 16)
            fields = cluster_command.find(cluster, from_server, number)
            known = {field.split(":")[0]: 0 for field in fields._fields.split()}
            known.update({name: value for name, value in _ASKED.items() if name in known})
            known.update(fixed)
            for name in ("earliestStartTime", "earliestSampleTime", "startTime"):
                if name in known and cluster != CALENDAR:
                    known[name] = since_s
            dated = since_s if "dated" in carries else None
            reads.append(([], None, []))
            for offset in range(int(times)):
                if "snapshotOffset" in known:
                    known["snapshotOffset"] = offset
                make = publish if from_server else ask
                one = make(cluster, fields.name, dict(known))
                commands.append(one[:3] + (dated,))
                reads[-1][0].append(len(commands) - 1)
                reads[-1][2].append(COMMANDS[cluster, command](dict(known)))
    return commands, reads


def value_of(answers, place, identifier):
    """Return what was answered: an attribute's value, or what a command came to."""
    told = answers[place]
    if identifier is not None:
        ((_, values),) = told
        return values[identifier]
    return told


def told_as(expected, answered):
    """Return what of an answer an expected value has: of its fields those that that knows."""
    if isinstance(expected, list):
        return [
            (name, {field: values.get(field) for field in fields})
            if isinstance(fields, dict) and isinstance(values, dict)
            else (name, values)
            for (_, fields), (name, values) in zip(expected, answered, strict=False)
        ] + answered[len(expected) :]
    return answered


def answers_of(device, code, since_s=0):
    """Return [(places, values)] of what a use case reads; each value is what the model holds."""
    commands, reads = asked(device, code, since_s)
    answers = device.ask_gbz(code, commands)
    assert not device.outcome.failed
    found = []
    for numbers, identifier, each in reads:
        values = [value_of(answers, number, identifier) for number in numbers]
        for one, value in zip(each, values, strict=True):
            expected = one.value(device, since_s)
            assert told_as(expected, value) == expected, (numbers, identifier)
        found.append((each[0].places, values))
    return found


def reads(code):
    """Tell whether a use case reads, and does nothing else."""
    of = [(int(row[1], 0), row[2]) for row in kinds(code)]
    return all(command == "read" or (cluster, command) in COMMANDS for cluster, command in of)

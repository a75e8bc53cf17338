"""Dictionaries that stay small whatever a radio brings."""


def keep(table, key, value, most):
    """Set table[key]; a new key beyond the most that there may be takes another's place."""
    if key not in table and len(table) >= most:
        table.pop(next(iter(table)))
    table[key] = value

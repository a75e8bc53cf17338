"""The model of a gas meter as remote parties are told it (GBCS GCS21e, GCS21m)."""

from micropython import const

_IDENTITY_WITH_EUI = const(0x009E)
_MODEL_OCTETS = const(8)


def has_identifier(use_case):
    """Tell whether a use case has the meter's identifier behind the model."""
    return use_case.code == _IDENTITY_WITH_EUI


def with_identifier(model, identifier):
    """Return a model, padded, with the identifier behind it."""
    return model + b" " * (_MODEL_OCTETS - len(model)) + identifier

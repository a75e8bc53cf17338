"""The gas meter's side of GBZ: its attributes out of the dictionary, its commands by cluster.

Attributes come from han/attributes.tbl, and beside those of the HAN the ones that are for remote
parties alone; a few have another form than on the HAN.
"""

from ..gbcs import payment_control
from ..han.attribute_search import attributes_of
from ..han.zcl_types import kind_of
from . import gbz_identity

# Letter of attributes that are for remote parties alone.
_REMOTE = "R"


class MeterSide:
    """What GbzServer asks a Gsme for; `device` is the meter."""

    def __init__(self, meter):
        self.device = meter
        self._data = meter.data

    def reader(self, use_case, cluster, identifiers, now_s):
        """Return, sliced, what gives (type, value) of each of some attributes, None where there is
        none.
        """
        table = yield from attributes_of(self._data.role + _REMOTE, cluster, identifiers)

        def read(identifier):
            special = _SPECIAL.get((cluster, identifier))
            found = special(self._data, use_case) if special else None
            attribute = table.get(identifier)
            if found or not attribute:
                return found
            return attribute.kind, attribute.value(self._value, now_s)

        return read

    def module(self, cluster):
        """Return the module of what remote parties may command of a cluster, or None."""
        # By name, for a bundle is made of what is imported.
        if cluster == 0x0700:
            from . import gbz_price as module
        elif cluster == 0x0702:
            from . import gbz_metering as module
        elif cluster == 0x0703:
            from . import gbz_messaging as module
        elif cluster == 0x0705:
            from . import gbz_prepayment as module
        elif cluster == 0x0707:
            from . import gbz_calendar as module
        elif cluster == 0x0708:
            from . import gbz_management as module
        elif cluster == 0x0709:
            from . import gbz_events as module
        else:
            return None
        return module

    def handler(self, module, cluster, command, from_server):
        """Return the function(meter, request) of a command, or None."""
        return module and module.HANDLERS.get((command, from_server))

    def _value(self, name, index):
        value = getattr(self._data, name)
        if hasattr(value, "wh"):
            return value.wh(max(index, 0))
        return value[index] if index >= 0 else value


def _payment_control(data, use_case):
    mode = payment_control.encode(
        data.payment_mode, data.suspend_debt_disabled, data.suspend_debt_emergency
    )
    return kind_of("b16"), mode


def _model(data, use_case):
    if not gbz_identity.has_identifier(use_case):
        return None
    model = gbz_identity.with_identifier(data.model_type.encode(), data.gsme_identifier)
    return kind_of("cstr"), model


_SPECIAL = {
    (0x0000, 0x0005): _model,
    (0x0705, 0x0000): _payment_control,
}

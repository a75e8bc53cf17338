"""What a prepayment interface can do about one fuel, and what has come of it (SMETS2 7.5.2)."""

from micropython import const

from ..model.command import CommandRefused
from ..model.enumerations import ARMED, PREPAYMENT_MODE
from .notices import emergency_can_be_activated

# Actions by their names in meter_actions.tbl, most pressing first: when one is possible.
_ACTIONS = (
    ("enable supply", lambda view: view.supply_state == ARMED),
    ("emergency credit", emergency_can_be_activated),
    ("top up", lambda view: view.payment_mode == PREPAYMENT_MODE),
)
# Commands, as the device is to send them.
_SEND = {
    "Enable Supply": lambda device, values, now_s: device.enable_supply(now_s),
    "Activate Emergency Credit": lambda device, values, now_s: device.activate_emergency_credit(
        now_s
    ),
    "Add Credit": lambda device, values, now_s: device.add_credit(values["utrn"], now_s),
}
# What came of a Command stands on the fuel's page for so long.
_SHOWN_S = const(120)


class PpmidFuel:
    """One fuel: `view` is its meter's, `name` a word of few letters for it.

    device(): what sends its Commands, by methods of roles.ppmid.Ppmid and with `outcome` as that
    has it; None where nothing does. ask_soon(): has the view renewed after a Command, None where
    the device sees to that. is_gas: Supply is enabled at the meter alone (PPMID-CMD-05).
    """

    def __init__(self, name, view, device, ask_soon=None, is_gas=False):
        self.name = name
        self.view = view
        self._device = device
        self._ask_soon = ask_soon
        self._actions = _ACTIONS[1:] if is_gas else _ACTIONS
        # The Command sent last, who is to say what came of it until that is known, and since when
        # it is. A gas meter that leaves takes its sender along, which has given up by then.
        self._sent = self._asked = None
        self._outcome = None
        self._known_s = 0

    def offers(self):
        """Return the names of the actions that are possible now."""
        view = self.view
        if not view.link_ok or self._asked or self._device() is None:
            return ()
        return [name for name, is_possible in self._actions if is_possible(view)]

    def send(self, command, values, now_s):
        """Have a Command sent; CommandRefused, with nothing sent, where it can't be."""
        device = self._device()
        if device is None:
            raise CommandRefused("nothing can be sent to this meter")
        _SEND[command](device, values, now_s)
        self._sent, self._asked, self._outcome = command, device, None

    def outcome(self, now_s):
        """Return what became of the Command, once, when that is known; else None."""
        if not self._asked or self._asked.outcome is None:
            return None
        self._outcome, self._asked, self._known_s = self._asked.outcome, None, now_s
        if self._ask_soon:
            self._ask_soon()
        return "%s: %s: %s" % (self.name, self._sent, self._outcome)

    def line(self, now_s):
        """Return a line on the last Command, None once that is no news."""
        if self._asked:
            return self._sent + ": waiting"
        if self._outcome is None or not 0 <= now_s - self._known_s < _SHOWN_S:
            return None
        # The reason was told at length.
        return "%s: %s" % (self._sent, self._outcome.split(":")[0])

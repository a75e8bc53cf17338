"""A prepayment interface's keys and pages, on the items of both fuels; runs on MicroPython too.

Tests import it; run as a script (on wasm, too) it prints the transcript that ppmid_stand.golden
holds: what the display says along the ways that a person takes.
"""

import framebuf

from protometer.model.command import CommandRefused
from protometer.model.dictionary import Data
from protometer.ui.ihd_screen import CREDIT, GAS_CREDIT, IhdScreen
from protometer.ui.keypad import HOLD_A, HOLD_B, KEY_A, KEY_B
from protometer.ui.links import Links
from protometer.ui.ppmid_fuel import PpmidFuel
from protometer.ui.ppmid_keypad import PpmidKeypad
from protometer.ui.ppmid_screen import PpmidScreen

# 2026-01-15T08:05:00Z.
START_S = 821_779_500
DISABLED, ENABLED, ARMED = 0, 1, 2
# Credit Status: low, Emergency Credit on offer; the same in use.
OFFERED, IN_USE = 0x0E, 0x36
CODE = "73943333457189043313"
# An ordinary evening on prepayment, by the roles of the dictionary.
ITEMS = {
    "U": (
        ("active_power_import_w", 642),
        ("active_tariff_price_mp", 24_860),
        ("power_threshold_status", 0),
        ("meter_balance_mp", 1_234_000),
        ("cost_today_mp", 134_000),
        ("cost_this_week_mp", 987_000),
        ("energy_today_wh", 4_820),
        ("energy_this_week_wh", 35_610),
    ),
    "M": (
        ("told_s", START_S - 2_700),
        ("meter_balance_mp", 876_000),
        ("cost_today_mp", 87_400),
        ("cost_this_week_mp", 612_300),
        ("cost_this_month_mp", 2_345_600),
        ("energy_today_wh", 11_874),
        ("energy_this_week_wh", 83_190),
        ("energy_this_month_wh", 318_770),
    ),
    "UM": (
        ("payment_mode", 1),
        ("credit_status", 0x05),
        ("supply_state", ENABLED),
        ("emergency_credit_balance_mp", 500_000),
        ("emergency_credit_limit_mp", 500_000),
        ("time_known", True),
    ),
}


def told(role):
    """Return the items of a role as its meter told them."""
    data = Data(role)
    for roles in (role, "UM"):
        for name, value in ITEMS[roles]:
            setattr(data, name, value)
    return data


class Sender:
    """What sends a fuel's Commands: keeps them, and refuses where it is told why."""

    def __init__(self):
        self.outcome = None
        self.given = []
        self.refuses = None

    def add_credit(self, digits, now_s):
        self._take("Add Credit " + digits)

    def activate_emergency_credit(self, now_s):
        self._take("Activate Emergency Credit")

    def enable_supply(self, now_s):
        self._take("Enable Supply")

    def _take(self, command):
        if self.refuses:
            raise CommandRefused(self.refuses)
        self.outcome = None
        self.given.append(command)


class _Words:
    """A Canvas that keeps texts beside drawing them."""

    def __init__(self, canvas):
        self._canvas = canvas
        self.framebuffer = canvas.framebuffer
        self.width, self.height = canvas.width, canvas.height
        self.small, self.medium = canvas.small, canvas.medium
        self.large, self.icons = canvas.large, canvas.icons
        self.texts = []
        self.budget_bar = canvas.budget_bar

    def text(self, font, text, x, y, colour=1):
        if text:
            self.texts.append((y, x, text))
        return self._canvas.text(font, text, x, y, colour)

    def text_right(self, font, text, right, y, colour=1):
        self.texts.append((y, right, text))
        return self._canvas.text_right(font, text, right, y, colour)

    def text_centred(self, font, text, left, right, y, colour=1):
        self.texts.append((y, left, text))
        self._canvas.text_centred(font, text, left, right, y, colour)

    def figure(self, text, x, y, right):
        self.texts.append((y, x, text))
        return self._canvas.figure(text, x, y, right)


class Stand:
    """Keypad and screen; `view` and `gas_view` are shown, `electricity` and `gas` send."""

    def __init__(self, has_gas=True, sends_gas=True):
        self.view, self.gas_view = told("U"), told("M")
        self.electricity = Sender()
        self.gas = Sender() if sends_gas else None
        self.now_s = START_S
        self.asked = 0
        gas_view = self.gas_view if has_gas else None
        links = Links(self.view, gas_view)
        self.links = links
        self.hear()
        fuels = {CREDIT: PpmidFuel("Elec", self.view, lambda: self.electricity)}
        if has_gas:
            fuels[GAS_CREDIT] = PpmidFuel("Gas", gas_view, lambda: self.gas, self._ask, True)
        self.pixels = bytearray(1024)
        framebuffer = framebuf.FrameBuffer(self.pixels, 128, 64, framebuf.MONO_VLSB)
        pages = IhdScreen(framebuffer, gas_view)
        self.canvas = pages.canvas = _Words(pages.canvas)
        self.keypad = PpmidKeypad(pages, self.view, fuels, self.now_s)
        self.screen = PpmidScreen(pages, self.view, links)

    def hear(self):
        """Have the electricity meter answer."""
        self.links.heard(self.now_s)
        self.links.age(self.now_s)

    def wait(self, seconds):
        """Let seconds pass; return whether any of them changed the picture."""
        changed = False
        for _ in range(seconds):
            self.now_s += 1
            self.hear()
            changed = self.keypad.tick(self.now_s) or changed
        return changed

    def press(self, *keys):
        """Press keys, a second apart."""
        for key in keys:
            self.wait(1)
            self.keypad.press(key, self.now_s)

    def type(self, digits):
        """Type digits with the two keys; the cursor stays on the last."""
        for place, digit in enumerate(digits):
            if place:
                self.press(KEY_B)
            self.press(*[KEY_A] * int(digit))

    def go_to(self, page):
        """Step to a page by its number."""
        while self.keypad.page != page:
            self.press(KEY_A)
        self.turn()

    def turn(self):
        """Wait until what the keys do is shown, and not what the meter says."""
        self.wait(-self.now_s % 10)

    def shown(self):
        """Return the texts of the display, a line each, from the top and the left."""
        self.canvas.texts = []
        self.screen.draw(self.keypad, self.now_s)
        lines = {}
        for y, _, text in sorted(self.canvas.texts):
            lines.setdefault(y, []).append(text)
        return [" ".join(lines[y]) for y in sorted(lines)]

    def _ask(self):
        self.asked += 1


def _tell(stand, what):
    print("-- " + what)
    for line in stand.shown():
        print("   " + line)
    for sender, name in ((stand.electricity, "electricity"), (stand.gas, "gas")):
        while sender and sender.given:
            print("   > " + name + ": " + sender.given.pop(0))


def ways():
    """Print what a person sees along the ways."""
    stand = Stand()
    for _ in range(5):
        _tell(stand, f"page {stand.keypad.page}")
        stand.press(KEY_A)
    stand.go_to(CREDIT)
    _tell(stand, "what key B begins")
    stand.wait(5)
    _tell(stand, "and, in turn, what the meter says")
    stand.press(KEY_B)
    stand.type(CODE)
    _tell(stand, "a code is typed")
    stand.press(HOLD_B)
    _tell(stand, "and sent")
    stand.press(KEY_A)
    stand.turn()
    _tell(stand, "it is waited for")
    stand.press(KEY_B)
    stand.turn()
    _tell(stand, "and nothing else is possible meanwhile")
    stand.electricity.outcome = "rejected: used before"
    stand.wait(1)
    _tell(stand, "the meter answers")
    stand.wait(20)
    stand.turn()
    _tell(stand, "which stays on the page")
    stand.wait(100)
    stand.go_to(CREDIT)
    _tell(stand, "for two minutes")
    stand.electricity.refuses = "Add Credit: a digit is mistyped"
    stand.press(KEY_B)
    stand.type(CODE)
    stand.press(HOLD_B)
    _tell(stand, "not sent at all")
    stand.press(KEY_A)
    stand.electricity.refuses = None

    stand.view.supply_state, stand.view.credit_status = ARMED, OFFERED
    _tell(stand, "armed, and Emergency Credit on offer")
    stand.press(KEY_B)
    _tell(stand, "three things to choose from")
    stand.press(KEY_A, KEY_A)
    _tell(stand, "the third")
    stand.press(KEY_A, KEY_B)
    _tell(stand, "the first again, and wanted")
    stand.press(KEY_A)
    _tell(stand, "A is no")
    stand.press(KEY_B, KEY_B, HOLD_B)
    _tell(stand, "a long B is")
    stand.electricity.outcome = "accepted"
    stand.view.supply_state = ENABLED
    stand.wait(1)
    _tell(stand, "restored")
    stand.press(KEY_B, KEY_B, HOLD_A)
    stand.turn()
    _tell(stand, "left before the choice")

    stand.gas_view.credit_status = OFFERED
    stand.press(KEY_A)
    stand.go_to(GAS_CREDIT)
    stand.press(KEY_B, KEY_B)
    _tell(stand, "gas: Emergency Credit is wanted")
    stand.press(HOLD_B)
    _tell(stand, "sent")
    stand.wait(1_700)
    stand.gas.outcome = "accepted"
    stand.gas_view.credit_status = IN_USE
    stand.wait(1)
    _tell(stand, "and answered in half an hour, whatever page is open")
    print(f"   mirror looked into: {stand.asked}")
    stand.press(KEY_A)
    stand.go_to(GAS_CREDIT)
    stand.press(KEY_B)
    stand.type(CODE)
    _tell(stand, "gas: a code")

    stand = Stand(has_gas=False)
    for _ in range(4):
        _tell(stand, f"no gas meter, page {stand.keypad.page}")
        stand.press(KEY_A)


if __name__ == "__main__":
    ways()

"""A meter for its own display: plain items and Commands; runs on MicroPython too.

Tests import it; run as a script (on wasm, too) it prints the transcript that
meter_stand.golden holds: what the display says along the ways that a person takes.
"""

from array import array

from protometer.model import events
from protometer.model.command import CommandRefused
from protometer.model.register import RegisterBank
from protometer.roles.privacy_pin import PrivacyPin
from protometer.ui.keypad import HOLD_A, HOLD_B, KEY_A, KEY_B, Keypad
from protometer.ui.meter_pages import MeterPages
from protometer.ui.meter_screen import MeterScreen
from protometer.ui.meter_view import MeterView

# 2026-01-15T08:05:00Z.
START_S = 821_779_500
PREPAYMENT, CREDIT = 1, 0
DISABLED, ENABLED, ARMED = 0, 1, 2
LOCK_INHIBIT, CREDIT_INHIBIT, COMMAND_INHIBIT, LOAD_INHIBIT = 4, 1, 2, 8
# Bits of Credit Status: credit OK, low, emergency enabled, available, selected, in use.
OK, LOW, ENABLED_EC, AVAILABLE, SELECTED, IN_USE = 1, 2, 4, 8, 16, 32


def bank(*whole_and_rest):
    """Return a bank of registers of these (whole units, millionths)."""
    registers = RegisterBank(len(whole_and_rest))
    for index, (whole, rest) in enumerate(whole_and_rest):
        registers.kwh[index] = whole
        registers.mwh[index] = rest
    return registers


class Items:
    """An ordinary evening on a prepayment meter."""

    def __init__(self):
        self.meter_balance_mp = 1_234_000
        self.credit_mode_balance_mp = 4_567_000
        self.payment_mode = PREPAYMENT
        self.credit_status = OK | ENABLED_EC
        self.currency_units = 826
        self.days_cost_mp = array("i", [134_000, 287_000])
        self.days_energy_wh = array("I", [12_345, 0])
        self.emergency_credit_balance_mp = 500_000
        self.emergency_credit_used_mp = 0
        self.accumulated_debt_mp = 320_000
        self.time_debt_1_mp = 5_000_000
        self.time_debt_2_mp = 0
        self.debt_recovery_rate_1 = 15
        self.debt_recovery_rate_1_scale = -2
        self.debt_recovery_rate_1_period_s = 86_400
        self.debt_recovery_rate_2 = 500
        self.debt_recovery_rate_2_scale = -5
        self.debt_recovery_rate_2_period_s = 3_600
        self.payment_debt_mp = 2_000_000
        self.debt_recovery_per_payment = 1_050
        self.supply_state = ENABLED
        self.supply_inhibits = 0
        self.non_disablement_active = 0
        self.active_power_import_w = 1_250
        self.primary_active_power_import_w = 900
        self.power_threshold_status = 1
        self.active_import_register = bank((12_345, 999_999))
        self.secondary_active_import_register = bank((321, 0))
        self.active_export_register = bank((77, 500_000))
        self.consumption_register = bank((4_321, 987_654))
        self.tariff_tou_registers = bank(*[(100 + rate, 0) for rate in range(48)])
        self.secondary_tou_registers = bank(*[(rate, 0) for rate in range(4)])
        self.tariff_block_registers = bank(*[(rate, 0) for rate in range(32)])
        self.tariff_block_counters = bank(*[(rate, 0) for rate in range(32)])
        self.active_tariff_price_mp = 24_860
        self.secondary_active_tariff_price_mp = 12_000
        self.active_tariff_rate = 0
        self.standing_charge = 4_210
        self.standing_charge_scale = -4
        self.standing_charge_mp = 27_350
        self.tariff_tou_prices = array("h", [2_486] + [915] * 47)
        self.tariff_tou_price_scale = -4
        self.tariff_tou_prices_mp = array("I", [7_410] * 4)
        self.secondary_tou_prices = array("h", [120, 110, 100, 90])
        self.secondary_tou_price_scale = -3
        self.tariff_block_prices = array("h", [1_000] * 32)
        self.tariff_block_prices_mp = array("I", [7_000, 6_000, 5_000, 4_000])
        self.tariff_block_thresholds_wh = array("I", [100_000] + [0xFFFFFFFF] * 23)
        self.block_thresholds_in_use = 0
        self.load_limit_power_threshold_w = 8_000
        self.load_limit_exceeded = 0
        self.load_limit_counter = 3
        self.alcs_state = bytearray([1, 0, 0, 1, 0])
        self.boost_ends_s = 0
        self.supplier_message = ""
        self.esme_identifier = b"\x00\xdb\x12\x34\x56\x78\x90\xa0"
        self.gsme_identifier = b"\x00\xdb\x12\x34\x56\x78\x90\xa1"
        self.mpan_import_primary = "1200012345678"
        self.mpan_import_secondary = ""
        self.mpan_export = "1200087654321"
        self.meter_point_reference_number = "7654321098"
        self.customer_identification_number = "4711"
        self.model_type = "METER001"
        self.firmware_version = "0.3.0"
        self.meter_variant = "A"
        self.supplier_name = "Fair Energy"
        self.supplier_telephone_number = "0800 123 4567"
        self.calorific_value = 395
        self.conversion_factor = 102_264
        self.clock_status = 2
        self.remaining_battery_capacity_d = 3_650
        self.privacy_pin = ""


class Refusal(CommandRefused):
    """What a Command of the stand is answered, with the reason that a UTRN has."""

    def __init__(self, reason):
        super().__init__("refused")
        self.reason = reason


class Recorder:
    """A Canvas that remembers texts instead of drawing them, each font as its own name."""

    class _Frame:
        def fill(self, colour):
            pass

        def hline(self, *where):
            pass

        def fill_rect(self, *where):
            pass

    def __init__(self):
        self.framebuffer = self._Frame()
        self.width, self.height = 128, 64
        self.small, self.medium, self.large, self.icons = self, self, self, self
        self.texts = []

    def width_of(self, text):
        return 6 * len(text)

    def text(self, font, text, x, y, colour=1):
        if text:
            self.texts.append((y, x, text))
        return x + self.width_of(text)

    def text_right(self, font, text, right, y, colour=1):
        x = right - self.width_of(text)
        self.text(font, text, x, y, colour)
        return x

    def text_centred(self, font, text, left, right, y, colour=1):
        self.text(font, text, (left + right - self.width_of(text)) // 2, y, colour)


class Stand:
    """A keypad with its view, its PIN, and a meter that answers as `answers` says."""

    def __init__(self, letters="E", sleeps=False):
        self.data = Items()
        self.now_s = START_S
        self.answers = {}
        self.given = []
        self.worked_out = {
            "debt_to_clear_mp": lambda now_s: 820_000,
            "last_credits": lambda now_s: [(START_S - 90_000, 1_000_000)],
            "han_linked": lambda now_s: 1,
            "alarm_event": lambda now_s: 0,
        }
        self.view = MeterView(self.data, letters, self.worked_out)
        self.pin = PrivacyPin(self.data)
        self.pages = MeterPages(letters)
        self.keypad = Keypad(self.pages, self.view, self.pin, self.execute, self.now_s, sleeps)
        self.canvas = Recorder()
        self.screen = MeterScreen(self.canvas, self.view)

    def execute(self, name, arguments, now_s):
        """Carry out or refuse a Command, as `answers` says; PIN Commands go to the PIN."""
        self.given.append((name, dict(arguments)))
        if name == "Allow Access to User Interface":
            self.pin.allow_access(now_s, arguments["pin"])
        elif name == "Set Privacy PIN":
            self.pin.set_pin(now_s, arguments["pin"])
        elif name == "Disable Privacy PIN Protection":
            self.pin.disable(now_s, 2)
        answer = self.answers.get(name)
        if answer is not None:
            raise answer

    def wait(self, seconds):
        """Let seconds pass; return whether any of them changed the picture."""
        changed = False
        for _ in range(seconds):
            self.now_s += 1
            changed = self.keypad.tick(self.now_s) or changed
        return changed

    def press(self, *keys):
        """Press keys, a second apart."""
        for key in keys:
            self.now_s += 1
            self.keypad.press(key, self.now_s)

    def type(self, digits):
        """Type digits with the two keys; the cursor stays on the last."""
        for place, digit in enumerate(digits):
            if place:
                self.press(KEY_B)
            self.press(*[KEY_A] * int(digit))

    def shown(self):
        """Return the texts of the display, a line each, from the top and the left."""
        self.canvas.texts = []
        self.screen.draw(self.keypad, self.now_s)
        lines = {}
        for y, _, text in sorted(self.canvas.texts):
            lines.setdefault(y, []).append(text)
        return [" ".join(lines[y]) for y in sorted(lines)]

    def go_to(self, title):
        """Step to the page of that title; AssertionError if there is none."""
        for _ in range(len(self.pages)):
            lines = self.keypad.lines()
            if lines and lines[0].page == title:
                return self.shown()
            self.press(KEY_A)
        raise AssertionError("no page " + title)


class _Teller:
    """Prints what a Stand shows after each way taken."""

    def __init__(self, stand):
        self._stand = stand

    def __call__(self, what):
        print("-- " + what)
        for line in self._stand.shown():
            print("   " + line)
        while self._stand.given:
            name, arguments = self._stand.given.pop(0)
            texts = [f"{key}={arguments[key]}" for key in sorted(arguments)]
            print("   > " + " ".join([name] + texts))


def all_pages(letters):
    """Print every page of a kind of meter."""
    stand = Stand(letters)
    tell = _Teller(stand)
    tell("a meter " + letters)
    stand.press(KEY_A)
    while stand.keypad.page:
        tell("A")
        stand.press(KEY_A)


def hidden(letters):
    """Print what the PIN hides on a kind of meter, credit and prepayment pages alike."""
    stand = Stand(letters)
    names = []
    for mode in (CREDIT, PREPAYMENT):
        stand.data.payment_mode = mode
        for page in range(len(stand.pages)):
            for line in stand.pages.lines(page, stand.view):
                if line.is_private and line.name not in names:
                    names.append(line.name)
    print("-- hidden on a meter " + letters)
    for name in sorted(names):
        print("   " + name)


def ways():
    """Print what a person sees along the ways."""
    stand = Stand("ELB")
    data = stand.data
    tell = _Teller(stand)
    stand.go_to("TOU registers")
    stand.press(KEY_B)
    tell("the second four registers")
    stand.go_to("Top up")
    stand.press(KEY_B)
    tell("a code is wanted")
    stand.type("73943333457189043313")
    tell("typed")
    stand.press(HOLD_B)
    tell("accepted")
    for reason in (events.UTRN_DUPLICATE, events.UTRN_LOCKED_OUT, 0, None):
        stand.answers["Add Credit"] = Refusal(reason) if reason is not None else CommandRefused("")
        stand.press(KEY_A, KEY_B)
        stand.type("0" * 20)
        stand.press(HOLD_B)
        tell("refused for reason " + (f"{reason:#06x}" if reason else str(reason)))
    stand.press(KEY_A, KEY_B, KEY_A, HOLD_B, KEY_B, HOLD_A)
    tell("not accepted before it is whole; back a place")
    stand.press(HOLD_A)
    tell("and back to the page")

    data.supply_state, data.supply_inhibits = ARMED, 0
    stand.wait(30)
    tell("the supply is armed, home after 30 s")
    stand.press(KEY_B)
    tell("B")
    stand.press(KEY_B)
    tell("a short press is no answer")
    stand.press(HOLD_B)
    data.supply_state = ENABLED
    tell("a long one is")
    stand.wait(5)
    data.credit_status = LOW | ENABLED_EC | AVAILABLE
    tell("emergency credit is offered")
    stand.press(KEY_B, KEY_A)
    tell("and declined")
    stand.press(KEY_B, HOLD_B)
    data.credit_status = LOW | ENABLED_EC | SELECTED | IN_USE
    data.meter_balance_mp, data.emergency_credit_balance_mp = -120_000, 380_000
    data.emergency_credit_used_mp = 120_000
    tell("and taken")
    stand.wait(30)
    tell("left")
    stand.wait(4)
    tell("owed, in turn")

    stand.go_to("PIN")
    stand.press(KEY_B)
    stand.type("4711")
    tell("a PIN is set")
    stand.press(HOLD_B)
    tell("accepted")
    stand.wait(30)
    tell("30 s later")
    stand.go_to("Debt")
    tell("hidden")
    for pin in ("0000", "1111", "2222"):
        stand.press(KEY_B)
        stand.type(pin)
        stand.press(HOLD_B)
        tell("a wrong PIN")
        stand.press(KEY_A)
    stand.press(KEY_B)
    tell("too soon")
    stand.wait(5)
    stand.press(KEY_B)
    stand.type("4711")
    stand.press(HOLD_B)
    tell("the right PIN")
    stand.wait(29)
    tell("29 s later")
    stand.wait(1)
    tell("30 s later")
    data.supply_state = ARMED
    stand.press(KEY_B)
    tell("restoring the supply wants the PIN")
    stand.type("4711")
    stand.press(HOLD_B)
    tell("and then the answer")
    stand.press(HOLD_B)
    data.supply_state = ENABLED
    tell("given")
    stand.press(KEY_A)
    stand.go_to("PIN off")
    stand.press(KEY_B, HOLD_B)
    tell("the PIN is taken off")

    stand.press(KEY_A)
    stand.go_to("Boost")
    stand.press(KEY_B, KEY_A)
    tell("half an hour of boost?")
    stand.press(HOLD_B)
    data.boost_ends_s = stand.now_s + 1800
    tell("yes")
    stand.press(KEY_A)
    tell("boost is on")
    stand.press(KEY_B, HOLD_B)
    tell("longer")
    stand.press(KEY_A, KEY_A, KEY_B, HOLD_B)
    tell("off")
    data.boost_ends_s = 0
    data.supplier_message = "Engineers will work in your street on Monday. The supply will be off"
    stand.wait(30)
    tell("a message has come")
    stand.go_to("Message")
    tell("its page")
    stand.press(KEY_B)
    data.supplier_message = ""
    tell("seen")


def gas():
    """Print what a person sees at a gas meter, whose display sleeps."""
    stand = Stand("G", True)
    data = stand.data
    tell = _Teller(stand)
    data.payment_mode = CREDIT
    stand.press(KEY_A)
    tell("credit mode has no top-up")
    stand.wait(30)
    tell("asleep")
    stand.press(KEY_A)
    tell("woken")
    stand.answers["Test Valve"] = CommandRefused("")
    for title in ("Messages", "Valve", "Battery", "Network"):
        stand.go_to(title)
        stand.press(KEY_B, HOLD_B)
        tell("B on " + title)
        stand.press(KEY_A)
    stand.worked_out["battery_low"] = lambda now_s: 1
    stand.wait(30)
    stand.press(KEY_B)
    tell("the battery is low")
    data.block_thresholds_in_use = 2
    stand.go_to("Block prices")
    tell("blocks are in use")


if __name__ == "__main__":
    all_pages("EL")
    all_pages("ET")
    all_pages("G")
    for kind in ("E", "ETLB", "G"):
        hidden(kind)
    ways()
    gas()

"""What a person sees of devices in a scenario, and does: keys, displays, switches."""

from host_tools.node.scenario_text import count_of, exactly
from host_tools.node.text_canvas import TextCanvas
from protometer.ui.keypad import HOLD_A, HOLD_B, KEY_A, KEY_B
from protometer.ui.meter_screen import MeterScreen

_WIDTH = 128
_POSITIONS = {"open": 0, "closed": 1, "free": None}
# Methods of a role that keys without a display of its own call.
_BARE_KEYS = {
    ("ESME", "confirm"): "confirm",
    ("GSME", "confirm"): "confirm",
    ("IHD", "next"): "press",
}
_FACE_KEYS = {
    ("key", "A"): KEY_A,
    ("key", "B"): KEY_B,
    ("hold", "A"): HOLD_A,
    ("hold", "B"): HOLD_B,
}


class ControlWords:
    """The words; desk: the Scenario that they are part of."""

    def __init__(self, desk):
        self._desk = desk
        self.verbs = {
            "key": self._key,
            "hold": self._hold,
            "type": self._type,
            "page": self._page,
            "panel": self._panel,
            "screen": self._screen,
            "switch": self._switch,
            "stick": self._stick,
        }

    def _key(self, words):
        role, key = exactly(words, 2, "key ROLE NAME")
        method = _BARE_KEYS.get((role, key))
        if method:
            getattr(self._desk.role(role), method)(self._desk.device(role).clock.utc_s())
        else:
            self._press("key", role, key)

    def _hold(self, words):
        role, key = exactly(words, 2, "hold ROLE NAME")
        self._press("hold", role, key)

    def _press(self, verb, role, key):
        face = getattr(self._desk.role(role), "face", None)
        code = _FACE_KEYS.get((verb, key))
        if face is None or code is None:
            raise ValueError("%s: %s has no key %s" % (verb, role, key))
        face.press(code, self._desk.device(role).clock.utc_s())

    def _type(self, words):
        """Type digits with a meter's two keys, and accept them."""
        role, digits = exactly(words, 2, "type ROLE DIGITS")
        for place, digit in enumerate(digits):
            if place:
                self._press("key", role, "B")
            for _ in range(count_of(digit)):
                self._press("key", role, "A")
        self._press("hold", role, "B")

    def _page(self, words):
        """Print what a meter's own display says."""
        exactly(words, 0, "page")
        face = getattr(self._desk.role(), "face", None)
        if face is None:
            raise ValueError("page: this meter has no display; name it with display")
        canvas = TextCanvas()
        MeterScreen(canvas, face.view).draw(face.keypad, self._desk.now_s())
        for line in canvas.lines():
            self._desk.say("| " + line)

    def _panel(self, words):
        (state,) = exactly(words, 1, "panel unplug|plug")
        panel = self._desk.device("IHD").panel
        if state not in ("unplug", "plug"):
            raise ValueError("panel: unplug or plug, not %s" % state)
        getattr(panel, state)()

    def _screen(self, words):
        """Print a panel as an eye sees it; that of the display, if no role is said."""
        panel = self._desk.device(exactly(words or ["IHD"], 1, "screen [ROLE]")[0]).panel
        if panel is None:
            raise ValueError("screen: it has no panel")
        pixels = panel.visible_pixels()
        for row in range(64):
            line = ""
            for column in range(_WIDTH):
                lit = pixels[row // 8 * _WIDTH + column] >> row % 8 & 1
                line += "#" if lit else "."
            self._desk.write_line(line)

    def _switch(self, words):
        """Print the position of the load switch, or of an auxiliary one."""
        if words:
            number, contact = self._auxiliary(exactly(words, 1, "switch [NUMBER]")[0])
            name = "switch %d" % number
        else:
            contact = self._desk.device().contact
            name = "load switch"
        self._desk.say("%s %s" % (name, "closed" if contact.value() else "open"))

    def _stick(self, words):
        """Hold a switch's contact where it is not told to be, or let it go."""
        if len(words) == 2:
            _, contact = self._auxiliary(words[1])
        else:
            exactly(words, 1, "stick open|closed|free [NUMBER]")
            contact = self._desk.device().contact
        if words[0] not in _POSITIONS:
            raise ValueError("stick: open, closed or free, not %s" % words[0])
        self._desk.device().settle()
        contact.stuck = _POSITIONS[words[0]]

    def _auxiliary(self, word):
        number = count_of(word)
        contacts = self._desk.device().auxiliary_contacts
        if not 1 <= number <= len(contacts):
            raise ValueError("there is no switch %s" % word)
        return number, contacts[number - 1]

"""A canvas that keeps the words of a picture instead of its pixels."""


class _Nothing:
    """What shapes are drawn on."""

    def fill(self, colour):
        pass

    def hline(self, *where):
        pass

    def fill_rect(self, *where):
        pass


class TextCanvas:
    """Has the part of ui.canvas.Canvas that a meter's screens use."""

    def __init__(self):
        self.framebuffer = _Nothing()
        self.width, self.height = 128, 64
        self.small = self.medium = self.large = self.icons = None
        self._texts = []

    def text(self, font, text, x, y, colour=1):
        """Keep a text."""
        if text:
            self._texts.append((y, x, text))

    def text_right(self, font, text, right, y, colour=1):
        """Keep a text that ends in the column before right."""
        self.text(font, text, right - len(text), y)

    def text_centred(self, font, text, left, right, y, colour=1):
        """Keep a text in the middle of the columns from left up to right."""
        self.text(font, text, left, y)

    def lines(self):
        """Return the lines from the top, the texts of each from the left."""
        lines = []
        at_y = None
        for y, _, text in sorted(self._texts):
            if y == at_y:
                lines[-1] += " " + text
            else:
                lines.append(text)
                at_y = y
        return lines

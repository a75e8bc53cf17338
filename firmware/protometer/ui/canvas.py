"""The drawing surface of a page: a framebuffer, its fonts, and the few shapes pages share."""

from .fonts import icon_font, large_font, medium_font, small_font

# A small letter this far below the top of a medium figure stands on the same line.
SMALL_ON_MEDIUM = 5
MEDIUM_ON_LARGE = 8


class Canvas:
    """A MONO_VLSB framebuffer of width x height pixels and the fonts to write on it with."""

    def __init__(self, framebuffer, width, height):
        self.framebuffer = framebuffer
        self.width = width
        self.height = height
        self.small = small_font()
        self.medium = medium_font()
        self.large = large_font()
        self.icons = icon_font()

    def text(self, font, text, x, y, colour=1):
        """Draw text with its top left at (x, y); return the x after it."""
        return font.draw(self.framebuffer, text, x, y, colour)

    def text_right(self, font, text, right, y, colour=1):
        """Draw text that ends in the column before right; return its first column."""
        x = right - font.width(text)
        font.draw(self.framebuffer, text, x, y, colour)
        return x

    def figure(self, text, x, y, right):
        """Draw text in the medium font, or the small one if it would not end before right.

        Both stand on one line. Return the x after it.
        """
        if x + self.medium.width(text) < right:
            return self.medium.draw(self.framebuffer, text, x, y)
        return self.small.draw(self.framebuffer, text, x, y + SMALL_ON_MEDIUM)

    def text_centred(self, font, text, left, right, y, colour=1):
        """Draw text in the middle of the columns from left up to right."""
        x = left + (right - left - font.width(text)) // 2
        font.draw(self.framebuffer, text, x, y, colour)

    def budget_bar(self, y, value, budget):
        """Draw value as a bar across the width, with a mark where the budget is reached.

        Both in one unit, budget above zero. A fifth of the width lies beyond the budget, more
        if value is further beyond; what is overspent is striped.
        """
        target, width = self.framebuffer, self.width
        scale = max(budget + budget // 4, value, 1)
        filled = max(value, 0) * width // scale
        mark = min(budget * width // scale, width - 2)
        target.fill_rect(0, y + 1, filled, 4, 1)
        for x in range(mark + 4, filled, 3):
            target.vline(x, y + 1, 4, 0)
        target.fill_rect(mark - 1, y, 4, 5, 0)
        target.fill_rect(mark, y, 2, 5, 1)
        target.hline(0, y + 5, width, 1)

"""Draws text on a `framebuf.FrameBuffer` from the bytes of `glyphs` and `figures`."""

import framebuf

from . import figures, glyphs


class Font:
    """One font, with the scratch glyph from which it is blitted: no allocation per letter.

    gap: blank columns between two glyphs. A character the font lacks is drawn as a space, or
    not at all if it lacks that too.
    """

    def __init__(self, chars, data, widest, bands, gap):
        self._chars = chars
        self._data = data
        self._size = widest * bands
        self._gap = gap
        self._scratch = bytearray(self._size)
        self._glyph = framebuf.FrameBuffer(self._scratch, widest, 8 * bands, framebuf.MONO_VLSB)

    def width(self, text):
        """Return the pixels from the first column of text to its last."""
        width = 0
        for char in text:
            start = self._start(char)
            if start >= 0:
                width += self._data[start] + self._gap
        return width - self._gap if width else 0

    def draw(self, target, text, x, y, colour=1):
        """Draw text with its top left at (x, y); return the x where a next glyph would go.

        colour 0 draws dark letters, which show on a filled ground.
        """
        data, scratch = self._data, self._scratch
        flip = 0 if colour else 0xFF
        for char in text:
            start = self._start(char)
            if start < 0:
                continue
            for i in range(self._size):
                scratch[i] = data[start + 1 + i] ^ flip
            target.blit(self._glyph, x, y, 1 - colour)
            x += data[start] + self._gap
        return x

    def _start(self, char):
        index = self._chars.find(char)
        if index < 0:
            index = self._chars.find(" ")
        return index * (self._size + 1) if index >= 0 else -1


def small_font():
    """Return the 7-row text font: printable ASCII, pound and euro; descenders reach row 7."""
    return Font(
        glyphs.SMALL_CHARS, glyphs.SMALL_DATA, glyphs.SMALL_WIDEST, glyphs.SMALL_BANDS, gap=1
    )


def icon_font():
    """Return the header's and banner's signs: + linked, x link lost, ! warning."""
    return Font(glyphs.ICON_CHARS, glyphs.ICON_DATA, glyphs.ICON_WIDEST, glyphs.ICON_BANDS, gap=1)


def medium_font():
    """Return the 12-row numerals, with currency signs and the units p, c, k and W."""
    return Font(
        figures.MEDIUM_CHARS,
        figures.MEDIUM_DATA,
        figures.MEDIUM_WIDEST,
        figures.MEDIUM_BANDS,
        gap=1,
    )


def large_font():
    """Return the 20-row numerals, with currency signs."""
    return Font(
        figures.LARGE_CHARS, figures.LARGE_DATA, figures.LARGE_WIDEST, figures.LARGE_BANDS, gap=2
    )

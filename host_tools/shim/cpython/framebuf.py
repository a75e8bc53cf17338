"""Stands in for MicroPython's built-in `framebuf` on CPython: MONO_VLSB only, pixel for pixel.

A byte holds eight rows of a column, the uppermost in its least significant bit. Everything
outside the picture is clipped.
"""

MONO_VLSB = 0
MVLSB = MONO_VLSB


class FrameBuffer:
    """A picture over the caller's buffer. ValueError for another format or too small a buffer."""

    def __init__(self, buffer, width, height, format, stride=None):
        stride = width if stride is None else stride
        if format != MONO_VLSB or width < 1 or height < 1 or stride < width:
            raise ValueError
        if (height + 7) // 8 * stride > len(buffer):
            raise ValueError
        self._bytes = memoryview(buffer).cast("B")
        if self._bytes.readonly:
            raise TypeError("object with buffer protocol required")
        self._width = width
        self._height = height
        self._stride = stride

    def fill(self, colour):
        self.fill_rect(0, 0, self._width, self._height, colour)

    def pixel(self, x, y, *colour):
        if not (0 <= x < self._width and 0 <= y < self._height):
            return None
        if colour:
            return self._set(x, y, colour[0])
        return self._get(x, y)

    def hline(self, x, y, width, colour):
        self.fill_rect(x, y, width, 1, colour)

    def vline(self, x, y, height, colour):
        self.fill_rect(x, y, 1, height, colour)

    def rect(self, x, y, width, height, colour, filled=False):
        if filled:
            self.fill_rect(x, y, width, height, colour)
            return
        self.hline(x, y, width, colour)
        self.hline(x, y + height - 1, width, colour)
        self.vline(x, y, height, colour)
        self.vline(x + width - 1, y, height, colour)

    def fill_rect(self, x, y, width, height, colour):
        if width < 1 or height < 1:
            return
        left, right = max(x, 0), min(x + width, self._width)
        top, bottom = max(y, 0), min(y + height, self._height)
        if left >= right or top >= bottom:
            return
        for band in range(top >> 3, (bottom + 7) >> 3):
            first, end = max(top - 8 * band, 0), min(bottom - 8 * band, 8)
            mask = (0xFF << first) & (0xFF >> (8 - end))
            for i in range(band * self._stride + left, band * self._stride + right):
                self._bytes[i] = self._bytes[i] | mask if colour else self._bytes[i] & ~mask

    def line(self, x1, y1, x2, y2, colour):
        across, down = abs(x2 - x1), abs(y2 - y1)
        step_x, step_y = (1 if x2 > x1 else -1), (1 if y2 > y1 else -1)
        steep = down > across
        longer, shorter = (down, across) if steep else (across, down)
        error = 2 * shorter - longer
        x, y = x1, y1
        for _ in range(longer):
            self.pixel(x, y, colour)
            if error >= 0:
                error -= 2 * longer
                x, y = (x + step_x, y) if steep else (x, y + step_y)
            x, y = (x, y + step_y) if steep else (x + step_x, y)
            error += 2 * shorter
        self.pixel(x2, y2, colour)

    def blit(self, source, x, y, key=-1):
        for source_y in range(max(0, -y), min(source._height, self._height - y)):
            for source_x in range(max(0, -x), min(source._width, self._width - x)):
                colour = source._get(source_x, source_y)
                if colour != key:
                    self._set(x + source_x, y + source_y, colour)

    def text(self, string, x, y, colour=1):
        raise NotImplementedError("write with protometer.ui.fonts")

    def _get(self, x, y):
        return self._bytes[(y >> 3) * self._stride + x] >> (y & 7) & 1

    def _set(self, x, y, colour):
        index, bit = (y >> 3) * self._stride + x, 1 << (y & 7)
        self._bytes[index] = self._bytes[index] | bit if colour else self._bytes[index] & ~bit

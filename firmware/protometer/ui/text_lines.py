"""Breaks a text into the lines of a display."""

from micropython import const

# Letters of the small font that fit on a line of 128 pixels, be they as wide as they come.
_LINE = const(21)


def line_count(text):
    """Return in how many lines a text is shown."""
    count = 0
    for _ in _broken(text):
        count += 1
    return count


def text_line(text, index):
    """Return one of the lines of a text, "" beyond the last."""
    for line in _broken(text):
        if not index:
            return line
        index -= 1
    return ""


def _broken(text):
    """Yield the lines, broken between words where that can be."""
    line = ""
    for word in text.split():
        while len(word) > _LINE:
            if line:
                yield line
                line = ""
            yield word[:_LINE]
            word = word[_LINE:]
        if line and len(line) + 1 + len(word) > _LINE:
            yield line
            line = ""
        line = line + " " + word if line else word
    if line:
        yield line

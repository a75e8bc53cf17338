"""How scenario files are written and transcripts are printed: words, numbers, values."""

from binascii import a2b_base64, hexlify

from host_tools.node.utc_text import format_utc
from protometer.records.registers import readings_wh

_UNITS_S = {"s": 1, "min": 60, "h": 3600, "d": 86400}
_CONSTANTS = {"true": True, "false": False}
_MARKS = (
    ("N", "kept without power"),
    ("P", "[PIN]"),
    ("F", "[INFO]"),
    ("S", "secret"),
    ("W", "the Supplier writes it"),
    ("V", "the Network Operator writes it"),
    ("A", "the Access Control Broker writes it"),
    ("C", "may be cleared"),
)


def time_text(at_s):
    """Return a time as the transcript has it; 0 is none."""
    return format_utc(at_s) if at_s else "-"


def _digits(octets):
    return hexlify(octets).decode()


# How the fields of some logs are printed, behind the stamp.
_ENTRIES = {
    "Event Log": (hex, hex),
    "Security Log": (hex,),
    "Power Event Log": (hex, time_text),
    "Auxiliary Load Control Switch Event Log": (str, hex),
    "Boost Function Event Log": (time_text,),
    # A gas meter's have the UTRN too, its digits two to an octet.
    "Billing Data Log Prepayment Credits": (str, _digits),
}


def words_of(line):
    """Return the words of a line; double quotes hold spaces, `#` begins a comment."""
    words = []
    word = ""
    quoted = False
    begun = False
    for mark in line.strip() + " ":
        if mark == '"':
            quoted = not quoted
            begun = True
        elif mark == "#" and not quoted and not begun:
            break
        elif mark in " \t" and not quoted:
            if begun:
                words.append(word)
            word = ""
            begun = False
        else:
            word += mark
            begun = True
    if quoted:
        raise ValueError("a double quote is not closed")
    return words


def exactly(words, count, usage):
    """Return words if there are so many, else raise ValueError with the usage."""
    if len(words) != count:
        raise ValueError("expected: %s" % usage)
    return words


def count_of(word):
    """Return a number of 0 or more, decimal or 0x...."""
    try:
        value = int(word, 16) if word[:2] == "0x" else int(word)
    except ValueError:
        raise ValueError("%s is not a number" % word)
    if value < 0:
        raise ValueError("%s is below zero" % word)
    return value


def duration_s(words):
    """Return the seconds of a number and a unit."""
    if len(words) != 2 or words[1] not in _UNITS_S:
        raise ValueError("a duration is a number and s, min, h or d")
    return count_of(words[0]) * _UNITS_S[words[1]]


def value_of(word):
    """Return true, false, an integer or else the text itself."""
    if word in _CONSTANTS:
        return _CONSTANTS[word]
    try:
        return int(word)
    except ValueError:
        return word


def images(text):
    """Return the files of a memory from lines of name and octets in base 64."""
    files = {}
    for line in text.split("\n"):
        if line:
            name, octets = exactly(line.split(), 2, "NAME BASE64")
            try:
                files[name] = a2b_base64(octets.encode())
            except ValueError:
                raise ValueError("%s is not base 64" % name)
    return files


def hash_of(octets):
    """Return 32 bits that change with the octets."""
    # Not a CRC: that of whatever ends with its own CRC is always the same.
    value = 0
    for octet in octets:
        value = (value * 31 + octet) & 0xFFFF_FFFF
    return value


def entry_text(entry, data, name):
    """Return an entry of the log of that name as the transcript has it."""
    if entry is None:
        return "damaged"
    words = [format_utc(entry[0])]
    forms = _ENTRIES.get(name, ())
    for index in range(1, len(entry)):
        value = entry[index]
        form = forms[index - 1] if index <= len(forms) else None
        if isinstance(value, bytes) and form is None:
            words.append(shown(readings_wh(data, value)))
        else:
            words.append((form or str)(value))
    return " ".join(words)


def shown(value):
    """Return an item's value as the transcript has it."""
    if isinstance(value, bytes):
        return hexlify(value).decode()
    if isinstance(value, list):
        return " ".join(str(entry) for entry in value)
    return str(value)


def item_text(item):
    """Return what the dictionary says of an item: type, bounds, marks."""
    text = item.base + ("[%d]" % item.size if item.is_array else "")
    if item.code:
        text += ", %d to %d" % (item.least, item.greatest)
    return text + marks_text(item.marks)


def marks_text(marks):
    """Return what the marks of an item or a log mean, to stand behind it."""
    return "".join([", " + text for mark, text in _MARKS if mark in marks])

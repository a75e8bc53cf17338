"""Page "now": power, what it costs an hour, and a gauge to be read from across the room."""

from . import formats
from .canvas import MEDIUM_ON_LARGE, SMALL_ON_MEDIUM

_POWER_Y = 12
_COST_Y = 37
_BAR_WIDTH = 9
_BAR_GAP = 2
_BAR_HEIGHTS = (9, 17, 25)
_GAUGE_WIDTH = 3 * _BAR_WIDTH + 2 * _BAR_GAP
_PER_HOUR = "an hour"
_PER_HOUR_GAP = 3
_GAUGE_FOOT_Y = 39
_WORD_Y = 42
# By ZCL power threshold status: low, medium, high, not set.
_LEVELS = ((1, "LOW"), (2, "MEDIUM"), (3, "HIGH"), (0, "not set"))
_UNKNOWN = (0, "--")


def power_now(canvas, view):
    """Draw the Active Power Import in large figures."""
    figure, unit = formats.power(view.active_power_import_w)
    x = canvas.text(canvas.large, figure, 0, _POWER_Y)
    canvas.text(canvas.medium, unit, x + 1, _POWER_Y + MEDIUM_ON_LARGE)


def hourly_cost(canvas, view):
    """Draw what an hour at this power costs at the Active Tariff Price."""
    cost_mp = None
    if view.active_power_import_w is not None:
        cost_mp = formats.rounded(view.active_power_import_w * view.active_tariff_price_mp, 1_000)
    cost = formats.price(cost_mp, view.currency_units)
    words_width = canvas.small.width(_PER_HOUR) + _PER_HOUR_GAP
    x = canvas.figure(cost, 0, _COST_Y, canvas.width - _GAUGE_WIDTH - words_width)
    if x + words_width < canvas.width - _GAUGE_WIDTH:
        canvas.text(canvas.small, _PER_HOUR, x + _PER_HOUR_GAP, _COST_Y + SMALL_ON_MEDIUM)


def usage_gauge(canvas, view):
    """Draw the ambient level as one, two or three filled steps and a word."""
    status = view.power_threshold_status
    steps, word = _UNKNOWN if status is None else _LEVELS[min(status, 3)]
    left = canvas.width - _GAUGE_WIDTH
    x = left
    for step, height in enumerate(_BAR_HEIGHTS):
        canvas.framebuffer.rect(x, _GAUGE_FOOT_Y - height, _BAR_WIDTH, height, 1, step < steps)
        x += _BAR_WIDTH + _BAR_GAP
    canvas.text_centred(canvas.small, word, left, canvas.width, _WORD_Y)


def price_line(view):
    """Return the Active Tariff Price."""
    return formats.price(view.active_tariff_price_mp, view.currency_units, 2) + " per kWh"

"""Messaging of remote parties: the Supplier Message (GCS07)."""

from ..han import zcl
from .gbz_request import text_of


def display_message(meter, request):
    """Display Message: it takes the place of the one before."""
    yield from request.write(meter, "Supplier Message", text_of(request.values["message"]))
    return zcl.SUCCESS


HANDLERS = {(0x00, True): display_message}

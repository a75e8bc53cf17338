"""The one error that the HAN's decoders raise."""


class FrameError(ValueError):
    """A received frame is malformed or not authentic; the message names layer and fault."""

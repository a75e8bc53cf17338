"""What a board's platform does with firmware: a stand-in that obeys the scenario."""


class Platform:
    """`installs`: whether an image can be put in place; `intact`: whether what runs verifies."""

    def __init__(self):
        self.installs = True
        self.intact = True

    def install(self, version):
        """Put the image of a version in place; tell whether that could be done."""
        return self.installs

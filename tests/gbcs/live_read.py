"""What is read: where an answer comes from, and what it is to be."""


class Read:
    """One object that is read.

    places: what of the model alters its answer, as LiveDevice.alter() has them or a key of
    live_places; value(device, since_s): the answer.
    """

    def __init__(self, places, value):
        self.places = places
        self.value = value

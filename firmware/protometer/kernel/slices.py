"""Long work that comes in slices, as generators that yield between them and return its result."""


def finish(work):
    """Run sliced work to its end at once and return its result."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            return end.value


def sliced(result):
    """Return, sliced, what a call has returned: a result, or work that has one at its end."""
    if hasattr(result, "send"):
        result = yield from result
    return result


class Sliced:
    """Sliced work of an owner, which whoever can't wait for it may bring to its end.

    `running`: a slice of it is on its way, so that who asks is part of it; `ended`.
    """

    def __init__(self, work):
        self.running = self.ended = False
        self._work = work
        self._result = self._failure = None

    def step(self):
        """Run a slice; tell whether there is another. What it raises, result() raises."""
        if self.ended:
            return False
        self.running = True
        try:
            next(self._work)
        except StopIteration as end:
            self.ended = True
            self._result = end.value
        except Exception as failure:
            self.ended = True
            self._failure = failure
        self.running = False
        return not self.ended

    def result(self):
        """Return the result of work that has ended, or raise what ended it."""
        if self._failure:
            raise self._failure
        return self._result

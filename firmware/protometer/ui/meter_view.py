"""What a meter's own display looks at: data items, and values worked out as they are looked at."""


class MeterView:
    """data: the items of a meter, an attribute each; letters: its letters of model/items.tbl.

    worked_out: name -> function(now_s) for what is no item: debt_to_clear_mp; last_credits, the
    newest first, as (UTC, millipence); han_linked; alarm_event, the code of what raised an Alarm
    or 0; battery_low. Whatever is not there is shown as not known.
    """

    def __init__(self, data, letters, worked_out=None):
        self.data = data
        self.letters = letters
        self.now_s = 0
        self._worked_out = worked_out or {}

    def value(self, name, index=None):
        """Return a value, or one of an array; None if there is none."""
        work_out = self._worked_out.get(name)
        value = work_out(self.now_s) if work_out else getattr(self.data, name, None)
        if index is None or value is None:
            return value
        return value[index]

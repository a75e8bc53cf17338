"""The power-cut search: every write and erase, cut after every octet; recover and check.

The script is played once; at each commit the search takes what the memory held before, puts in
the octets one by one, and starts a meter on each content that this leaves. Cut points after which
the memory holds the same octets are tried once, and so are those which differ in an octet that
the last trial never read: where the same octets are read, everything goes the same way. On
littlefs, a content that has the conversation of an earlier trial of its commit needs no meter,
and a recovery is cut again once for all that have its conversation.
"""

from host_tools.node.cut_rig import HeldSwitch, Rig, state_of
from host_tools.node.cut_script import FIRST_CREDIT_MINUTE, START, events
from host_tools.node.utc_text import parse_utc
from protometer.model.command import CommandRefused
from protometer.model.enumerations import CREDIT_MODE, ENABLED
from protometer.model.events import MEMORY_FAULT

# How long the power stays away after a cut, in turn: shorter and longer than what is logged
# as an outage, and beyond a half-hour.
_OUTAGES_S = (1, 7, 200, 1_900)
_SECOND_OUTAGE_S = 3
_LATER_COMMITS = 3
_WRAP = 1 << 32


class Failure(Exception):
    """A cut point after which something is wrong; the message says what."""


class Moment:
    """One event of the script, and what was true round it beside the memory.

    before: the durable state; credits_mp: what had been paid in; log_counts: how full the logs
    were. For each of its commits are set: states, before and after it; is_last; outage_s, how
    long the power stays away; conversations, those of the trials that went well.
    """

    def __init__(self, at_s, command, switch, served_mwh, before, credits_mp):
        self.at_s = at_s
        self.command = command
        self.closed = switch.position
        self.served_mwh = served_mwh
        self.before = before
        self.credits_mp = credits_mp


class Search:
    """Plays the script on a medium and tries the cut points of its share.

    minutes: of the script; share, shares: this process tries every shares-th commit; only: the
    number of one cut point to replay, or None; depth: 2 also cuts each recovery at every point,
    from the first top-up on: what comes before writes whole checkpoints, and would take hours.
    """

    def __init__(self, medium, half_hours_path, minutes, share=0, shares=1, only=None, depth=1):
        self._rig = Rig(medium, "played")
        self._trial = Rig(medium, "tried")
        self._events = events(half_hours_path, minutes)
        self._share, self._shares = share, shares
        self._second = None
        self._only = only
        self._depth = depth
        self._twice_from_s = parse_utc(START) + 60 * FIRST_CREDIT_MINUTE
        self._switch = HeldSwitch()
        self._served_mwh = 0
        self._commits = []
        self._commit_number = 0
        self.points = 0
        self.tried = 0
        self.unread = 0
        self.repeated = 0
        self.recoveries = 0
        self.worst_loss_mwh = 0
        self.worst_loss_mp = 0
        self.failures = []
        self.codes = set()

    def run(self):
        """Play the script to its end; failures are kept as (point, text)."""
        first = next(self._events)
        self._house, self._esme = self._rig.start(self._switch, first[0])
        self._shadow = Content(*self._rig.image())
        self._watch_commits()
        self._rig.tape.running = True
        self._play(first)
        for event in self._events:
            self._play(event)

    def figures(self):
        """Return what was done as a dictionary."""
        return {
            "medium": self._rig.medium,
            "commits": self._commit_number,
            "points": self.points,
            "tried": self.tried,
            "unread": self.unread,
            "repeated": self.repeated,
            "recoveries": self.recoveries,
            "worst_loss_mwh": self.worst_loss_mwh,
            "worst_loss_mp": self.worst_loss_mp,
            "failures": self.failures,
            "codes": sorted(self.codes),
        }

    def _watch_commits(self):
        store = self._esme._transaction._store
        commit = store.commit_in_slices

        def watched():
            kept = yield from commit()
            self._commits.append((len(self._rig.tape.operations), state_of(self._esme)))
            return kept

        store.commit_in_slices = watched

    def _play(self, event):
        at_s, used_wh, command = event
        esme = self._esme
        if used_wh and self._switch.position:
            self._house.waiting_mwh += used_wh * 1000
            self._served_mwh += used_wh * 1000
        moment = Moment(
            at_s, command, self._switch, self._served_mwh, state_of(esme), credits_of(esme.data)
        )
        moment.log_counts = list(esme.data.log_counts)
        if command:
            esme.execute(command[0], command[1], command[2], at_s)
        else:
            esme.step(at_s)
        while len(esme.outbox):
            self.codes.add(esme.outbox.take()[0])
        moment.credits_after_mp = credits_of(esme.data)
        self._cut_every_commit(moment)
        self._rig.tape.operations.clear()
        self._commits.clear()

    def _cut_every_commit(self, moment):
        begin = 0
        before = moment.before
        for index, (end, after) in enumerate(self._commits):
            moment.states = (before, after)
            moment.conversations = []
            moment.is_last = index + 1 == len(self._commits)
            mine = self._commit_number % self._shares == self._share
            mine = mine and (self._depth == 1 or moment.at_s >= self._twice_from_s)
            moment.outage_s = _OUTAGES_S[self._commit_number // self._shares % len(_OUTAGES_S)]
            for where, written in self._rig.tape.operations[begin:end]:
                if mine or self._only is not None:
                    self._cut_inside(moment, where, written)
                else:
                    self.points += 1 + (0 if isinstance(where, str) else len(written))
                self._shadow.put(where, written)
            self._commit_number += 1
            begin, before = end, after

    def _cut_inside(self, moment, where, written):
        """Try the memory before an operation and after each of its octets, if that differs."""
        shadow = self._shadow
        self.points += 1
        self._try(moment)
        if isinstance(where, str):
            return
        for offset in range(len(written)):
            self.points += 1
            if self._only is not None:
                shadow.octets[where + offset] = written[offset]
                self._try(moment)
            elif shadow.octets[where + offset] != written[offset]:
                shadow.octets[where + offset] = written[offset]
                if self._trial.may_have_read(where + offset):
                    self._try(moment)
                else:
                    self.unread += 1

    def _try(self, moment):
        if self._only not in (None, self.points):
            return
        self.tried += 1
        if self._is_repeated(self._trial, moment.conversations, self._shadow):
            return
        try:
            self._trial.load(self._shadow.octets, self._shadow.files)
            trial = Trial(self._trial, moment)
            if self._depth > 1:
                self.recoveries += self._cut_the_recovery(trial)
            trial.go_on()
        except Failure as failure:
            self.failures.append((self.points, str(failure)))
            return
        except Exception as crash:
            # A meter must never crash on what a cut left, whatever the exception.
            self.failures.append((self.points, "crashed: %r" % crash))
            return
        if trial.loss_mwh > self.worst_loss_mwh:
            self.worst_loss_mwh = trial.loss_mwh
            price_mp = trial.esme.data.active_tariff_price_mp
            self.worst_loss_mp = trial.loss_mwh * price_mp // 1_000_000
        self._keep_conversation(self._trial, moment.conversations)

    def _is_repeated(self, rig, conversations, content):
        """Tell whether littlefs on a content answers as it did in an earlier trial."""
        for said in conversations:
            rig.load(content.octets, content.files)
            if rig.answers_alike(said):
                self.repeated += 1
                return True
        return False

    def _keep_conversation(self, rig, conversations):
        if rig.medium == "files" and rig.conversation.whole:
            conversations.append(rig.conversation.said)

    def _cut_the_recovery(self, trial):
        """Cut the start after a cut at every point too; return how many contents were tried."""
        if self._second is None:
            self._second = Rig(self._rig.medium, "tried_again")
        twice = Content(self._shadow.octets, self._shadow.files)
        trial.conversations = []
        tried = 0
        for where, written in list(trial.operations):
            tried += self._recover_again(trial, twice)
            if not isinstance(where, str):
                for offset in range(len(written)):
                    if twice.octets[where + offset] != written[offset]:
                        twice.octets[where + offset] = written[offset]
                        if self._second.may_have_read(where + offset):
                            tried += self._recover_again(trial, twice)
            twice.put(where, written)
        return tried + self._recover_again(trial, twice)

    def _recover_again(self, trial, content):
        rig = self._second
        if self._is_repeated(rig, trial.conversations, content):
            return 1
        rig.load(content.octets, content.files)
        switch = HeldSwitch(trial.switch.position)
        _, esme = rig.start(switch, trial.now_s + _SECOND_OUTAGE_S)
        if esme.found not in trial.allowed:
            raise Failure("a second cut left neither the old state nor the new")
        check_meter(esme, switch, trial.credits_mp)
        self._keep_conversation(rig, trial.conversations)
        return 1


class Content:
    """What a memory holds, and what operations make of it."""

    def __init__(self, octets, files):
        self.octets, self.files = bytearray(octets), dict(files)

    def put(self, where, written):
        """Carry out a whole operation."""
        if isinstance(where, str):
            self.files[where] = written
        else:
            self.octets[where : where + len(written)] = written


class Trial:
    """A meter started on what a power cut left, and whether it is right."""

    def __init__(self, rig, moment):
        self._rig = rig
        self._moment = moment
        self.switch = HeldSwitch(moment.closed)
        self.now_s = moment.at_s + moment.outage_s
        rig.tape.operations.clear()
        rig.tape.running = True
        self._house, self.esme = rig.start(self.switch, self.now_s)
        rig.tape.running = False
        self.operations = rig.tape.operations
        # A Command's credit is in the state of its last commit.
        self._done = self._found_new(moment.states) and moment.is_last
        self.credits_mp = moment.credits_after_mp if self._done else moment.credits_mp
        # What a second cut may leave: what was found, or what this start made of it.
        self.allowed = (self.esme.found, state_of(self.esme))
        self.loss_mwh = self._loss_mwh()
        check_meter(self.esme, self.switch, self.credits_mp)
        check_logs(self.esme, moment.log_counts)
        while len(self.esme.outbox):
            if self.esme.outbox.take()[0] == MEMORY_FAULT:
                raise Failure("what the cut tore was taken for damage")

    def go_on(self):
        """Retry the Command in flight, make three more commits, and read all back."""
        if self._moment.command:
            self._retry(self._moment.command)
        for _ in range(_LATER_COMMITS):
            self.now_s += 1
            if self.switch.position:
                self._house.waiting_mwh += self._rig.bound_mwh
            self.esme.step(self.now_s)
            self.esme.commit()
            check_meter(self.esme, self.switch, self.credits_mp)
        check_logs(self.esme, self._moment.log_counts)
        if self._rig.restored() != state_of(self.esme):
            raise Failure("after three more commits another state is read back")

    def _found_new(self, states):
        found = self.esme.found
        if found is None:
            raise Failure("nothing was found: the meter started as shipped")
        if found not in states:
            raise Failure("neither the old state nor the new was found")
        return found == states[1]

    def _loss_mwh(self):
        register = self.esme.data.active_import_register
        kept_mwh = register.kwh[0] * 1_000_000 + register.mwh[0]
        loss_mwh = self._moment.served_mwh - kept_mwh
        if not 0 <= loss_mwh <= self._rig.bound_mwh:
            raise Failure("%d mWh were lost" % loss_mwh)
        return loss_mwh

    def _retry(self, command):
        name, arguments, originator = command
        refused = False
        try:
            self.esme.execute(name, arguments, originator, self.now_s)
        except CommandRefused:
            refused = True
        if name == "Add Credit":
            if refused != self._done:
                raise Failure("Add Credit was %s twice" % ("refused" if refused else "accepted"))
            self.credits_mp = self._moment.credits_after_mp
        elif refused:
            raise Failure("%s was refused when tried again" % name)
        check_meter(self.esme, self.switch, self.credits_mp)


def check_meter(esme, switch, credits_mp):
    """Raise Failure unless money is conserved and the switch fits Supply State and credit."""
    data = esme.data
    if credits_of(data) != credits_mp:
        raise Failure("credit: %d mp, not %d" % (credits_of(data), credits_mp))
    closed = data.supply_state == ENABLED
    if switch.position != closed:
        raise Failure("the switch is not where Supply State %d wants it" % data.supply_state)
    in_credit = data.payment_mode == CREDIT_MODE or _combined_mp(data) > (
        data.disablement_threshold_mp
    )
    if closed and not in_credit:
        raise Failure("the supply is on without credit")


def check_logs(esme, counts):
    """Raise Failure unless the newest entry of each log that has grown can be read."""
    for log, count in zip(esme.logbook.logs(), counts):
        if log.next_number() > count and next(log.entries(log.next_number() - 1, 1)) is None:
            raise Failure("%s: the newest entry is damaged" % log.name)


def credits_of(data):
    """Return in mp, modulo 2**32, what must have been paid in: what was charged and is left."""
    left_mp = data.meter_balance_mp - data.emergency_credit_used_mp - data.accumulated_debt_mp
    return (left_mp + data.energy_charged_mp + data.standing_charged_mp) % _WRAP


def _combined_mp(data):
    credit_mp = data.meter_balance_mp
    if data.emergency_credit_activated:
        credit_mp += data.emergency_credit_balance_mp
    return credit_mp

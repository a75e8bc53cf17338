"""Runs one device under the conductor's virtual time: a GRANT datagram in, a DONE out.

Pure function of the datagrams, so that a UDP loop and a JavaScript host drive it alike.
"""

import json

from host_tools.node import link
from host_tools.node.home import ORIGINATORS
from protometer.model.command import CommandRefused
from protometer.model.dictionary import read


class Agent:
    """Steps a device's scheduler and carries its radio, keys, commands and pictures.

    device: clock, scheduler, radio (EtherRadio), role, keys {name: method}, figures(), trace()
    and new_picture(), as host_tools.node.device makes it. `stopped` tells that STOP came.
    """

    def __init__(self, device):
        self._device = device
        self._answered = link.Answered()
        self.stopped = False
        self._takers = {
            link.COMMAND: self._command,
            link.KEY: self._key,
            link.QUERY: self._query,
        }

    def answer(self, datagram):
        """Return the DONE for a GRANT or STOP; LinkError if it is neither."""
        parts = link.decode(datagram)
        repeated = self._answered.reply_to(parts[1])
        if repeated is not None:
            return repeated
        if parts[0] == link.GRANT:
            self._run(*parts[2:])
        else:
            self.stopped = True
        reply = self._done(parts[1])
        self._answered.keep(parts[1], reply)
        return reply

    def _run(self, at_s, at_ms, until_s, until_ms, items):
        self._advance(at_s, at_ms, False)
        for kind, payload in items:
            if not self._device.radio.deliver(kind, payload):
                self._takers[kind](payload)
        self._advance(until_s, until_ms, True)

    def _advance(self, to_s, to_ms, stop_early):
        """Run what is due until a time, or until the first millisecond with something to say."""
        device = self._device
        clock = device.clock
        while True:
            wait_ms = device.scheduler.run_due()
            if stop_early and device.radio.outputs:
                return
            left_ms = (to_s - clock.utc_s()) * 1000 + to_ms - clock.ms_of_second()
            if wait_ms is None or wait_ms > left_ms:
                if left_ms > 0:
                    clock.advance(left_ms)
                return
            clock.advance(wait_ms)

    def _done(self, sequence):
        device = self._device
        clock = device.clock
        self._picture()
        wait_ms = device.scheduler.run_due()
        next_s, next_ms = link.NEVER_S, 0
        if wait_ms is not None:
            next_ms = clock.ms_of_second() + wait_ms
            next_s = clock.utc_s() + next_ms // 1000
            next_ms %= 1000
        outputs = device.radio.outputs
        reply = link.encode_done(
            sequence, clock.utc_s(), clock.ms_of_second(), next_s, next_ms, outputs
        )
        device.radio.taken()
        return reply

    def _picture(self):
        pixels = self._device.new_picture()
        if pixels:
            self._device.radio.outputs.append((link.PICTURE, pixels))

    def _command(self, payload):
        order = json.loads(payload)
        name = order["command"]
        originator = ORIGINATORS[order.get("by", "supplier")]
        try:
            self._device.role.execute(
                name, order.get("arguments", {}), originator, self._device.clock.utc_s()
            )
            self._device.trace("command %s done" % name)
        except CommandRefused as refusal:
            self._device.trace("command refused: %s" % refusal)

    def _key(self, payload):
        name = payload.decode()
        try:
            self._device.keys[name](self._device.clock.utc_s())
            self._device.trace("key %s done" % name)
        except CommandRefused as refusal:
            self._device.trace("key refused: %s" % refusal)

    def _query(self, payload):
        wanted = json.loads(payload)
        data = self._device.role.data
        items = {name: read(data, name) for name in wanted.get("items", ())}
        answer = {"items": items}
        if wanted.get("figures"):
            answer["figures"] = self._device.figures()
        self._device.radio.outputs.append((link.ANSWER, json.dumps(answer).encode()))

"""Firmware images: received, verified, activated (SMETS2 5.6.3.2, 5.6.3.17; GSME-SEC-06/07).

What carries the image and checks its signature is not this module's: it is told the outcome, keeps
it, and decides whether an activation is allowed.
"""

from micropython import const

from ..model import events
from ..model.command import CommandRefused

_HASH = const(32)


class Firmware:
    """The verified image that waits, and the version that runs.

    `install`: of the platform, install(version) puts an image in the place of the running one and
    tells whether it could; None where there is no such way.
    """

    def __init__(self, data, outbox):
        self._data = data
        self._outbox = outbox
        self.install = None

    def not_intact(self, now_s):
        """Note that what runs did not verify at power-on (0x8F1B)."""
        self._outbox.post(events.FIRMWARE_FAILED_AT_POWER_ON, now_s)

    def start(self, now_s):
        """Note at power-on what runs (0x8F43)."""
        data = self._data
        if data.firmware_noted != data.firmware_version:
            if data.firmware_noted:
                self._outbox.post(events.FIRMWARE_VERSION_CHANGED, now_s)
            data.firmware_noted = data.firmware_version

    def check_receive(self, version, image_hash, verified):
        """Return what receive takes; CommandRefused for a hash that is none."""
        if len(image_hash) != _HASH or not 0 < len(version.encode()) <= 8:
            raise CommandRefused("Receive Firmware: takes a version and a hash of 32 octets")
        return [version, image_hash, int(verified)]

    def receive(self, now_s, version, image_hash, verified):
        """Keep an image that was received whole; one that failed verification is forgotten."""
        data = self._data
        data.staged_version = version if verified else ""
        data.staged_hash = image_hash if verified else b""
        passed = events.FIRMWARE_VERIFIED if verified else events.FIRMWARE_NOT_VERIFIED
        self._outbox.post(passed, now_s)

    def check_activate(self, image_hash):
        """Return what activate takes; CommandRefused unless that image waits, verified."""
        if not self._data.staged_hash or image_hash != self._data.staged_hash:
            raise CommandRefused("Activate Firmware: no verified image has this hash")
        return [image_hash]

    def activate(self, now_s, image_hash):
        """Activate Firmware (SMETS2 5.6.3.2); a failure leaves the old one running."""
        self.check_activate(image_hash)
        data = self._data
        if self.install is None or not self.install(data.staged_version):
            raise CommandRefused("Activate Firmware: the image could not be installed")
        data.firmware_version = data.staged_version
        data.staged_version = ""
        data.staged_hash = b""
        self.start(now_s)

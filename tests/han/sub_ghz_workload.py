"""Enhanced beacons, masks and the duty cycle; every runtime must print the same."""

from binascii import hexlify

from protometer.han import channel_pages, enhanced_beacon, ieee802154, mac_commands
from protometer.han.duty_cycle import DutyCycle
from protometer.han.frame_error import FrameError
from protometer.han.network import Network


class Recorder:
    """A Mac that prints the PSDUs, and what they are read as."""

    def queue(self, kind, pan_id, destination, source, payload):
        psdu = ieee802154.encode(kind, 7, pan_id, destination, source, payload, True)
        print(hexlify(psdu).decode())
        frame = enhanced_beacon.frame_of(psdu)
        print(frame.kind, frame.source, hexlify(frame.payload).decode(), frame.lost)
        refused = 0
        for size in range(len(psdu)):
            try:
                enhanced_beacon.frame_of(psdu[:size])
            except FrameError:
                refused += 1
        print(refused)


network = Network({"extended_address": "00db1234567890a1", "admits": []})
network.form((28, 3), 0x1234, bytes(16))
enhanced_beacon.send_request(Recorder(), network, None)
enhanced_beacon.send_request(Recorder(), network, network.extended_pan_id)
told = mac_commands.beacon(True, True, False, network.extended_pan_id)
enhanced_beacon.send_beacon(Recorder(), network, told)
for page in sorted(channel_pages.CHANNELS):
    bits = channel_pages.mask(page, channel_pages.CHANNELS[page])
    print(page, hex(bits), len(channel_pages.places(bits)))

duty = DutyCycle(False)
for second in range(12_000):
    if second < 6_000:
        for _ in range(3):
            if duty.allows():
                duty.note(100)
        duty.note(5)
    duty.step()
    if second % 500 == 0:
        print(second, duty.used_ms(), duty.level(), duty.dropped)

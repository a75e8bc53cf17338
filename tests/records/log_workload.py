"""Writes every log as a meter does, reads back, and prints digests; runs on any runtime.

Thirteen months and a half of half-hours with outages and refused writes, a year and a half of
midnights and billing dates, events, cleared logs, a FRAM beside the files.
"""

from binascii import crc32

from host_tools.node.ram_memory import RamFiles
from protometer.model.dictionary import Data
from protometer.model.events import Outbox
from protometer.records.event_logs import EventLogs
from protometer.records.event_settings import EventSettings
from protometer.records.logbook import Logbook
from protometer.records.profile import Profile
from protometer.records.readings import MODE_CHANGE, MONTHLY, Readings

_START_S = 378_691_200  # 2012-01-01T00:00:00Z
_HALF_HOURS = 19_700
_CODES = (0x8154, 0x8F36, 0x8F52, 0x811A, 0x810D, 0x8161, 0x8F51, 0x8002, 0x81AE)


_PAGE = 1024


class RamFram:
    """A FRAM's contract on a bytearray."""

    MEDIUM = "fram"

    def __init__(self):
        # In pieces: a board's heap has no 64 KB in one.
        self._pages = [bytearray(_PAGE) for _ in range(65_536 // _PAGE)]

    def read_into(self, address, buffer):
        """Fill buffer from an address on."""
        for index in range(len(buffer)):
            at = address + index
            buffer[index] = self._pages[at // _PAGE][at % _PAGE]

    def write(self, address, octets):
        """Write octets from an address on."""
        for index in range(len(octets)):
            at = address + index
            self._pages[at // _PAGE][at % _PAGE] = octets[index]

    def check(self, crc):
        """Return the CRC-32 of all that it holds, after one."""
        for page in self._pages:
            crc = crc32(page, crc)
        return crc


def _event_logs(data, book):
    return EventLogs(book, EventSettings(data), Outbox())


def _meter(data, memory, files):
    book = Logbook(data, memory, files)
    return book, Profile(data, book, (0, 1)), Readings(data, book, True), _event_logs(data, book)


def _run(memory, files):
    data = Data("E")
    data.billing_calendar_period = MONTHLY
    data.billing_calendar_start_s = _START_S - 999
    data.payment_mode = 1
    book, profile, readings, events = _meter(data, memory, files)
    profile.keep(_START_S)
    data.last_step_s = _START_S
    seed = 1
    for number in range(1, _HALF_HOURS):
        seed = (seed * 1103515245 + 12345) & 0x3FFF_FFFF
        now_s = _START_S + number * 1800
        if seed % 997 < 60 and number % 1000 > 900:
            # Without power.
            continue
        if data.last_step_s != now_s - 1800:
            book, profile, readings, events = _meter(data, memory, files)
            while profile.due_s <= now_s - 1800:
                profile.keep(now_s - 1800)
        energy_wh = (seed >> 8) % 3000
        profile.add(0, data.active_import_register.add(0, energy_wh * 1000))
        profile.add(1, energy_wh // 9)
        data.tariff_tou_registers.add(number % 48, energy_wh * 1000)
        data.meter_balance_mp -= energy_wh * 17
        data.days_energy_wh[0] += energy_wh
        files.broken = number % 1001 == 0
        try:
            profile.keep(now_s)
            if now_s % 86_400 == 0:
                readings.midnights(now_s // 86_400 - number % 3, now_s // 86_400)
            readings.keep_billing(now_s)
            if seed % 25 == 0:
                events.record(_CODES[seed // 25 % 9], now_s, seed & 0xFFFF)
            if seed % 500 == 0:
                readings.credit(now_s, energy_wh * 1000, 0)
                readings.mode_or_tariff_changed(now_s, MODE_CHANGE)
        except OSError as fault:
            print("refused", number, fault.args[0])
        files.broken = False
        if number in (9_000, 15_000):
            book.named("Event Log").clear()
        data.last_step_s = now_s
    return data, book


def _digest_of_reading(log):
    digest = 0
    for entry in log.entries(0, log.next_number()):
        digest = crc32(repr(tuple(entry)).encode(), digest)
    return digest


for _medium in ("files", "fram"):
    _files = RamFiles()
    _memory = RamFram() if _medium == "fram" else _files
    _data, _book = _run(_memory, _files)
    print(_medium, list(_data.log_counts), list(_data.log_starts), len(_files.files))
    _image = 0
    for _name in sorted(_files.files):
        _image = crc32(_name.encode() + _files.files[_name], _image)
    if _medium == "fram":
        _image = _memory.check(_image)
    print("image", hex(_image))
    for _log in _book.logs():
        _newest_s = (list(_log.entries(_log.next_number() - 1, 1)) or [(0,)])[0][0]
        _days = len(list(_log.between(_newest_s - 86_400, _newest_s)))
        print(_log.name, len(_log), hex(_digest_of_reading(_log)), _days, _log.damaged)

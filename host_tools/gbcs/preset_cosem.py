"""Brings a fresh device to the state that a reference pair of DLMS payloads implies.

What the response holds is decoded by the firmware's own table of objects, and loaded as items
within their declared bounds and as entries of logs: never as octets to be handed back.
"""

import json
import struct
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from protometer.gbcs import axdr, compact_array
from protometer.gbcs.access_request import (
    RANGE,
    SUCCESS,
    AccessRequest,
    Item,
    key_of,
    read_request,
)
from protometer.gbcs.cosem_objects import PROTECTED, TYPES, CosemObject
from protometer.gbcs.date_time import seconds
from protometer.kernel.slices import finish, sliced
from protometer.model.command import is_integer
from protometer.model.dictionary import items
from protometer.model.enumerations import (
    CREDIT_MODE,
    DISABLED,
    EUR,
    GBP,
    INHIBIT_COMMAND,
    NOT_CONNECTED,
    PREPAYMENT_MODE,
    PROPORTIONAL,
)
from protometer.model.register import RegisterBank
from protometer.model.table import rows
from protometer.records.registers import banks
from protometer.roles import (
    cosem_configuration,
    cosem_logs,
    cosem_prepayment,
    cosem_schedules,
    cosem_server,
    cosem_tariff,
)
from protometer.supply.load_demand import CLOSE
from protometer.tariff.blocks import BLOCKS
from protometer.tariff.electricity_tariff import TOU_RATES

_ENOUGH_MP = 1_000_000
_SECONDARY_USED = bytes.fromhex("0000131405ff")
_POWER = "1 0-0:94.44.34.20 g2"
_PRICES = {
    "primary": "active_tariff_price_mp",
    "secondary": "secondary_active_tariff_price_mp",
}
_MOST_WH = 0xFFFF_FFFF
_MPAN = 13
_EUI = 8
_LONG_MINUTES = 60


_TARIFF = {
    "seasons": cosem_tariff.seasons,
    "weeks": cosem_tariff.weeks,
    "days": cosem_tariff.days,
    "special days": cosem_tariff.special_days,
    "prices": cosem_tariff.prices,
}


class Answer:
    """An attribute that a pair tells of: its object, and its value as decoded."""

    def __init__(self, one: CosemObject, value: Any) -> None:
        self.object = one
        self.value = value


def letters(command: bytes, response: bytes, plaintexts: list[bytes]) -> str:
    """Return the letters of the device that a pair implies: "E" and its variants, or "H"."""
    needed = set()
    request = _request(command)
    for item in request.items:
        needed |= set(_objects(item.key())[0].devices)
    octets = command + response + b"".join(plaintexts)
    if needed == {"H"} or _is_twin(request, octets, response, plaintexts):
        needed.add("T" if "E" in needed else "H")
    return "".join(letter for letter in "ETPLBH" if letter in needed)


def preset(device: Any, command: bytes, response: bytes, plaintexts: list[bytes]) -> None:
    """Load into a fresh device what the response tells, and what its success takes for granted."""
    role = device.data.role
    now_s = device.data.last_step_s if "H" not in role else device.now_s()
    loader = _Loader(device, now_s)
    request = _request(command)
    objects = [_of_role(item.key(), role) for item in request.items]
    # Of a meter's objects some are of several types, by their use cases.
    values = finish(request.take_values([one.taken for one in objects])) if role == "H" else []
    for index, one in enumerate(objects):
        loader.expect(one, values[index] if values else None)
    for answer in answers(command, response, plaintexts, role):
        loader.load(answer)
    loader.finish()
    device.take_up(now_s)


def answers(
    command: bytes, response: bytes, plaintexts: list[bytes], role: str
) -> Iterator[Answer]:
    """Yield what a response tells, decoded; protected attributes from their plaintexts."""
    request = _request(command)
    data, results = _response(request.items, response, role)
    waiting = list(plaintexts)
    for item, octets, result in zip(request.items, data, results, strict=True):
        one = _of_role(item.key(), role)
        if result != SUCCESS or octets is None:
            continue
        if one.handler == "protected.get":
            yield from _protected(item, command, waiting.pop(0), role)
        else:
            yield Answer(one, _value(one, octets, role))


def _request(command: bytes) -> AccessRequest:
    return finish(read_request(command, int.from_bytes(command[2:5], "big")))


def _objects(key: str) -> list[CosemObject]:
    from protometer.gbcs import cosem_objects

    path, columns = cosem_objects._TABLE, cosem_objects._COLUMNS
    return [CosemObject(row) for row in rows(path, columns, key + " ") if row[0] == key]


def _of_role(key: str, role: str) -> CosemObject:
    found = [one for one in _objects(key) if set(one.devices) <= set(role)]
    return (found or _objects(key))[0]


def _is_twin(
    request: AccessRequest, octets: bytes, response: bytes, plaintexts: list[bytes]
) -> bool:
    if _SECONDARY_USED in octets:
        return True
    keys = [item.key() for item in request.items]
    if keys == [_POWER]:
        # Of the meter and of its first element, which are one where there is no other.
        (data,), _ = _response(request.items, response, "E")
        values = _value(_objects(_POWER)[0], data, "E") if data else [0, None, 0]
        return bool(values[0] != values[2])
    plaintext = plaintexts[0] if plaintexts else b""
    wider = {
        "30 0-0:43.2.9.255 a1": bytes.fromhex("02010202"),
        "30 0-0:43.2.8.255 a1": bytes.fromhex("02010205"),
        "30 0-0:43.2.7.255 a1": bytes.fromhex("0201130203"),
        "30 0-0:43.2.2.255 a1": bytes.fromhex("0202130209"),
        "30 0-0:43.2.5.255 a1": bytes.fromhex("0201130209"),
        "30 0-0:43.2.3.255 a1": bytes.fromhex("020113020f"),
    }
    return bool(keys) and plaintext.startswith(wider.get(keys[0], b"\xff"))


def _length_of_any(octets: bytes, at: int) -> int:
    """Return where the data at an offset ends, whatever it is."""
    tag = octets[at]
    fixed = {0: 0, 3: 1, 5: 4, 6: 4, 15: 1, 16: 2, 17: 1, 18: 2, 20: 8, 21: 8, 22: 1}
    if tag in fixed:
        return at + 1 + fixed[tag]
    if tag in (9, 10, 12):
        length, at = axdr.take_length(octets, at + 1)
        return at + length
    if tag == 4:
        length, at = axdr.take_length(octets, at + 1)
        return at + (length + 7) // 8
    if tag in (1, 2):
        count, at = axdr.take_length(octets, at + 1)
        for _ in range(count):
            at = _length_of_any(octets, at)
        return at
    if tag == 0x13:
        length, at = axdr.take_length(octets, _end_of_description(octets, at + 1))
        return at + length
    raise ValueError(f"data of type {tag}")


def _end_of_description(octets: bytes, at: int) -> int:
    if octets[at] == 1:
        return _end_of_description(octets, at + 3)
    if octets[at] == 2:
        count, at = axdr.take_length(octets, at + 1)
        for _ in range(count):
            at = _end_of_description(octets, at)
        return at
    return at + 1


def _response(
    asked: list[Item], response: bytes, role: str
) -> tuple[list[bytes | None], list[int]]:
    """Return the octets of each item's data, None where there is none, and its result."""
    count, at = axdr.take_length(response, 7)
    data: list[bytes | None] = []
    for _ in range(count):
        end = _length_of_any(response, at)
        data.append(response[at:end] if response[at] else None)
        at = end
    count, at = axdr.take_length(response, at)
    results = [response[at + 2 * index + 1] for index in range(count)]
    assert len(data) == len(asked) == count
    return data, results


def _layout(one: CosemObject, role: str) -> str:
    """Return the layout of a log's entries on the wire."""
    if one.handler == "logs.readings":
        return str(cosem_logs.layout_of_readings(role, one.argument))
    if one.handler == "logs.half_hours":
        return "III" if "T" in role else "II"
    return one.answered


def _value(one: CosemObject, octets: bytes, role: str) -> Any:
    if octets[0] == 0x13:
        return compact_array.take(octets, 0, _layout(one, role))[0]
    template = {
        "registers.imports": "{u32{i8e}u32{i8e}u32}" if "T" in role else "{u32{i8e}u32{i8e}}",
        "registers.rates": "{[u32][u32]}" if "T" in role else "{[u32]}",
        "registers.blocks": "{[u32]}",
    }.get(one.handler, one.answered)
    return axdr.take(octets, 0, template)[0]


def _protected(item: Item, command: bytes, plaintext: bytes, role: str) -> Iterator[Answer]:
    """Yield the attributes of a plaintext, which the command names in order."""
    head = command.index(bytes((item.place[0] >> 8, item.place[0] & 0xFF)) + item.place[1])
    del head
    request = _request(command)
    values = finish(request.take_values([TYPES["protected"].partition(">")[0]]))
    attributes, at = values[0][0], 2
    for attribute in attributes:
        end = _length_of_any(plaintext, at)
        key = key_of(PROTECTED, tuple(attribute[:3]))
        one = _of_role(key, role)
        yield Answer(one, _value(one, plaintext[at:end], role))
        at = end


class _Loader:
    """Loads answers into a device, piece by piece; finish() does what needs several."""

    def __init__(self, device: Any, now_s: int) -> None:
        self._device = device
        self._data = device.data
        self._now_s = now_s
        self._known = {item.attribute: item for item in items(device.data.role)}
        self._tariffs: dict[str, dict[str, Any]] = {}
        self._calendars: dict[str, dict[str, Any]] = {}
        self._prices_mp: dict[str, int] = {}

    def expect(self, one: CosemObject, value: Any) -> None:
        """Have what the success of an item takes for granted; value: what it is given."""
        if one.handler == "hub.remove":
            self._data.hub_device_log += value + bytes(16)
        elif one.handler == "prepayment.add_credit":
            self.set("payment_mode", PREPAYMENT_MODE)
        elif one.argument == "Activate Emergency Credit":
            self.set("payment_mode", PREPAYMENT_MODE)
            self.set("emergency_credit_limit_mp", _ENOUGH_MP)
            self.set("emergency_credit_threshold_mp", _ENOUGH_MP)
        elif one.handler == "clock.adopt":
            self._device.clock.hear(self._now_s, self._now_s)

    def load(self, answer: Answer) -> None:
        """Load one answer."""
        one, value = answer.object, answer.value
        handler = one.handler.replace(".", "_")
        if one.handler in ("item", "date"):
            self.set(one.argument, seconds(value) if one.handler == "date" else value)
        elif one.handler == "items":
            for name, each in zip(one.argument.split(), value, strict=True):
                self.set(name, each)
        elif one.handler == "log":
            for entry in value:
                self.append(one.argument, entry)
        elif one.handler != "constant":
            load: Callable[[str, Any], None] = getattr(self, "_" + handler)
            load(one.argument, value)

    def set(self, place: str, value: Any) -> None:
        """Set an item, or an element of it, within its bounds."""
        attribute, _, index = place.partition("[")
        item = self._known[attribute]
        if item.base == "TEXT":
            value = value.decode()
        elif item.base in ("BOOL", "ENUM8"):
            value = int(value)
        derived = {
            "emergency_credit_balance_mp": self._emergency_credit,
            "randomised_offset_s": self._randomised_offset,
            "active_tariff_price_mp": partial(self._price, "primary"),
            "secondary_active_tariff_price_mp": partial(self._price, "secondary"),
            "supply_state": self._supply_state,
        }.get(attribute)
        if derived:
            derived(value)
            return
        if is_integer(value):
            assert item.base == "REGISTER" or item.least <= value <= item.greatest, item.name
        if item.base == "REGISTER":
            self.fill(getattr(self._data, attribute), [value])
        elif item.is_array:
            getattr(self._data, attribute)[int(index[:-1])] = value
        else:
            setattr(self._data, attribute, value)

    @staticmethod
    def fill(bank: RegisterBank, values_wh: list[int]) -> None:
        """Set a bank of registers to values in Wh."""
        for index, value in enumerate(values_wh):
            bank.kwh[index], bank.mwh[index] = value // 1000, value % 1000 * 1000

    def append(self, name: str, entry: tuple[Any, ...]) -> None:
        """Append an entry to a log."""
        self._device.logbook.named(name).append(*entry)

    def finish(self) -> None:
        """Set what needed several answers: tariffs and calendars."""
        for element, draft in self._tariffs.items():
            self._set_tariff(element, draft)
        for element, price_mp in self._prices_mp.items():
            self._meet_price(element, price_mp)
        for name, draft in self._calendars.items():
            draft["at_s"] = 0
            draft["places"] = []
            draft.setdefault("rules", [])
            draft.setdefault("special days", [])
            run = _Run(self._device, self._now_s)
            if name == "non_disablement":
                finish(cosem_schedules.set_non_disablement(run, draft))
            else:
                finish(cosem_schedules.set_auxiliary(run, draft))

    def _emergency_credit(self, value: int) -> None:
        self._data.emergency_credit_limit_mp = max(value, self._data.emergency_credit_limit_mp)
        self._data.emergency_credit_in_force_mp = self._data.emergency_credit_limit_mp
        self._data.emergency_credit_used_mp = self._data.emergency_credit_limit_mp - value

    def _randomised_offset(self, value: int) -> None:
        # The whole of a limit, unless limit and number are told too.
        self._data.randomised_offset_number = 10_000
        self._data.randomised_offset_limit_s = value

    def _price(self, element: str, value: int) -> None:
        self._prices_mp[element] = value

    def _meet_price(self, element: str, price_mp: int) -> None:
        """Have a price in force: that of now, of a rate that goes on, or of a block reached."""
        data = self._data
        tariff = self._device.tariff if element == "primary" else self._device.secondary_tariff
        item = _PRICES[element]
        for offset_s in (0, 1):
            for block in range(BLOCKS if element == "primary" else 1):
                if offset_s:
                    self._randomised_offset(offset_s)
                if block and data.active_tariff_rate >= TOU_RATES:
                    row = data.active_tariff_rate - TOU_RATES
                    data.tariff_block_counters.clear()
                    limit_wh = data.tariff_block_thresholds_wh[(BLOCKS - 1) * row + block - 1]
                    index = BLOCKS * row + block
                    data.tariff_block_counters.add(index, limit_wh % _MOST_WH * 1000)
                tariff.refresh(self._now_s)
                if getattr(data, item) & 0xFFFF_FFFF == price_mp:
                    return

    def _supply_state(self, value: int) -> None:
        self._data.supply_state = value
        if value == DISABLED:
            self._data.supply_inhibits = INHIBIT_COMMAND

    def _registers_power(self, argument: str, value: list[Any]) -> None:
        total_w, _, primary_w = value
        front_end = self._device._front_end
        front_end.power_w = primary_w
        if total_w != primary_w:
            front_end.secondary_power_w = total_w - primary_w

    def _registers_imports(self, argument: str, value: list[Any]) -> None:
        data = self._data
        self.fill(data.active_import_register, [value[0]])
        self.fill(data.reactive_import_register, [value[2]])
        if len(value) > 4:
            self.fill(data.secondary_active_import_register, [value[4]])

    def _registers_rates(self, argument: str, value: list[list[int]]) -> None:
        self.fill(self._data.tariff_tou_registers, value[0])
        if len(value) > 1:
            self.fill(self._data.secondary_tou_registers, value[1])

    def _registers_blocks(self, argument: str, value: list[list[int]]) -> None:
        half = len(value[0]) // 2
        self.fill(self._data.tariff_block_registers, _by_rate(value[0][:half]))
        self.fill(self._data.tariff_block_counters, _by_rate(value[0][half:]))

    def _logs_readings(self, name: str, value: list[tuple[int, ...]]) -> None:
        held = banks(self._data)
        money = 6 if name.endswith("Change") else 0
        for entry in value:
            numbers = list(entry[1 : len(entry) - money])
            blocks = len(held[-1])
            numbers[-blocks:] = _by_rate(numbers[-blocks:])
            reading = b""
            for bank in held:
                part, numbers = numbers[: len(bank)], numbers[len(bank) :]
                kwh = [wh // 1000 for wh in part]
                reading += struct.pack(f"<{len(part)}I", *kwh)
                reading += struct.pack(f"<{len(part)}H", *[wh % 1000 for wh in part])
            self.append(name, (entry[0], reading, *entry[len(entry) - money :]))

    def _logs_exports(self, name: str, value: list[tuple[int, ...]]) -> None:
        for at_s, wh in value:
            self.append(name, (at_s, wh // 1000, wh % 1000))

    def _logs_half_hours(self, name: str, value: list[tuple[int, ...]]) -> None:
        for entry in value:
            self.append(name, entry[:2])
            if len(entry) > 2:
                self.append("Profile Data Log Secondary Active Import", (entry[0], entry[2]))

    def _logs_joined(self, names: str, value: list[tuple[int, ...]]) -> None:
        for entry in value:
            for index, name in enumerate(names.split(", ")):
                self.append(name, (entry[0], entry[1 + index]))

    def _logs_events(self, name: str, value: list[tuple[int, int, bytes]]) -> None:
        for at_s, code, other in value:
            self.append(name, (at_s, code, int.from_bytes(other, "big")))

    def _logs_switched(self, name: str, value: list[tuple[int, ...]]) -> None:
        for at_s, action, outcome, number in value:
            self.append(name, (at_s, action >> 8, action & 0xFF, outcome, number))

    def _tariff(self, element: str) -> dict[str, Any]:
        return self._tariffs.setdefault(element, {})

    def _tariff_seasons(self, element: str, value: Any) -> None:
        self._tariff(element)["seasons"] = value

    def _tariff_weeks(self, element: str, value: Any) -> None:
        self._tariff(element)["weeks"] = value

    def _tariff_days(self, element: str, value: Any) -> None:
        self._tariff(element)["days"] = value

    def _tariff_special_days(self, element: str, value: Any) -> None:
        self._tariff(element)["special days"] = value

    def _tariff_prices(self, element: str, value: Any) -> None:
        self._tariff(element)["prices"] = value

    def _tariff_thresholds(self, row: str, value: Any) -> None:
        self._tariff("primary")["thresholds " + row] = value

    def _tariff_standing_charge(self, argument: str, value: Any) -> None:
        self._tariff("primary")["standing charge"] = value

    def _tariff_is_sterling(self, argument: str, value: bool) -> None:
        self.set("currency_units", GBP if value else EUR)

    def _set_tariff(self, element: str, draft: dict[str, Any]) -> None:
        run = _Run(self._device, self._now_s)
        draft.update(at_s=0, places=[])
        # What is not told stays as it is.
        known = set(draft)
        for name, read in _TARIFF.items():
            draft.setdefault(name, finish(sliced(read(run, element, None))))
        _complete(draft, known)
        if element == "secondary":
            finish(cosem_tariff.set_secondary_tariff(run, draft))
            return
        for row in range(8):
            draft.setdefault(f"thresholds {row}", cosem_tariff.thresholds(run, str(row), None))
        draft.setdefault("standing charge", cosem_tariff.standing_charge(run, "", None))
        draft["is sterling"] = self._data.currency_units == GBP
        finish(cosem_tariff.set_tariff(run, draft))

    def _prepayment_mode(self, argument: str, value: list[int]) -> None:
        self.set("payment_mode", value[0] - 1)

    def _prepayment_collected(self, argument: str, value: Any) -> None:
        twin = "T" in self._data.role
        for mode in (CREDIT_MODE, PREPAYMENT_MODE):
            try:
                wanted = cosem_prepayment._suspended(mode, value, twin)
                disabled, emergency = finish(wanted)
            except cosem_server.CosemRefused:
                continue
            self.set("payment_mode", mode)
            self.set("suspend_debt_disabled", disabled)
            self.set("suspend_debt_emergency", emergency)
            return
        raise ValueError("no such configuration of charges")

    def _prepayment_rate(self, number: str, value: Any) -> None:
        amount, scale = cosem_tariff.single_amount(value)
        self.set(f"debt_recovery_rate_{number}", amount)
        self.set(f"debt_recovery_rate_{number}_scale", scale)

    def _schedules_special_days(self, attribute: str, value: Any) -> None:
        self._calendars.setdefault(attribute, {})["special days"] = value

    def _schedules_non_disablement(self, argument: str, value: Any) -> None:
        self._calendars.setdefault("non_disablement", {})["rules"] = value

    def _schedules_auxiliary(self, argument: str, value: Any) -> None:
        self._calendars.setdefault("alcs", {})["rules"] = value

    def _schedules_window(self, argument: str, value: Any) -> None:
        self.set("maximum_demand_index", value[0][0])
        for row in value:
            name = "maximum_demand_start_s" if row[3] == 1 else "maximum_demand_end_s"
            self.set(name, cosem_schedules.take_time(row[4]))

    def _configuration_billing_calendar(self, argument: str, value: Any) -> None:
        if value:
            run = _Run(self._device, self._now_s)
            finish(sliced(cosem_configuration.set_billing_calendar(run, argument, value)))

    def _configuration_import_mpans(self, argument: str, value: bytes) -> None:
        self.set("mpan_import_primary", value[:_MPAN])
        self.set("mpan_import_secondary", value[_MPAN:])

    def _configuration_firmware_version(self, argument: str, value: bytes) -> None:
        self.set("firmware_version", value.hex().encode())

    def _configuration_events(self, attribute: str, value: tuple[int, bytes]) -> None:
        held = getattr(self._data, attribute)
        for index, octet in enumerate(reversed(value[1])):
            held[index] = octet

    def _clock_time(self, argument: str, value: bytes) -> None:
        self._device.clock.hear(seconds(value), self._now_s)

    def _clock_status(self, argument: str, value: int) -> None:
        pass

    def _hub_devices(self, argument: str, value: list[list[Any]]) -> None:
        data = self._data
        data.hub_device_log = b"".join(row[0] + bytes(16) for row in value)
        for place, row in enumerate(value):
            data.hub_device_status[place] = row[1][1][0]
            for index in range(3):
                data.hub_device_rssi_dbm[3 * place + index] = row[2 + index]
                data.hub_device_lqi[3 * place + index] = row[5 + index]
            data.hub_device_heard_s[place] = seconds(row[8])
            data.hub_device_hops[place] = row[9]
            for index in range(2):
                data.hub_device_transmissions[2 * place + index] = row[10 + index]
                data.hub_device_versions[2 * place + index] = row[12 + index]

    def _hub_backup(self, which: str, value: list[Any]) -> None:
        when, extended_pan, entries = value
        self._set_clock(seconds(when))
        log = b"".join(identifier + hashed for identifier, hashed in entries)
        if which == "current":
            self._data.hub_device_log = log
            self._data.hub_extended_pan = extended_pan
        else:
            self._data.hub_historic_pan = extended_pan
            self._data.hub_historic_log = log

    def _set_clock(self, at_s: int) -> None:
        """Have the clock stand where an answer says that it was read."""
        if at_s != self._device.now_s():
            clock = self._device.clock
            clock.hear(at_s, self._device.now_s())
            clock.set(self._device.now_s(), at_s, at_s)

    def _hub_channel(self, argument: str, value: tuple[int, bytes]) -> None:
        self._data.sub_ghz_channel = int.from_bytes(value[1], "big")

    def _hub_sub_ghz_settings(self, argument: str, value: list[Any]) -> None:
        masks = [int.from_bytes(octets, "big") for _, octets in value[:4]]
        self._device.set_sub_ghz(masks, value[4:])

    def _load_control_identifier(self, switch: str, value: bytes) -> None:
        kinds = self._data.alcs_kinds
        if len(value) == _EUI:
            held, end = self._data.hcalcs_identifiers, _EUI * int(switch)
            self._data.hcalcs_identifiers = held[: end - _EUI] + value + held[end:]
        else:
            kinds[int(switch) - 1] = PROPORTIONAL if value else NOT_CONNECTED

    def _load_control_state(self, switch: str, value: bytes) -> None:
        told = json.loads(value)
        index = int(switch) - 1
        if self._data.alcs_kinds[index] == PROPORTIONAL:
            self.set(f"alcs_output_percent[{index}]", told["outputState"])
            self.set(f"alcs_input_percent[{index}]", told["inputState"])
        elif told.get("outputState"):
            # By a Command, so that it stays so.
            self._data.alcs_command[index] = CLOSE
            self._data.alcs_command_minutes[index] = _LONG_MINUTES
            self._data.alcs_command_until_s[index] = self._now_s + 60 * _LONG_MINUTES
        self.set("alcs_information_" + switch, told.get("other-data", "").encode())


def _complete(draft: dict[str, Any], known: set[str]) -> None:
    """Make weeks and days that were not told, as what was told of a tariff refers to them."""
    points = draft["days"][0][1]
    if "weeks" not in known and "seasons" in known:
        names = sorted({row[2] for row in draft["seasons"]})
        draft["weeks"] = [[name, *draft["weeks"][0][1:]] for name in names]
    if "days" not in known:
        used = {row[2] for row in draft["special days"]}
        used |= {day for row in draft["weeks"] for day in row[1:]}
        draft["days"] = [(number, points) for number in sorted(used)]


def _by_rate(values: list[int]) -> list[int]:
    """Return what is in the order of blocks and rates in that of rates and blocks."""
    rates = len(values) // BLOCKS
    return [values[rates * block + rate] for rate in range(rates) for block in range(BLOCKS)]


class _Run:
    """What the firmware's handlers ask of a request: Commands are carried out by their parts."""

    def __init__(self, device: Any, now_s: int) -> None:
        self.device = device
        self.data = device.data
        self.now_s = now_s

    def perform(
        self, name: str, arguments: dict[str, Any], at_s: int = 0, places: Any = ()
    ) -> Iterator[None]:
        """Carry out, sliced, a SMETS2 Command without its preliminaries, logs and events."""
        from protometer.roles.commands import find

        command = find(self.data.role, name)
        part = getattr(self.device, command.part)
        values = command.values(arguments)
        if "C" in command.marks:
            values = finish(sliced(getattr(part, "check_" + command.method)(*values)))
        getattr(part, command.method)(self.now_s, *values)
        yield


__all__ = ("RANGE", "answers", "letters", "preset")

"""Brings a gas device to the state that the response to a GBZ message implies.

The response is decoded; what it tells is loaded as typed data items, within their bounds, and as
log entries. Values that a meter derives are brought about by what they derive from.
"""

import re
from collections.abc import Callable, Iterable
from typing import Any

from host_tools.gbcs.preset_gbz_logs import Logs, signed
from protometer.gbcs import gbz, payment_control
from protometer.gbcs.gbz import Component
from protometer.han import cluster_command, zcl
from protometer.han.zcl_types import get_uint, get_value, kind_of
from protometer.model import enumerations
from protometer.model.calendar_fields import ANY_YEAR
from protometer.model.dictionary import items
from protometer.model.register import RegisterBank
from protometer.model.switching_table import Limits, pack
from protometer.model.table import rows, table_path
from protometer.prepayment import gas_non_disablement, utrn
from protometer.roles import gbz_management
from protometer.roles.billing_periods import PERIODS
from protometer.tariff import gas_tariff

_BASIC, _PRICE, _METERING, _PREPAYMENT, _CALENDAR = 0x0000, 0x0700, 0x0702, 0x0705, 0x0707
_MODEL = 0x0005
_THRESHOLDS = range(0x0100, 0x0103)
_PROFILE_WIDE = 0x00
_ATTRIBUTES = table_path(zcl.__file__, "attributes.tbl")
_COLUMNS = 7
_NON_DISABLEMENT = 0xFFFF_FFFE
_EVERY_YEAR = [(ANY_YEAR, 1, 1, 0)]
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_SUPPLY = {
    0x10: enumerations.ENABLED,
    0x11: enumerations.DISABLED,
    0x12: enumerations.ARMED,
}
_DUPLICATE, _TOO_MUCH, _TOO_LARGE = 0x02, 0x04, 0x06


def letters(command: bytes, response: bytes, plaintexts: list[bytes]) -> str:
    """Return the dictionary's letters of the device: gas meters come in one kind."""
    return "G"


def fault(command: bytes, response: bytes, plaintexts: list[bytes]) -> int | None:
    """Return which item a response tells to have failed first, None where all were done.

    Items are attributes and commands, numbered through the message.
    """
    number = 0
    answers = _answers(response, plaintexts)
    for asked in gbz.decode(command):
        told = [answer for answer in answers if answer.sequence == asked.sequence]
        if asked.control == _PROFILE_WIDE:
            for _, status, _ in _attributes(told):
                if status not in (zcl.SUCCESS, zcl.UNSUPPORTED_ATTRIBUTE):
                    return number
                number += 1
            continue
        if any(_has_failed(answer) for answer in told):
            return number
        number += 1
    return None


def _has_failed(answer: Component) -> bool:
    if answer.control & zcl.CLUSTER_SPECIFIC:
        refusals = {
            (_METERING, 0x0D): b"\xff\xff",
            (0x0709, 0x02): b"\x00",
            (_PREPAYMENT, 0x03): b"\x03",
        }
        refusal = refusals.get((answer.cluster, answer.command))
        return refusal is not None and answer.payload.startswith(refusal)
    return answer.command == zcl.DEFAULT_RESPONSE and answer.payload[1] not in (
        zcl.SUCCESS,
        zcl.NOT_FOUND,
    )


def preset(device: Any, command: bytes, response: bytes, plaintexts: list[bytes]) -> None:
    """Load the state; plaintexts: of what the response has encrypted, in order."""
    if hasattr(device, "mirror"):
        _preset_proxy(device, command, _answers(response, plaintexts))
        return
    work = _Preset(device, gbz.decode(command))
    for answer in _answers(response, plaintexts):
        work.take(answer)
    work.finish()


def _preset_proxy(device: Any, command: bytes, answers: list[Component]) -> None:
    """Have the Gas Proxy Function know what it tells, as the gas meter would have told it."""
    work = _Preset(device, gbz.decode(command))
    for answer in answers:
        if answer.control & zcl.CLUSTER_SPECIFIC:
            work.take(answer)
        elif answer.command == 0x01:
            device.mirror.keep(answer.cluster, answer.command, answer.payload)
            for identifier, status, value in _attributes([answer]):
                if (answer.cluster, identifier) == (_BASIC, _MODEL) and not status:
                    work.proxy_model(value)
    work.finish()


def _answers(response: bytes, plaintexts: list[bytes]) -> list[Component]:
    """Return the components of a response, those that were encrypted with their plaintexts."""
    answers = gbz.decode(response)
    left = iter(plaintexts)
    for answer in answers:
        if answer.sealed_as is not None:
            answer.payload = next(left)
    return answers


def _attributes(answers: Iterable[Component]) -> Iterable[tuple[int, int, Any]]:
    """Yield (identifier, status, value or None) of Read Attributes Responses."""
    for answer in answers:
        if answer.control & zcl.CLUSTER_SPECIFIC or answer.command != 0x01:
            continue
        payload, at = answer.payload, 0
        while at < len(payload):
            identifier, status = get_uint(payload, at, 2), payload[at + 2]
            at += 3
            value = None
            if not status:
                value, at = get_value(payload, at + 1, payload[at])
            yield identifier, status, value


def sources(served_by: str) -> dict[tuple[int, int], tuple[str, int, str]]:
    """Return {(cluster, attribute): (data item, index or -1, the source's text)}."""
    found = {}
    for row in rows(_ATTRIBUTES, _COLUMNS):
        if not set(row[3]) & set(served_by):
            continue
        first, _, run = row[1].partition("+")
        step, count = [int(part) for part in run.split("*")] if run else (1, 1)
        if run.count("+"):
            continue
        name, indexed, begin = re.match(r"([@=']?\w+)(\[(\d+)\])?", row[4]).groups()
        for number in range(count):
            index = int(begin) + number if indexed else -1
            found[int(row[0], 0), int(first, 0) + number * step] = (name, index, row[4])
    return found


class _Preset:
    def __init__(self, device: Any, commands: list[Component]) -> None:
        self.device = device
        self.data = device.data
        self._commands = {command.sequence: command for command in commands}
        self._items = {item.attribute: item for item in items(device.data.role)}
        self._sources = sources("GR")
        self._calendars: dict[bool, dict[str, Any]] = {}
        self.logs = Logs(device)

    def take(self, answer: Component) -> None:
        """Load what one component of the response tells."""
        asked = self._commands[answer.sequence]
        if not answer.control & zcl.CLUSTER_SPECIFIC:
            if answer.command == zcl.DEFAULT_RESPONSE:
                self._accepted(asked, answer.payload[1])
            for identifier, status, value in _attributes([answer]):
                if not status:
                    self._attribute(answer.cluster, identifier, value)
            return
        from_server = bool(answer.control & zcl.SERVER_TO_CLIENT)
        command = cluster_command.find(answer.cluster, from_server, answer.command)
        values = command.decode(answer.payload)
        load = _LOADERS.get(command.name)
        if load:
            load(self, values, asked)

    def finish(self) -> None:
        """Load what several components tell together, and have the device take it up."""
        for is_tariff, told in self._calendars.items():
            self._calendar(is_tariff, told)
        self.logs.finish()
        self.device.take_up(self._now_s())

    def _now_s(self) -> int:
        """Return the device's time: of a meter, of its last step."""
        return getattr(self.data, "last_step_s", 0) or self.device.now_s()

    def set(self, attribute: str, value: Any) -> None:
        """Set a data item to a value within its bounds."""
        self._items[attribute].check(value)
        setattr(self.data, attribute, value)

    # What has been accepted, and so could be.

    def _accepted(self, asked: Component, status: int) -> None:
        if status or asked.cluster != _PREPAYMENT:
            return
        command = cluster_command.find(asked.cluster, False, asked.command)
        values = command.decode(asked.payload)
        if command.name == "SelectAvailableEmergencyCredit":
            self.set("payment_mode", enumerations.PREPAYMENT_MODE)
            self.set("emergency_credit_limit_mp", 500_000)
            self.set("emergency_credit_threshold_mp", 100_000)
            self.set("meter_balance_mp", 0)
        elif command.name == "CreditAdjustment" and values["creditAdjustmentType"] == 3:
            self.set("credit_mode_balance_mp", signed(values["creditAdjustmentValue"]))

    # Attributes.

    def _attribute(self, cluster: int, identifier: int, value: Any) -> None:
        special = _SPECIAL.get((cluster, identifier))
        if special:
            special(self, value)
            return
        name, index, source = self._sources[cluster, identifier]
        if name[0] == "=":
            return
        if ":" in source:
            value = [int(text) for text in source.partition(":")[2].split(",")].index(value)
        if isinstance(value, bytes):
            value = value.decode()
        held = getattr(self.data, name)
        if isinstance(held, RegisterBank):
            held.kwh[index], held.mwh[index] = value // 1000, value % 1000 * 1000
        elif index >= 0:
            held[index] = value
        else:
            self.set(name, value)

    def _model(self, value: bytes) -> None:
        """Of sixteen octets the identifier is the second half."""
        if len(value) == 16:
            self.data.gsme_identifier = value[8:]
            value = value[:8]
        self.set("model_type", value.decode())

    def proxy_model(self, value: bytes) -> None:
        """Have the gas meter tell its proxy the model that comes before its identifier."""
        if len(value) == 16:
            self.data.gsme_identifier = value[8:]
            told = bytes((_MODEL, 0, 0, kind_of("cstr"), 8)) + value[:8]
            self.device.mirror.keep(_BASIC, 0x01, told)

    def _firmware_version(self, value: bytes) -> None:
        self.data.firmware_version = self.data.firmware_noted = value.hex()

    def _payment_control(self, value: int) -> None:
        mode, disabled, emergency = payment_control.decode(value)
        self.set("payment_mode", mode)
        self.set("suspend_debt_disabled", disabled)
        self.set("suspend_debt_emergency", emergency)

    def _emergency_credit(self, value: int) -> None:
        """Of a balance below zero more was used than there ever was."""
        self.set("emergency_credit_limit_mp", max(value, 0))
        self.data.emergency_credit_in_force_mp = max(value, 0)
        self.data.emergency_credit_used_mp = max(-value, 0)

    def _supply(self, value: int) -> None:
        states = (enumerations.DISABLED, enumerations.ARMED, enumerations.ENABLED)
        self._supply_state(states[value])

    def _supply_state(self, state: int) -> None:
        self.data.supply_state = state
        is_off = state == enumerations.DISABLED
        self.data.supply_inhibits = enumerations.INHIBIT_COMMAND if is_off else 0

    # Calendars.

    def _told(self, values: dict[str, Any], asked: Component) -> dict[str, Any]:
        wanted = cluster_command.find(_CALENDAR, False, asked.command).decode(asked.payload)
        is_tariff = wanted["issuerCalendarId"] != _NON_DISABLEMENT
        told = self._calendars.setdefault(is_tariff, {"days": {}, "weeks": {}})
        told["issued"] = [values["issuerEventId"], values["issuerCalendarId"]]
        return told

    def _day(self, values: dict[str, Any], asked: Component) -> None:
        points = [
            (entry["startTime"], entry["activePriceTierOrFriendlyCreditEnable"])
            for entry in values["dayScheduleEntries"]
        ]
        self._told(values, asked)["days"][values["dayId"]] = points

    def _week(self, values: dict[str, Any], asked: Component) -> None:
        week = [values["dayIdRef" + day] - 1 for day in _DAYS]
        self._told(values, asked)["weeks"][values["weekId"]] = week

    def _seasons(self, values: dict[str, Any], asked: Component) -> None:
        self._told(values, asked)["seasons"] = [
            _dated(row["seasonStartDate"], row["weekIdRef"]) for row in values["seasonEntries"]
        ]

    def _special_days(self, values: dict[str, Any], asked: Component) -> None:
        self._told(values, asked)["special"] = [
            _dated(row["specialDayDate"], row["dayIdRef"]) for row in values["specialDayEntries"]
        ]

    def _calendar(self, is_tariff: bool, told: dict[str, Any]) -> None:
        first = 1 if is_tariff else 0
        days = [
            [(minute, rate - first) for minute, rate in told["days"][number]]
            for number in sorted(told["days"])
        ]
        weeks = [told["weeks"][number] for number in sorted(told["weeks"])] or [[0] * 7]
        limits: Limits = gas_tariff.GAS if is_tariff else gas_non_disablement.LIMITS
        seasons, special = told.get("seasons", _EVERY_YEAR), told.get("special", [])
        packed = pack(limits, seasons, weeks, days, special)
        item = "tariff_switching_table" if is_tariff else "non_disablement_calendar"
        setattr(self.data, item, packed)
        issued = self.data.tariff_issued if is_tariff else self.data.non_disablement_issued
        issued[0], issued[1] = told["issued"]

    def _price(self, values: dict[str, Any], asked: Component) -> None:
        self.data.price_issued = values["issuerEventId"]
        self.set("currency_units", values["currency"])
        tier = values["priceTrailingDigitAndPriceTier"] & 0x0F
        if not tier:
            # No tier: it is by blocks, by as many as have a threshold.
            limits = [limit for limit in self._thresholds_wh() if limit + 1 >> 32 == 0]
            self.set("block_thresholds_in_use", len(limits))
        if hasattr(self.device, "mirror"):
            # Which a gas meter derives.
            self.set("active_tariff_price_mp", values["price"])
            self.set("active_tariff_rate", max(tier - 1, 0))

    def _thresholds_wh(self) -> list[int]:
        if hasattr(self.device, "mirror"):
            return [self.device.mirror.value(_PRICE, one) or 0 for one in _THRESHOLDS]
        return list(self.data.tariff_block_thresholds_wh)

    def _billing(self, values: dict[str, Any], asked: Component) -> None:
        kind = values["billingPeriodDuration"], values["billingPeriodDurationType"]
        self.set("billing_calendar_period", PERIODS.index(kind) + 1)
        self.data.billing_calendar_start_s = values["billingPeriodStartTime"]
        self.data.billing_issued = values["issuerEventId"]
        self.data.last_billing_s = self._now_s()

    # Prepayment.

    def _mode_response(self, values: dict[str, Any], asked: Component) -> None:
        self.set("emergency_credit_limit_mp", values["emergencyCreditLimit"])
        self.set("emergency_credit_threshold_mp", values["emergencyCreditThreshold"])
        # A calendar that is there has a number.
        self.data.non_disablement_issued[1] = int(values["friendlyCredit"])

    def _top_up(self, values: dict[str, Any], asked: Component) -> None:
        self.set("payment_mode", enumerations.PREPAYMENT_MODE)
        result = values["resultType"]
        digits = asked.payload[2:].decode()
        if result in _SUPPLY or not result:
            balance = signed(values["creditRemaining"]) - values["topUpValue"]
            self.set("meter_balance_mp", balance)
            self._supply_state(_SUPPLY.get(result, enumerations.ENABLED))
        elif result == _DUPLICATE:
            self.data.utrn_counter_cache[0] = utrn.decode(digits).counter_bits
        elif result == _TOO_MUCH:
            self.set("maximum_meter_balance_threshold_mp", 0)
        elif result == _TOO_LARGE:
            self.set("maximum_credit_threshold_mp", 0)

    def _event_settings(self, values: dict[str, Any], asked: Component) -> None:
        items_of = (
            ("event_logging_supplier", gbz_management.LOGGED),
            ("alerts_supplier", gbz_management.ALERTED),
            ("alerts_han", gbz_management.SHARED),
            ("event_alarms", gbz_management.ALARMED),
        )
        for row in values["eventConfigurationPayload"]:
            bit = row["eventId"] & 0xFF
            for item, flag in items_of:
                held = getattr(self.data, item)
                held[bit >> 3] &= ~(1 << (bit & 7)) & 0xFF
                if row["eventConfiguration"] & flag:
                    held[bit >> 3] |= 1 << (bit & 7)


def _dated(date: int, target: int) -> tuple[int, int, int, int]:
    year = date & 0xFF
    year = ANY_YEAR if year == 0xFF else 1900 + year
    return year, date >> 8 & 0xFF, date >> 16 & 0xFF, target - 1


def _in_logs(take: Callable[[Logs, dict[str, Any]], None]) -> Callable[..., None]:
    """Return a loader of a preset for what its logs take."""
    return lambda preset, values, asked: take(preset.logs, values)


_SPECIAL = {
    (_BASIC, _MODEL): _Preset._model,
    (_METERING, 0x0014): _Preset._supply,
    (_METERING, 0x0206): _Preset._firmware_version,
    (_PREPAYMENT, 0x0000): _Preset._payment_control,
    (_PREPAYMENT, 0x0002): _Preset._emergency_credit,
    (_PREPAYMENT, 0x0216): lambda self, value: self.set(
        "debt_recovery_rate_1_period_s", 86_400 if value else 3_600
    ),
    (_PREPAYMENT, 0x0226): lambda self, value: self.set(
        "debt_recovery_rate_2_period_s", 86_400 if value else 3_600
    ),
}
_LOADERS = {
    "PublishDayProfile": _Preset._day,
    "PublishWeekProfile": _Preset._week,
    "PublishSeasons": _Preset._seasons,
    "PublishSpecialDays": _Preset._special_days,
    "PublishPrice": _Preset._price,
    "PublishBillingPeriod": _Preset._billing,
    "ChangePaymentModeResponse": _Preset._mode_response,
    "ConsumerTopUpResponse": _Preset._top_up,
    "PublishTopUpLog": _in_logs(Logs.top_ups),
    "PublishDebtLog": _in_logs(Logs.debt_payments),
    "GetSampledDataResponse": _in_logs(Logs.samples),
    "PublishEventLog": _in_logs(Logs.events),
    "ReportEventConfiguration": _Preset._event_settings,
    "PublishSnapshot": _in_logs(Logs.snapshot),
    "PublishPrepaySnapshot": _in_logs(Logs.prepay_snapshot),
}

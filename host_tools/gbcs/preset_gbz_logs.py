"""Logs of a gas device, as the answers to GBZ messages tell them: typed entries, for a preset."""

import struct
from typing import Any

from protometer.han.zcl_types import get_uint
from protometer.records.registers import banks
from protometer.roles import gbz_metering, gbz_snapshots

_NO_SAMPLE = 0xFF_FFFF
_SECURITY_LOG = 4


def emptied(device: Any, name: str, first: int | None = None) -> Any:
    """Return a device's log, without entries; first: the number that its next then has."""
    log = device.logbook.named(name)
    if first is not None:
        device.data.log_counts[log.number] = first
    device.data.log_starts[log.number] = device.data.log_counts[log.number]
    return log


def signed(value: int) -> int:
    """Return a number of 32 bits that came without its sign."""
    return value - (1 << 32) if value >> 31 else value


class Logs:
    """The logs of a device; finish() writes what several components tell together."""

    def __init__(self, device: Any) -> None:
        self._device = device
        self._snapshots: dict[str, dict[int, dict[str, Any]]] = {}

    def samples(self, values: dict[str, Any]) -> None:
        """Take a Get Sampled Data Response."""
        name, period_s, _ = gbz_metering.SAMPLED[values["sampleId"]]
        log = emptied(self._device, name)
        for number, sample in enumerate(values["samples"]):
            if sample != _NO_SAMPLE:
                log.append(values["sampleStartTime"] + number * period_s, sample)

    def events(self, values: dict[str, Any]) -> None:
        """Take a Publish Event Log."""
        is_security = values["logPayload"][0]["logId"] == _SECURITY_LOG
        log = emptied(self._device, "Security Log" if is_security else "Event Log")
        for row in values["logPayload"]:
            detail = () if is_security else (int.from_bytes(row["eventData"], "big"),)
            log.append(row["eventTime"], row["eventId"], *detail)

    def top_ups(self, values: dict[str, Any]) -> None:
        """Take a Publish Top Up Log: the newest entry comes first."""
        log = emptied(self._device, "Billing Data Log Prepayment Credits")
        for row in reversed(values["topUpPayload"]):
            code = bytes.fromhex(row["topUpCode"].decode())
            log.append(row["topUpTime"], row["topUpAmount"], code)

    def debt_payments(self, values: dict[str, Any]) -> None:
        """Take a Publish Debt Log: the newest entry comes first."""
        log = emptied(self._device, "Billing Data Log Payment Based Debt Payments")
        for row in reversed(values["debtPayload"]):
            left = signed(row["outstandingDebt"])
            log.append(row["collectionTime"], signed(row["amountCollected"]), left)

    def snapshot(self, values: dict[str, Any]) -> None:
        """Take a Publish Snapshot: the registers of a reading, whose money may come too."""
        payload = values["snapshotPayload"]
        registers = [get_uint(payload, 0, 6)]
        for at in (7, 32):
            registers += [get_uint(payload, at + 6 * number, 6) for number in range(4)]
        name = _log_of(values["snapshotCause"], gbz_snapshots.DAILY, gbz_snapshots.BILLING)
        number = values["snapshotId"] - gbz_metering.FIRST_NUMBER[name]
        self._found(name, values, number)["registers"] = registers

    def prepay_snapshot(self, values: dict[str, Any]) -> None:
        """Take a Publish Prepay Snapshot: the money of a reading."""
        money = struct.unpack("<6i", values["snapshotPayload"])
        debt, time_1, time_2, payment, emergency, balance = money
        logs = gbz_snapshots.DAILY_MONEY, gbz_snapshots.BILLING_MONEY
        name = _log_of(values["snapshotCause"], *logs)
        found = self._found(name, values, values["snapshotId"])
        found["money"] = (emergency, balance, payment, time_1, time_2, debt)

    def finish(self) -> None:
        """Write what snapshots told."""
        for name, entries in self._snapshots.items():
            self._log_snapshots(name, entries)

    def _found(self, name: str, values: dict[str, Any], number: int) -> dict[str, Any]:
        entries = self._snapshots.setdefault(name, {})
        found = entries.setdefault(number, {"stamp": values["snapshotTime"]})
        found.update(cause=values["snapshotCause"], total=values["totalSnapshotsFound"])
        return found

    def _log_snapshots(self, name: str, entries: dict[int, dict[str, Any]]) -> None:
        log = emptied(self._device, name, max(min(entries), 0))
        told = [entries[number] for number in sorted(entries)]
        # Of those that were found and not told nothing is known but that they are there.
        while len(told) < max(found["total"] for found in entries.values()):
            told.append({"stamp": told[-1]["stamp"] + 1, "cause": told[0]["cause"]})
        for found in told:
            stamp = found["stamp"]
            reading = self._reading(found.get("registers", [0] * 9))
            money = found.get("money", (0,) * 6)
            if name == gbz_snapshots.CHANGES:
                log.append(stamp, reading, *money, found["cause"])
            elif name in (gbz_snapshots.DAILY, gbz_snapshots.BILLING):
                log.append(stamp, reading)
            else:
                log.append(stamp, *money)

    def _reading(self, registers: list[int]) -> bytes:
        octets, left = b"", iter(registers)
        for bank in banks(self._device.data):
            values = [next(left) for _ in range(len(bank))]
            octets += struct.pack(f"<{len(bank)}I", *[value // 1000 for value in values])
            octets += struct.pack(f"<{len(bank)}H", *[value % 1000 for value in values])
        return octets


def _log_of(cause: int, daily: str, billing: str) -> str:
    names = {gbz_snapshots.GENERAL: daily, gbz_snapshots.END_OF_BILLING: billing}
    return names.get(cause, gbz_snapshots.CHANGES)

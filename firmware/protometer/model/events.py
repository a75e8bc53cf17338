"""Events and their codes (GBCS table 16.2), on their way from the domain to logs and alerts.

Only the codes that this release raises are named.
"""

from array import array

from micropython import const

AVERAGE_OVER_VOLTAGE = const(0x8002)
AVERAGE_UNDER_VOLTAGE = const(0x8006)
OVER_CURRENT = const(0x8010)
OVER_CURRENT_PHASE_1 = const(0x8011)
OVER_CURRENT_PHASE_3 = const(0x8013)
POWER_FACTOR_LOW = const(0x8014)
POWER_FACTOR_RESTORED = const(0x8015)
OVER_CURRENT_PHASE_2 = const(0x8016)
EXTREME_OVER_VOLTAGE = const(0x8020)
VOLTAGE_SWELL = const(0x8024)
EXTREME_UNDER_VOLTAGE = const(0x8028)
VOLTAGE_SAG = const(0x802C)
AVERAGE_OVER_VOLTAGE_ENDED = const(0x8085)
AVERAGE_UNDER_VOLTAGE_ENDED = const(0x8089)
EXTREME_OVER_VOLTAGE_ENDED = const(0x808D)
VOLTAGE_SWELL_ENDED = const(0x8091)
EXTREME_UNDER_VOLTAGE_ENDED = const(0x8095)
VOLTAGE_SAG_ENDED = const(0x8099)
LOW_CREDIT = const(0x810D)
CREDIT_ADDED_LOCALLY = const(0x810E)
EMERGENCY_CREDIT_AVAILABLE = const(0x8119)
LOAD_NOT_SWITCHED = const(0x811A)
LOAD_SWITCHED = const(0x8131)
CLOCK_ADJUSTED = const(0x8145)
COMMAND_DONE = const(0x8154)
COMMAND_NOT_DONE = const(0x8155)
UI_COMMAND_DONE = const(0x8161)
UI_COMMAND_NOT_DONE = const(0x8162)
ARMED_BY_EMERGENCY_CREDIT = const(0x8168)
NETWORK_JOINED = const(0x8183)
VALVE_TESTED = const(0x8184)
OPERATIONAL_INTEGRITY = const(0x81A0)
HUB_CONNECTED = const(0x81A2)
HUB_DISCONNECTED = const(0x81A3)
MESSAGE_ACKNOWLEDGED = const(0x81A6)
TIME_DEBT_1_RECOVERED = const(0x81A7)
TIME_DEBT_2_RECOVERED = const(0x81A8)
PAYMENT_DEBT_RECOVERED = const(0x81A9)
EMERGENCY_CREDIT_EXHAUSTED = const(0x81AA)
EMERGENCY_CREDIT_ACTIVATED = const(0x81AB)
MEMORY_FAULT = const(0x81AE)
FLOW_ABOVE_CAPACITY = const(0x81B4)
AIR_IN_GAS = const(0x81B5)
REVERSE_FLOW = const(0x81B6)
PHASE_SEQUENCE_WRONG = const(0x81B7)
POLARITY_WRONG = const(0x81B8)
REVERSE_CURRENT = const(0x81BB)
CONNECT_FAILURE = const(0x81BD)
SUPPLY_LOCKED = const(0x81BE)
UNCONTROLLED_GAS_FLOW = const(0x81BF)
DISCONNECT_FAILURE = const(0x81C0)
MANUAL_ENTRY_SUSPENDED = const(0x81C4)
UTRN_LOCKED_OUT = const(0x81C5)
CLOCK_OUTSIDE_WINDOW = const(0x81C6)
LOAD_LIMIT_EXCEEDED = const(0x8F01)
BILLING_DATA_LOG_UPDATED = const(0x8F0A)
CLOCK_NOT_ADJUSTED = const(0x8F0C)
BELOW_DISABLEMENT_THRESHOLD = const(0x8F0F)
FIRMWARE_FAILED_AT_POWER_ON = const(0x8F1B)
FIRMWARE_NOT_VERIFIED = const(0x8F1C)
POWER_SUPPLY_LOST = const(0x8F1D)
BAD_FORMAT = const(0x8F1E)
BATTERY_LOW = const(0x8F1F)
NO_AUTHORITY = const(0x8F30)
SUPPLY_ARMED = const(0x8F32)
LOAD_LIMIT_DISABLED = const(0x8F33)
LOAD_LIMIT_ENABLED = const(0x8F34)
SUPPLY_RESTORED = const(0x8F35)
SUPPLY_RESTORED_LONG = const(0x8F36)
SIGNATURE_NOT_VERIFIED = const(0x8F3D)
UNAUTHORISED_COMMUNICATION = const(0x8F3E)
FIRMWARE_VERSION_CHANGED = const(0x8F43)
UTRN_ABOVE_MAXIMUM_BALANCE = const(0x8F47)
JOIN_FAILED = const(0x8F48)
JOINED = const(0x8F49)
UNJOIN_FAILED = const(0x8F4A)
UNJOINED = const(0x8F4B)
SIGNING_NOT_REPLACED = const(0x8F4C)
SIGNING_REPLACED = const(0x8F4D)
AGREEMENT_NOT_REPLACED = const(0x8F4E)
AGREEMENT_REPLACED = const(0x8F4F)
UTRN_DUPLICATE = const(0x8F51)
EVENT_LOG_CLEARED = const(0x8F52)
AUTHENTICATION_FAILED = const(0x8F53)
SUPPLY_INTERRUPTED = const(0x8F57)
UTRN_ABOVE_MAXIMUM_CREDIT = const(0x8F5B)
UNUSUAL_NUMBER_OF_COMMANDS = const(0x8F60)
UTRN_NOT_AUTHENTIC = const(0x8F63)
UTRN_NOT_FOR_DEVICE = const(0x8F64)
FUTURE_COMMAND_DONE = const(0x8F66)
FUTURE_COMMAND_NOT_DONE = const(0x8F67)
CREDENTIALS_UPDATED = const(0x8F70)
FIRMWARE_VERIFIED = const(0x8F72)
BATTERY_RESET = const(0x8F82)
DISABLEMENT_SUSPENDED = const(0x8F83)
LEVEL_LIMIT_TAKEN = const(0x8F86)
LEVEL_LIMIT_ENDED = const(0x8F87)


class Outbox:
    """A preallocated queue of (code, UTC, detail) from the domain to whoever logs and alerts.

    When nobody fetches them the newest are refused and counted in `discarded`.
    """

    def __init__(self, size=32):
        self._codes = array("H", bytes(2 * size))
        self._at_s = array("I", bytes(4 * size))
        self._details = array("I", bytes(4 * size))
        self._first = 0
        self._count = 0
        self.discarded = 0

    def __len__(self):
        return self._count

    def post(self, code, now_s, detail=0):
        """Add an event that happened at now_s; detail: a number that belongs to it."""
        size = len(self._codes)
        if self._count == size:
            self.discarded += 1
            return
        slot = (self._first + self._count) % size
        self._codes[slot] = code
        self._at_s[slot] = now_s
        self._details[slot] = detail
        self._count += 1

    def entry(self, index):
        """Return the event at an index, the oldest first, as (code, at_s, detail)."""
        slot = (self._first + index) % len(self._codes)
        return self._codes[slot], self._at_s[slot], self._details[slot]

    def take(self):
        """Remove and return the oldest as (code, at_s, detail), or None."""
        if not self._count:
            return None
        oldest = self.entry(0)
        self._first = (self._first + 1) % len(self._codes)
        self._count -= 1
        return oldest

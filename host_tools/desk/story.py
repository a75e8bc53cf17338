"""A demonstration's story: what the supplier set up, and what happens when."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

STORIES = Path(__file__).parent / "stories"
DATA = Path(__file__).parents[1] / "data"

# Inputs come half a second into their second: after all that is due at the second itself.
INPUT_DELAY_US = 500_000
# The devices are powered and set up this long before the first half-hour begins.
COMMISSIONING = timedelta(minutes=1)
# What a story must set: the expected credit and its events depend on these.
_NEEDED_ITEMS = ("Emergency Credit Limit", "Emergency Credit Threshold", "Low Credit Threshold")
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


class StoryError(ValueError):
    """A story file is malformed; the message names file, place and fault in one line."""


class Step(BaseModel):
    """One input: a SMETS2 Command or a key, for one device, at a time."""

    model_config = ConfigDict(extra="forbid")

    at: AwareDatetime
    to: Literal["ESME", "IHD"]
    tells: str
    command: Literal["Add Credit"] | None = None
    arguments: dict[str, int] = Field(default_factory=dict)
    by: Literal["supplier", "user", "ppmid"] = "supplier"
    key: str | None = None

    @model_validator(mode="after")
    def _one_input(self) -> "Step":
        if (self.command is None) == (self.key is None):
            raise ValueError("give either a command or a key")
        if self.command and (self.to != "ESME" or list(self.arguments) != ["value_mp"]):
            raise ValueError(f"{self.command} goes to ESME with value_mp")
        return self


class Story(BaseModel):
    """What the demonstration plays; money in millipence, times in UTC."""

    model_config = ConfigDict(extra="forbid")

    title: str
    start_utc: AwareDatetime
    most_days: int = Field(ge=1)
    half_hours: str
    tariff: str
    items: dict[str, int]
    meter_balance_mp: int
    steps: list[Step]

    @field_validator("items")
    @classmethod
    def _all_needed(cls, items: dict[str, int]) -> dict[str, int]:
        lacking = [name for name in _NEEDED_ITEMS if name not in items]
        if lacking:
            raise ValueError(f"no {', '.join(lacking)}")
        return items

    @model_validator(mode="after")
    def _files_exist(self) -> "Story":
        for path in (self.half_hours_path(), STORIES / self.tariff):
            if not path.is_file():
                raise ValueError(f"there is no {path}")
        return self

    def half_hours_path(self) -> Path:
        """Return the file of the household's half-hours."""
        return DATA / self.half_hours

    def tariff_text(self) -> str:
        """Return the tariff file's text."""
        return (STORIES / self.tariff).read_text()

    def power_on_utc(self) -> datetime:
        """Return when the devices start."""
        return self.start_utc - COMMISSIONING

    def end_utc(self, days: int) -> datetime:
        """Return the midnight that ends the run."""
        return self.start_utc + timedelta(days=days)


def load_story(path: Path) -> Story:
    """Read a story file, or raise StoryError."""
    try:
        return Story.model_validate(json.loads(path.read_text()))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        fault = first["msg"].removeprefix("Value error, ")
        raise StoryError(": ".join(filter(None, (path.name, place, fault)))) from error
    except (OSError, ValueError) as error:
        raise StoryError(f"{path.name}: {error}") from error


def to_us(moment: datetime) -> int:
    """Return the microseconds of a moment since 2000-01-01T00:00:00Z."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def to_s(moment: datetime) -> int:
    """Return the whole seconds of a moment since 2000-01-01T00:00:00Z."""
    return (moment - _EPOCH) // timedelta(seconds=1)


def to_utc(at_us: int) -> datetime:
    """Return the moment at_us microseconds after 2000-01-01T00:00:00Z."""
    return _EPOCH + timedelta(microseconds=at_us)

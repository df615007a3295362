"""What every settings model shares."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict
from pydantic_core import PydanticCustomError

KeyPath = tuple[str | int, ...]


class Settings(BaseModel):
    """Frozen; unknown keys are mistakes, not extras; no value is bent into another type."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=False, validate_default=True)


def mistake(message: str, *, at: KeyPath, remedy: str) -> PydanticCustomError:
    """Build the error that a model's own rule raises.

    `at` is the path of the value to blame, from the model that raises; the loader turns it into a
    file, line and column.
    """
    context = {"message": message, "at": at, "remedy": remedy}
    return PydanticCustomError("mistake", "{message}", context)

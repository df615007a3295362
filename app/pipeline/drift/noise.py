"""The model of `noise.yaml`: differences that plans always show, each with its reason."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated

from pydantic import Field

from app.config.base import Settings
from app.config.loading import read_settings
from app.config.policy_exceptions import Resources

FILE = Path(__file__).parent / "noise.yaml"
Attribute = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", examples=["status"])]


class Noise(Settings):
    """Attributes of resources that change without anybody having changed the target."""

    resource: Resources = Field(description="Type and name; `*` stands for a part of the name.")
    attributes: tuple[Attribute, ...] = Field(min_length=1)
    reason: str = Field(min_length=20)
    expires: date

    def covers(self, address: str, attribute: str) -> bool:
        """Tell whether it speaks of an attribute: type and attribute are never matched in part."""
        kind, _, name = self.resource.partition(".")
        found_kind, _, found_name = address.rpartition(".")
        return (
            kind == found_kind
            and attribute in self.attributes
            and fnmatchcase(found_name.partition("[")[0], name)
        )


class NoiseList(Settings):
    """The whole list, short on purpose."""

    noise: tuple[Noise, ...] = Field(max_length=12)


def read_noise(file: Path = FILE) -> tuple[Noise, ...]:
    """Read the list. ConfigError with positions when it is wrong."""
    return read_settings(file, NoiseList)[1].noise


def expired(noise: Sequence[Noise], *, today: date) -> tuple[Noise, ...]:
    """Return what has to be reviewed: it filters nothing until then."""
    return tuple(one for one in noise if one.expires < today)

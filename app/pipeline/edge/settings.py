"""What the legacy edge needs to know; refused here, not by HAProxy at night."""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, ValidationError

from app.config.base import Settings
from app.errors import InputError

_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
_LARGEST_PORT = 65_535


def split(place: str) -> tuple[str, int]:
    """Return host and port of `host:port`; ValueError when it is none."""
    host, _, port = place.rpartition(":")
    if not _HOST.fullmatch(host) or not port.isdigit() or not 0 < int(port) <= _LARGEST_PORT:
        raise ValueError(f"{place!r} is not host:port")
    return host, int(port)


def _place(value: str) -> str:
    split(value)
    return value


def _plain_path(value: Path) -> Path:
    # HAProxy splits its lines at blanks, and takes quotes and hashes for its own.
    if not value.is_absolute() or re.search(r"[^A-Za-z0-9/._+-]", str(value)):
        raise ValueError(f"{value} is not an absolute path of letters, digits and / . _ + -")
    return value


Place = Annotated[str, AfterValidator(_place)]
PlainPath = Annotated[Path, AfterValidator(_plain_path)]


class EdgeSettings(Settings):
    """Addresses are `host:port`. `name` is what both certificates are verified for."""

    name: str = Field(pattern=rf"^{_HOST.pattern}$")
    listen: Place
    legacy: Place
    aws: Place
    agent: Place
    certificate: PlainPath = Field(description="PEM with the chain and the key.")
    trust: PlainPath = Field(description="PEM with the roots of both servers' certificates.")
    connections: int = Field(default=4096, ge=16, le=1_000_000)
    log: str = Field(default="stdout", pattern=r"^(stdout|stderr|[0-9.]+:[0-9]+)$")
    client_seconds: int = Field(default=60, ge=1, le=3_600)
    answer_seconds: int = Field(
        default=2, ge=1, le=60, description="Longest time one attempt may take."
    )
    retries: int = Field(default=10, ge=1, le=50)
    look_milliseconds: int = Field(
        default=200, ge=50, le=10_000, description="How often the agent is asked who writes."
    )

    @property
    def agent_host(self) -> str:
        """Host of the agent."""
        return split(self.agent)[0]

    @property
    def agent_port(self) -> int:
        """Port of the agent."""
        return split(self.agent)[1]

    @property
    def resolves(self) -> bool:
        """Whether AWS is given by a name, whose addresses change."""
        try:
            ipaddress.ip_address(split(self.aws)[0])
        except ValueError:
            return True
        return False


def edge_settings(**values: object) -> EdgeSettings:
    """Return the settings; InputError that names every wrong value."""
    try:
        return EdgeSettings.model_validate(values)
    except ValidationError as error:
        wrong = [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()]
        raise InputError(
            f"the edge cannot be rendered: {'; '.join(wrong)}",
            remedy="give addresses as host:port and absolute paths without blanks",
        ) from None

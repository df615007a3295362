"""What `build/local/environment.json` tells about a running local environment."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.errors import InputError

SiteName = Literal["legacy", "aws"]


class _Facts(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class DnsFacts(_Facts):
    """Where the DNS server listens (UDP)."""

    host: str
    port: int = Field(ge=1, le=65_535)


class DatabaseFacts(_Facts):
    """One site's database as the migration role sees it; TLS is verified in full."""

    host: str
    port: int = Field(ge=1, le=65_535)
    dbname: str
    user: str
    password: str = Field(default="", repr=False)
    password_file: Path | None = None
    sslrootcert: Path
    hostaddr: str | None = None

    def secret(self) -> str:
        """Return the password, from the file where one is named."""
        if self.password_file is not None:
            return self.password_file.read_text().strip()
        return self.password


class ProcessFacts(_Facts):
    """A process that belongs to the environment; its children count as well."""

    pid: int
    name: str


class LocalFacts(_Facts):
    """The whole file. `read` and `write` are its only doors."""

    api_name: str
    api_port: int = Field(ge=1, le=65_535)
    dns: DnsFacts
    ca_file: Path
    aws_endpoint: str
    process_environment: dict[str, str] = Field(
        default_factory=dict, description="Variables that every payshift command needs here."
    )
    databases: dict[SiteName, DatabaseFacts]
    processes: tuple[ProcessFacts, ...] = ()

    @classmethod
    def read(cls, path: Path) -> LocalFacts:
        """Return the facts in a file; InputError when it is missing or not such a file."""
        try:
            return cls.model_validate_json(path.read_bytes())
        except (OSError, ValidationError) as error:
            raise InputError(
                f"{path} does not describe a local environment: {error}",
                remedy="start one with `payshift local up`",
            ) from error

    def write(self, path: Path) -> None:
        """Write the file, readable by its owner only: it carries passwords."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.chmod(0o600)
        path.write_text(self.model_dump_json(indent=2) + "\n")

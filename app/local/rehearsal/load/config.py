"""The settings of the load process, handed to it as a JSON file."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from app.config.base import Settings


class Mix(Settings):
    """Requests a second of each kind; payments are the rate that is promised."""

    payments: float = Field(default=100, gt=0, le=2_000)
    reads: float = Field(default=8, ge=0, le=2_000)
    repeats: float = Field(default=3, ge=0, le=2_000)
    refunds: float = Field(default=2, ge=0, le=2_000)

    @classmethod
    def at(cls, payments: float) -> Mix:
        """Return the usual mix around a rate of payments."""
        share = payments / 100
        return cls(payments=payments, reads=8 * share, repeats=3 * share, refunds=2 * share)


class Stale(Settings):
    """Clients that keep the data centre's address whatever the DNS says, and where that leads."""

    share: float = Field(gt=0, le=1, description="Of the clients.")
    host: str
    port: int = Field(ge=1, le=65_535)


class LoadConfig(Settings):
    """Where the clients pay, how fast, and where they write down what happened."""

    api_name: str
    api_port: int
    dns_host: str
    dns_port: int
    ca_file: Path
    output: Path = Field(description="Directory of the recording; must exist.")
    run: str = Field(pattern=r"^[A-Za-z0-9-]{4,40}$", description="Starts every idempotency key.")
    mix: Mix = Field(default_factory=Mix)
    clients: int = Field(default=64, ge=1, le=10_000)
    seconds: float = Field(default=3_600, gt=0, description="Ends by itself after this time.")
    timeout_seconds: float = Field(default=20, gt=0)
    in_flight_limit: int = Field(default=5_000, ge=1)
    seed: int = 0
    stale: Stale | None = None

    @property
    def stale_clients(self) -> int:
        """How many of the clients are stale: at least one, if any shall be."""
        return 0 if self.stale is None else max(1, round(self.stale.share * self.clients))

    @property
    def requests_file(self) -> Path:
        """Every request, whatever became of it."""
        return self.output / "requests.jsonl"

    @property
    def acknowledgements_file(self) -> Path:
        """Every promise; complete even after kill -9."""
        return self.output / "acknowledgements.jsonl"

    @property
    def draws_file(self) -> Path:
        """Every DNS answer."""
        return self.output / "draws.jsonl"

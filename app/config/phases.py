"""The models of the files in `phases/`: what production shall look like in each phase."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from app.config.base import Settings, mistake

Percent = Annotated[int, Field(ge=0, le=100)]
PhaseName = Annotated[
    str,
    StringConstraints(pattern=r"^phase-(0|[1-9][0-9]?|100)$"),
    Field(examples=["phase-10"]),
]
Digest = Annotated[
    str,
    StringConstraints(pattern=r"^sha256:[0-9a-f]{64}$"),
    Field(examples=["sha256:<64 hexadecimal digits>"]),
]
# Stands for an image until the first one is pushed.
NO_IMAGE = f"sha256:{0:064}"
RunId = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9]{8}T[0-9]{6}\.[0-9]{6}Z-[0-9a-f]{4}-break-glass$"),
    Field(examples=["20261123T223000.123456Z-ab12-break-glass"]),
]
Writer = Literal["legacy", "aws"]


class Traffic(Settings):
    """How Route 53 splits requests between the sites."""

    aws_percent: Percent = Field(description="Share of requests sent to AWS; legacy has the rest.")


class Features(Settings):
    """Toggles that the payment API reads at run time."""

    writer: Writer = Field(description="The site whose database accepts writes.")
    reads: Literal["writer", "replica"] = Field(
        default="writer", description="Which database answers reads."
    )
    shadow_reads_percent: Percent = Field(
        default=0, description="Share of reads that are compared between both databases."
    )
    reverse_replication: bool = Field(
        default=False, description="Replicate aws → legacy once the writer has moved."
    )


class Gate(Settings):
    """Limits that a validation compares the world with; a limit left out is not checked."""

    replication_running: bool | None = Field(
        default=None, description="Rows are carried away from the writer; the way back rests ready."
    )
    replication_lag_seconds: float | None = Field(
        default=None, gt=0, le=3600, description="Highest replication lag, in seconds."
    )
    way_back_seconds: float | None = Field(
        default=None, gt=0, le=600, description="Longest way of a probe back to the writer."
    )
    dms_validation_failures: int | None = Field(
        default=None, ge=0, le=1_000, description="Most rows that DMS found differing or gave up."
    )
    row_parity: bool | None = Field(
        default=None,
        description="Rows and money agree on both sites; of large tables, by `payshift verify`.",
    )
    money_parity: bool | None = Field(
        default=None, description="The balance of every account agrees on both sites."
    )
    schema_parity: bool | None = Field(
        default=None, description="Tables, constraints, indexes and triggers agree on both sites."
    )
    sequences_ahead: bool | None = Field(
        default=None, description="The writer's sequences give no number twice."
    )
    writer_epoch_agrees: bool | None = Field(
        default=None, description="Both databases know the same writer and epoch."
    )
    unencrypted_sessions: int | None = Field(
        default=None, ge=0, le=100, description="Most database sessions without TLS."
    )
    certificate_days: int | None = Field(
        default=None, ge=1, le=365, description="Fewest days left to the databases' certificates."
    )
    secret_age_days: int | None = Field(
        default=None, ge=1, le=400, description="Highest age of a login's password, in days."
    )
    cost_forecast_percent: float | None = Field(
        default=None, gt=0, le=1_000, description="Highest forecast of the month, of the budget."
    )
    error_rate_percent: float | None = Field(
        default=None, ge=0, le=100, description="Highest share of server errors, in percent."
    )
    p95_milliseconds: float | None = Field(
        default=None, gt=0, le=30_000, description="Highest 95th percentile of latency."
    )
    p99_milliseconds: float | None = Field(
        default=None, gt=0, le=30_000, description="Highest 99th percentile of latency."
    )
    shadow_read_mismatches: int | None = Field(
        default=None, ge=0, le=1_000, description="Most reads that the two databases differ in."
    )
    minimum_requests: int | None = Field(
        default=None,
        ge=1,
        le=1_000_000,
        description="Requests the site under test must have answered before rates mean anything.",
    )
    consecutive_successes: int = Field(
        default=1,
        ge=1,
        le=10,
        description="Looks in a row at which every check must pass; of these, one at whole tables.",
    )

    def limits(self, *, left_out: Iterable[str] = ()) -> dict[str, float | int | bool]:
        """Return the limits that are set, by check, without those left out."""
        return self.model_dump(exclude_none=True, exclude={"consecutive_successes", *left_out})


class Gates(Settings):
    """The checks on both sides of the change."""

    before: Gate = Field(default_factory=Gate)
    after: Gate = Field(default_factory=Gate)


class Phase(Settings):
    """One file `phases/phase-N.yaml`: a state that production can be in."""

    phase: Percent = Field(description="The number in the file name; phases are ordered by it.")
    title: str = Field(min_length=1, max_length=60)
    traffic: Traffic
    features: Features
    gates: Gates = Field(default_factory=Gates)
    bake_minutes: int = Field(
        default=0, ge=0, le=43_200, description="Time this phase must hold before the next."
    )

    @property
    def name(self) -> str:
        """The workspace and file name, such as `phase-10`."""
        return f"phase-{self.phase}"


class Live(Settings):
    """The file `phases/live.yaml`: the phase that production shall be in."""

    live: PhaseName
    acknowledge: RunId | None = Field(
        default=None,
        description="The last run that moved production past Git, once people have looked at it.",
    )


class Images(Settings):
    """Container images, by digest: each release colour's, and that of all other functions."""

    blue: Digest
    green: Digest
    engine: Digest = Field(
        description="Of validator, handover, rotation, comparison; no colour's trial changes them."
    )

    @property
    def digests(self) -> tuple[str, ...]:
        """Every image once."""
        return tuple(dict.fromkeys(self.model_dump().values()))

    @property
    def named(self) -> bool:
        """Whether there is an image; before the first one, every digest is zeros."""
        return NO_IMAGE not in self.model_dump().values()

    @model_validator(mode="after")
    def _all_or_none(self) -> Images:
        images: dict[str, str] = self.model_dump()
        named = [name for name, digest in images.items() if digest != NO_IMAGE]
        for name, digest in images.items():
            if named and digest == NO_IMAGE:
                raise mistake(
                    f"{name} names no image while {named[0]} does: Lambda makes no such function",
                    at=(name,),
                    remedy=f"write a digest that was pushed, such as that of {named[0]}",
                )
        return self


class ColourWeights(Settings):
    """Weights of the two release colours at the load balancer; they sum to 100."""

    blue: Percent
    green: Percent

    @model_validator(mode="after")
    def _sum_to_100(self) -> ColourWeights:
        total = self.blue + self.green
        if total != 100:  # noqa: PLR2004  # a whole, in percent
            raise mistake(
                f"blue {self.blue} and green {self.green} sum to {total}",
                at=(),
                remedy="write two weights that sum to 100",
            )
        return self


class Release(Settings):
    """The file `phases/release.yaml`: which container images run, and which colour serves."""

    images: Images
    weights: ColourWeights

    @property
    def idle(self) -> str | None:
        """The colour without weight, None while both serve."""
        idle = [colour for colour, weight in self.weights.model_dump().items() if weight == 0]
        return idle[0] if idle else None

"""Settings of alarms and notifications."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from app.config.base import Settings, mistake


class Limits(Settings):
    """At what figure alarms ring."""

    replication_lag_seconds: float = Field(gt=0, le=60)
    task_latency_seconds: int = Field(ge=5, le=900)
    pause_milliseconds: int = Field(ge=50, le=5_000)
    error_rate_percent: float = Field(gt=0, le=5)
    p95_milliseconds: int = Field(ge=50, le=2_000)
    held_requests_per_minute: int = Field(ge=0, le=10_000)
    requests_per_minute: int = Field(ge=1, le=10_000, description="Fewer at both sites together.")
    spillover_per_minute: int = Field(ge=0, le=1_000)
    balancer_errors_per_minute: int = Field(ge=0, le=1_000)
    blocked_requests_per_minute: int = Field(ge=1, le=100_000)
    certificate_days: int = Field(ge=14, le=60, description="ACM renews 60 days before.")
    cpu_percent: int = Field(ge=50, le=95)
    database_connections: int = Field(ge=10, le=5_000)
    database_free_memory_megabytes: int = Field(ge=128, le=65_536)
    database_free_storage_gigabytes: int = Field(ge=1, le=500)
    replica_lag_milliseconds: int = Field(ge=100, le=60_000)
    slot_gigabytes: int = Field(ge=1, le=1_000)
    replication_free_memory_megabytes: int = Field(ge=128, le=65_536)
    replication_free_storage_gigabytes: int = Field(ge=5, le=1_000)


class Subscriber(Settings):
    """Whom the alarm topic tells; an e-mail address confirms itself, once."""

    protocol: Literal["email", "https"]
    endpoint: str = Field(
        pattern=r"^(https://[^\s]+|[^\s@]+@[^\s@]+\.[a-z]{2,63})$",
        examples=["on-call@example.com"],
    )

    @model_validator(mode="after")
    def _the_protocol_is_the_endpoints(self) -> Subscriber:
        right: Literal["email", "https"] = (
            "https" if self.endpoint.startswith("https://") else "email"
        )
        if self.protocol != right:
            raise mistake(
                f"{self.endpoint} is not reached by {self.protocol}",
                at=("protocol",),
                remedy=f"write protocol: {right}",
            )
        return self


class Observability(Settings):
    """Limits, and who hears of them; without subscribers the topic only keeps the alarms' state."""

    subscribers: tuple[Subscriber, ...] = Field(default=(), max_length=20)
    change_subscribers: tuple[Subscriber, ...] = Field(
        default=(), max_length=20, description="Who hears of every step of a phase."
    )
    limits: Limits

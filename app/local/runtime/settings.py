"""What a runtime host is started with: one JSON file, checked before anything runs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pydantic import Field, model_validator

from app.config.base import Settings


class StaticFunction(Settings):
    """A function that is not in AWS: the legacy system."""

    name: str
    handler: str = Field(description="Dotted path of the handler, as in image_config.command.")
    environment: Mapping[str, str] = Field(default_factory=dict)
    timeout_seconds: float = Field(default=30, gt=0, le=900)
    memory_megabytes: int = Field(default=1024, ge=128, le=10_240)


class EdgeSettings(Settings):
    """An HTTPS front: of a load balancer in the cloud, or of one static function."""

    address: str
    port: int = Field(ge=0, le=65_535)
    certificate: Path
    key: Path
    load_balancer: str | None = Field(
        default=None, description="Name of the load balancer whose listener decides the targets."
    )
    function: str | None = Field(default=None, description="Fixed target; no load balancer.")
    idle_seconds: float = Field(default=60, gt=0, description="Idle time-out, as an ALB has.")

    @model_validator(mode="after")
    def _one_target(self) -> EdgeSettings:
        if (self.load_balancer is None) == (self.function is None):
            raise ValueError("an edge needs either load_balancer or function")
        return self


class HostSettings(Settings):
    """Everything that a runtime host needs to know."""

    address: str = "127.0.0.1"
    port: int = Field(default=0, ge=0, le=65_535)
    region: str = "us-east-2"
    account_id: str = "123456789012"
    log_directory: Path
    cloud_endpoint: str | None = Field(
        default=None, description="AWS endpoint of the workers and door of their metrics."
    )
    follow_cloud: bool = Field(
        default=True, description="Run the functions of the cloud's Lambda API and register there."
    )
    image: Path | None = Field(
        default=None,
        description="Assembled files of the image to run, alone; else the source tree is run.",
    )
    functions: tuple[StaticFunction, ...] = ()
    workers: Mapping[str, int] = Field(
        default_factory=dict, description="Function name to number of workers."
    )
    on_demand: frozenset[str] = Field(
        default=frozenset(),
        description="Functions whose workers start once they are called, or an edge sends to them.",
    )
    default_workers: int = Field(default=1, ge=1, le=100)
    environment: Mapping[str, str] = Field(
        default_factory=dict, description="Overrides what a function's configuration says."
    )
    queue_limit: int = Field(default=1000, ge=0, description="Invocations that may wait.")
    ready_seconds: float = Field(
        default=30, gt=0, description="Longest wait for the first workers before the ready line."
    )
    drain_seconds: float = Field(default=10, ge=0, description="Time for requests in flight.")
    edge: EdgeSettings | None = None

    @model_validator(mode="after")
    def _cloud_is_known(self) -> HostSettings:
        if self.cloud_endpoint is None and self.follow_cloud:
            raise ValueError("follow_cloud needs cloud_endpoint")
        return self

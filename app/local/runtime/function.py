"""What a worker must know about its function."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Function:
    """Configuration of one function. Equal configurations need no new workers."""

    name: str
    arn: str
    handler: str
    timeout_seconds: float
    memory_megabytes: int
    environment: tuple[tuple[str, str], ...] = ()

    @classmethod
    def from_lambda(cls, configuration: Mapping[str, Any]) -> Function | None:
        """Read one entry of Lambda's ListFunctions; None when it names no Python handler."""
        image = configuration.get("ImageConfigResponse") or {}
        command = (image.get("ImageConfig") or {}).get("Command") or []
        handler = command[0] if command else configuration.get("Handler")
        if not handler:
            return None
        variables = (configuration.get("Environment") or {}).get("Variables") or {}
        return cls(
            name=configuration["FunctionName"],
            arn=configuration["FunctionArn"],
            handler=handler,
            timeout_seconds=float(configuration.get("Timeout") or 3),
            memory_megabytes=int(configuration.get("MemorySize") or 128),
            environment=tuple(sorted(variables.items())),
        )

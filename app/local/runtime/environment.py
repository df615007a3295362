"""The environment variables of a worker process: what Lambda sets, and what is ours."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from app.local.runtime.function import Function
from app.local.runtime.settings import HostSettings

_INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT")
_ROOT = Path(__file__).resolve().parents[3]


def worker_environment(
    *, function: Function, settings: HostSettings, runtime_api: str
) -> dict[str, str]:
    """Build the whole environment of a worker; nothing else of the host's leaks in."""
    environment = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    root = settings.image or _ROOT
    others = [] if settings.image else _extra_paths(os.environ)
    environment |= {
        "PYTHONPATH": os.pathsep.join([str(root), *others]),
        "MALLOC_ARENA_MAX": "2",
        "AWS_REGION": settings.region,
        "AWS_DEFAULT_REGION": settings.region,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_megabytes),
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function.name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": "local",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_EXECUTION_ENV": f"AWS_Lambda_python{sys.version_info[0]}.{sys.version_info[1]}",
        "LAMBDA_TASK_ROOT": str(root),
        "_HANDLER": function.handler,
        "AWS_LAMBDA_RUNTIME_API": runtime_api,
    }
    if settings.cloud_endpoint:
        environment["AWS_ENDPOINT_URL"] = settings.cloud_endpoint
    return environment | dict(function.environment) | dict(settings.environment)


def _extra_paths(environ: Mapping[str, str]) -> list[str]:
    return [path for path in environ.get("PYTHONPATH", "").split(os.pathsep) if path]

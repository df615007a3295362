"""The machine and the versions of what took part."""

from __future__ import annotations

import json
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import psutil

from app.errors import DatabaseFailed
from app.migration.connection import connect
from app.migration.sites import Databases

_PACKAGES = ("payshift", "moto", "cdktf", "cdktf-cdktf-provider-aws", "psycopg", "awslambdaric")


def machine() -> dict[str, Any]:
    """Return what the figures depend on."""
    return {
        "system": platform.platform(terse=True),
        "processor": _processor(),
        "cores": psutil.cpu_count() or 1,
        "memory_bytes": psutil.virtual_memory().total,
    }


def versions(databases: Databases) -> dict[str, str]:
    """Return versions by name; what cannot be found is left out."""
    found = {"Python": platform.python_version()}
    for site, settings in databases.items():
        try:
            with connect(settings, application_name="payshift-rehearsal-proof") as connection:
                row = connection.execute("SHOW server_version").fetchone()
        except DatabaseFailed:
            continue
        if row is not None:
            found[f"PostgreSQL {site}"] = str(row[0])
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return {**found, **_program("Terraform", "terraform", "version", "-json")}


def _program(name: str, *command: str) -> dict[str, str]:
    try:
        done = subprocess.run(command, capture_output=True, check=True, timeout=20)
        return {name: str(json.loads(done.stdout)["terraform_version"])}
    except (OSError, subprocess.SubprocessError, ValueError, KeyError):
        return {}


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()

"""A directory of right phase files, to be spoiled by tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.config.loading import load_phases
from app.errors import ConfigError

FILES = {
    "phase-0.yaml": """\
phase: 0
title: Replicating
traffic:
  aws_percent: 0
features:
  writer: legacy
""",
    "phase-10.yaml": """\
phase: 10
title: Canary
traffic:
  aws_percent: 10
features:
  writer: legacy
gates:
  after: {replication_lag_seconds: 5, row_parity: true}
""",
    "phase-50.yaml": """\
phase: 50
title: Half
traffic:
  aws_percent: 50
features:
  writer: legacy
""",
    "phase-100.yaml": """\
phase: 100
title: All
traffic:
  aws_percent: 100
features:
  writer: aws
  reverse_replication: true
""",
    "live.yaml": "live: phase-10\n",
    "release.yaml": f"""\
images:
  blue: sha256:{"a" * 64}
  green: sha256:{"b" * 64}
  engine: sha256:{"a" * 64}
weights: {{blue: 90, green: 10}}
""",
}


def write_phases(directory: Path) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    for name, text in FILES.items():
        (directory / name).write_text(text, encoding="utf-8")
    return directory


def problems(directory: Path) -> list[str]:
    """Load and return each problem as `file:line:column: message → remedy`."""
    with pytest.raises(ConfigError) as refusal:
        load_phases(directory)
    return [
        f"{one.file.name}:{one.line}:{one.column}: {one.message} → {one.remedy}"
        for one in refusal.value.problems
    ]

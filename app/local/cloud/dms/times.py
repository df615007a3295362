"""Moments, as numbers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from moto.dms.models import FakeReplicationInstance, FakeReplicationTask

from app.local.cloud.dms.request import Record
from app.local.cloud.replacing import replace


def adapt() -> None:
    """Write moments as AWS does, in seconds: Terraform cannot read moto's text."""
    for kind in (FakeReplicationInstance, FakeReplicationTask):
        describe = replace(kind, "to_dict", None)

        def to_dict(self: object, describe: Any = describe) -> Record:  # noqa: ANN401 - moto's own
            record: Record = describe(self)
            return {name: _seconds(value) for name, value in record.items()}

        replace(kind, "to_dict", to_dict)


def _seconds(value: object) -> object:
    if isinstance(value, dict):
        return {name: _seconds(one) for name, one in value.items()}
    try:
        return datetime.fromisoformat(value).timestamp() if isinstance(value, str) else value
    except ValueError:
        return value

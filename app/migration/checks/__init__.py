"""The checks of the gates, one a file; a new file in this package is a new check."""

from __future__ import annotations

import importlib
import logging
import pkgutil
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from app.errors import WorldError
from app.migration.checks.base import Check, CheckContext, CheckResult, Outcome, WholeTables

__all__ = [
    "Check", "CheckContext", "CheckResult", "Outcome", "WholeTables", "all_checks", "run_check",
]  # fmt: skip

_log = logging.getLogger(__name__)


@cache
def all_checks() -> Mapping[str, Check]:
    """Return every check by the gate key that asks it."""
    found: dict[str, Check] = {}
    for module in pkgutil.iter_modules(__path__):
        check = getattr(importlib.import_module(f"{__name__}.{module.name}"), "CHECK", None)
        if check is not None:
            found[check.key] = check
    return MappingProxyType(found)


def run_check(check: Check, *, context: CheckContext, limit: float) -> CheckResult:
    """Run one check; whatever is raised makes it inconclusive, which is never a pass."""
    try:
        return check.run(context=context, limit=limit)
    except Exception as error:  # noqa: BLE001 - nothing is known then; a gate must still answer
        _log.warning("check without an answer: %s", check.key, exc_info=error)
        message, remedy = f"{type(error).__name__}: {error}", check.remedy
        if isinstance(error, WorldError):
            message, remedy = error.message, error.remedy or check.remedy
        cut = context.deadline is not None and context.deadline.passed
        if cut:
            message = f"cut off, the time of its gate was up: {message}"
        return CheckResult(
            check=check.key,
            outcome=Outcome.INCONCLUSIVE,
            figure=None,
            limit=limit,
            unit=check.unit,
            message=message,
            remedy=remedy,
            cut=cut,
        )

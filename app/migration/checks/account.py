"""The AWS account as checks see it; without one, what asks it knows nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from app.errors import WorldError
from app.migration.checks.base import Account, CheckContext


@contextmanager
def asking(context: CheckContext, *, for_what: str) -> Iterator[Account]:
    """Give the account; whatever a client raises inside becomes a WorldError that says for what."""
    if context.account is None:
        raise WorldError(
            f"There is no account to ask for {for_what}.", remedy="Run this gate in the target."
        )
    try:
        yield context.account
    # Whatever the client raises means that nothing is known.
    except Exception as error:
        raise WorldError(
            f"AWS does not tell {for_what}: {error}",
            remedy="Look at the function's role and its way to AWS.",
        ) from error

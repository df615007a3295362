"""One log line a request, and one for each fault; never a card, a key, a merchant or an amount."""

from __future__ import annotations

import logging
import traceback
from functools import cache
from typing import Any

import psycopg
from aws_lambda_powertools import Logger

from app.lambdas.payment_api import problems
from app.lambdas.payment_api.problems import Problem


@cache
def logger() -> Logger:
    """Return the API's structured logger."""
    # The library's own debug lines show whole requests, whatever level an operator sets.
    logging.getLogger("aws_lambda_powertools").setLevel(logging.INFO)
    return Logger(service="payment-api", log_uncaught_exceptions=False)


def log_fault(error: Exception) -> Problem:
    """Log an error that nobody expected and give the document that the client gets for it.

    Messages may quote a request or a row, so none goes to the log: only what kind of error it was,
    where it was raised, and what the database says of its own objects.
    """
    facts: dict[str, Any] = {"error": type(error).__name__, "where": _where(error)}
    if isinstance(error, psycopg.Error):
        facts |= {
            "sqlstate": error.sqlstate,
            "table": error.diag.table_name,
            "constraint": error.diag.constraint_name,
        }
        logger().error("request failed in the database", extra=facts)
    else:
        logger().error("request failed", extra=facts)
    return problems.internal()


def _where(error: Exception) -> list[str]:
    """Return the lines of the stack, the innermost last, without what they held."""
    frames = traceback.extract_tb(error.__traceback__)
    return [f"{frame.filename}:{frame.lineno} in {frame.name}" for frame in frames]

"""One log line a request, and one for each fault; never a card, a key, a merchant or an amount."""

from __future__ import annotations

import logging
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

    A database's message may quote the row, so only its code and first line go to the log.
    """
    if isinstance(error, psycopg.Error):
        facts: dict[str, Any] = {"sqlstate": error.sqlstate, "error": error.diag.message_primary}
        logger().error("request failed in the database", extra=facts)
    else:
        logger().error("request failed", exc_info=error)
    return problems.internal()

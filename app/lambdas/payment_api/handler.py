"""The Lambda entry point of the payment API."""

from __future__ import annotations

import os
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from app.lambdas.payment_api.api import PaymentApi

# At import, in Lambda's initialization phase: a bad environment is refused before the first
# request, and a provisioned sandbox has its connections when the first request comes.
_api = PaymentApi.start(os.environ)


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one load balancer event."""
    return _api(event, context)

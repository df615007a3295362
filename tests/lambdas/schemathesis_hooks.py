"""What schemathesis must know of the payment API beyond its OpenAPI document."""

from __future__ import annotations

from typing import Any

import schemathesis


@schemathesis.hook
def map_body(context: schemathesis.HookContext, body: Any) -> Any:
    """Write 5 for 5.0: JSON Schema calls both an integer and has no word for one of them.

    The API refuses 5.0 on purpose, because whoever writes it counts money in floats;
    tests/lambdas/test_bad_input.py holds it to that.
    """
    del context
    if not isinstance(body, dict):
        return body
    return {
        name: int(value) if isinstance(value, float) and value.is_integer() else value
        for name, value in body.items()
    }

"""Which methods each path of the API answers, for those who ask with another one."""

from __future__ import annotations

import re

ANSWERED = {
    "/v1/payments": ("POST",),
    "/v1/payments/{payment_id}": ("GET",),
    "/v1/payments/{payment_id}/refunds": ("POST",),
    "/health": ("GET",),
    "/openapi.json": ("GET",),
}
_PATTERNS = [
    (re.compile(path.replace(".", r"\.").replace("{payment_id}", "[^/]+")), methods)
    for path, methods in ANSWERED.items()
]


def methods_at(path: str) -> tuple[str, ...]:
    """Return the methods that something answers at this path; none for an unknown path."""
    return next((methods for pattern, methods in _PATTERNS if pattern.fullmatch(path)), ())

"""Every login was rotated as often as the environment says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from app.config.names import DATABASE_ROLES, SITES
from app.pipeline.drift.context import DriftContext
from app.pipeline.probing.base import Line, Probe, judged

# Secrets Manager rotates within its window and tries again for hours.
GRACE = timedelta(days=1)


class Secrets:
    """Plans show the schedule of a rotation, never whether one took place."""

    title = "logins"
    remedy = "Look at the secrets in Secrets Manager."

    def look(self, context: DriftContext) -> Iterator[Line]:
        """Compare the age of each login with the schedule."""
        client = context.client("secretsmanager")
        limit = timedelta(days=context.environment.rotation.days) + GRACE
        for site in SITES:
            for role in DATABASE_ROLES:
                yield self._one(client, context, site=site, role=role, limit=limit)

    @staticmethod
    def _one(
        client: Any,  # noqa: ANN401  # boto3's own
        context: DriftContext,
        *,
        site: str,
        role: str,
        limit: timedelta,
    ) -> Line:
        name = context.names.secret(site, role)
        remedy = f"run: aws secretsmanager rotate-secret --secret-id {name}, and read its errors"
        try:
            found = client.describe_secret(SecretId=name)
        except client.exceptions.ResourceNotFoundException:
            return judged(passed=False, subject=name, message="there is no such secret",
                          remedy="apply the foundation: payshift deliver --foundation")  # fmt: skip
        # Never rotated, it is as old as its last change.
        changed = found.get("LastRotatedDate") or found.get("LastChangedDate")
        if changed is None:
            return judged(passed=False, subject=name, message="holds no login yet", remedy=remedy)
        age = context.now - changed
        return judged(
            passed=age <= limit,
            subject=name,
            message=f"{max(0, age.days)} days old (limit {limit.days})",
            remedy=remedy,
        )


PROBE: Probe[DriftContext] = Secrets()

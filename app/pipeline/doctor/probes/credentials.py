"""The credentials at hand are valid, and those of the right account."""

from __future__ import annotations

from collections.abc import Iterator

from app.pipeline.doctor.context import DoctorContext
from app.pipeline.probing.base import Line, Probe, judged


class Credentials:
    """Everything else would be asked of the wrong account."""

    title = "credentials"
    remedy = "Sign in: aws sso login, or set AWS_PROFILE."

    def look(self, context: DoctorContext) -> Iterator[Line]:
        """Ask AWS who this is."""
        found = context.client("sts").get_caller_identity()
        wanted = context.environment.account_id
        yield judged(
            passed=found["Account"] == wanted,
            subject=self.title,
            message=f"{found['Arn']} of account {found['Account']}; the target is {wanted}",
            remedy="sign in to the target's account, or write its number into the environment",
        )


PROBE: Probe[DoctorContext] = Credentials()

"""A role that workflows take: what it may do in its own words, and AWS's policies beside them."""

from __future__ import annotations

from collections.abc import Sequence

from cdktf_cdktf_provider_aws.iam_role import IamRole
from cdktf_cdktf_provider_aws.iam_role_policy import IamRolePolicy
from cdktf_cdktf_provider_aws.iam_role_policy_attachment import IamRolePolicyAttachment
from constructs import Construct

from app.components.policy_document import Statement, policy_document
from app.config.names import Names

# Longer than the longest phase, shorter than a working day.
LONGEST_SESSION_SECONDS = 2 * 60 * 60


def delivery_role(
    scope: Construct,
    purpose: str,
    *,
    names: Names,
    trust: str,
    statements: Sequence[Statement],
    managed: str | None = None,
) -> None:
    """Create the role of a purpose; `managed` names a policy that AWS keeps up to date."""
    role = IamRole(
        scope,
        f"{purpose}-role",
        name=names.delivery_role(purpose),
        assume_role_policy=trust,
        max_session_duration=LONGEST_SESSION_SECONDS,
    )
    IamRolePolicy(
        scope,
        f"{purpose}-policy",
        name=purpose,
        role=role.id,
        policy=policy_document(*statements),
    )
    if managed:
        IamRolePolicyAttachment(
            scope,
            f"{purpose}-managed",
            role=role.name,
            policy_arn=f"arn:aws:iam::aws:policy/{managed}",
        )

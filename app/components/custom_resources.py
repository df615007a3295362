"""A CloudFormation stack of custom resources, run anew by each apply with a new run id."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil

from cdktf import ITerraformDependable
from cdktf_cdktf_provider_aws.cloudformation_stack import (
    CloudformationStack,
    CloudformationStackTimeouts,
)
from constructs import Construct

from app.components.phase_template import Step, template

# CloudFormation's own work around the steps, and the provider's polls.
STACK_GRACE_SECONDS = 300


def custom_resources(
    scope: Construct,
    id_: str,
    *,
    name: str,
    description: str,
    sequence: Sequence[Step],
    parameters: Mapping[str, str],
    topic_arn: str,
    depends_on: Sequence[ITerraformDependable] = (),
) -> ITerraformDependable:
    """Run the steps in order; a step that fails fails the apply and says why.

    A failed update rolls back and can be updated again. A failed create leaves nothing that
    blocks the next run. If Terraform died before it could write its state, the next delivery
    deletes the stack before it makes it. Every event of the stack is told to the topic, which must
    be there before.
    """
    longest = sum(step.service_timeout_seconds for step in sequence) + STACK_GRACE_SECONDS
    limit = f"{ceil(longest / 60)}m"
    return CloudformationStack(
        scope,
        id_,
        name=name,
        template_body=template(sequence, description=description),
        parameters=parameters,
        notification_arns=[topic_arn],
        on_failure="DELETE",
        timeouts=CloudformationStackTimeouts(create=limit, update=limit, delete=limit),
        depends_on=list(depends_on) or None,
    )

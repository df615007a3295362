"""Events that a function failed to handle although Lambda repeated them."""

from __future__ import annotations

from cdktf_cdktf_provider_aws.sqs_queue import SqsQueue
from constructs import Construct

# The longest that SQS keeps anything: a fortnight for someone to come and look.
RETENTION_SECONDS = 14 * 24 * 3600


def failure_queue(scope: Construct, id_: str, *, name: str, key_arn: str) -> str:
    """Create an encrypted queue and return its ARN.

    CloudFormation calls functions asynchronously; an event that is given up lands here. Load
    balancers and Secrets Manager wait for the answer and see the failure themselves.
    """
    queue = SqsQueue(
        scope,
        id_,
        name=name,
        message_retention_seconds=RETENTION_SECONDS,
        kms_master_key_id=key_arn,
    )
    return queue.arn

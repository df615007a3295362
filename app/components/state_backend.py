"""Where a workspace keeps its state: one object in a versioned bucket, with a native lock."""

from __future__ import annotations

from cdktf import S3Backend
from constructs import Construct

from app.config.environment import Environment
from app.config.names import Names


def state_backend(scope: Construct, *, environment: Environment, workspace: str) -> None:
    """Keep the workspace's state encrypted in the environment's state bucket, locked by S3 itself.

    Endpoints and credentials stay out: Terraform takes them from its environment variables.
    """
    names = Names.of(environment)
    backend = S3Backend(
        scope,
        bucket=names.state_bucket,
        key=names.state_key(workspace),
        region=environment.region,
        encrypt=True,
        use_path_style=True if environment.s3_path_style else None,
    )
    # cdktf 0.21 has no argument for it; a DynamoDB table is the deprecated alternative.
    backend.add_override("use_lockfile", value=True)

"""What every workspace has: its state object, the pinned provider, and plain resource names."""

from __future__ import annotations

from cdktf import TerraformElement, TerraformResource, TerraformStack
from constructs import Construct, Node

from app.components.aws_provider import PROVIDER_VERSION, aws_provider
from app.components.state_backend import state_backend
from app.config.environment import Environment
from app.config.names import Names


class Workspace(TerraformStack):
    """A stack with its own state, written to `stacks/<name>/cdk.tf.json`.

    Resource names are the construct path joined by underscores, without a hash, so that plans
    read well: `aws_subnet.web_a`, `aws_route53_record.weight_aws`.
    """

    def __init__(self, scope: Construct, *, name: str, environment: Environment) -> None:
        super().__init__(scope, name)
        self.names = Names.of(environment)
        state_backend(self, environment=environment, workspace=name)
        aws_provider(self, environment=environment, workspace=name)
        # No `required_version` beside it: checkov's parser breaks on a string there. An older
        # Terraform stops at the backend's `use_lockfile`, and app/pipeline refuses it first.
        provider = {"source": "hashicorp/aws", "version": PROVIDER_VERSION}
        self.add_override("terraform.required_providers.aws", provider)

    def _allocate_logical_id(self, tf_element: TerraformElement | Node) -> str:
        # A resource's text is its path. By way of its node a name would take two calls into jsii
        # instead of one, and that is a fifth of all calls of a synthesis. Others are written as
        # something else: a variable as the reference that needs this very name.
        if isinstance(tf_element, TerraformResource):
            return plain_name(tf_element.to_string())
        return plain_name((tf_element if isinstance(tf_element, Node) else tf_element.node).path)


def plain_name(path: str) -> str:
    """Turn a construct's path into its Terraform name: `network/web/a` becomes `web_a`."""
    return "_".join(path.split("/")[1:]).replace("-", "_")

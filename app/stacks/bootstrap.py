"""The workspace `bootstrap`: what must be there before anything else can be delivered."""

from __future__ import annotations

from collections.abc import Sequence

from cdktf import TerraformOutput
from constructs import Construct

from app.components.aws_provider import dns_provider
from app.components.bucket_lifecycle import ForgetVersions
from app.components.customer_key import CustomerKey
from app.components.delivery_permissions import (
    guard_rails,
    hold_locks,
    keep_look,
    keep_reviews,
    manage_roles,
    no_data,
    open_bundles,
    push_images,
    read_state_versions,
    read_states,
    write_states,
)
from app.components.delivery_role import delivery_role
from app.components.github_identity import GithubIdentity
from app.components.hosted_zone import HostedZone
from app.components.image_repository import ImageRepository
from app.components.private_bucket import PrivateBucket
from app.components.replication_roles import ReplicationRoles
from app.config.environment import Environment
from app.config.names import ROLE_BOUNDARY
from app.stacks.workspace import Workspace

# Long enough to see who held a lock last; each apply leaves one behind.
LOCK_DAYS = 7


class BootstrapWorkspace(Workspace):
    """The state bucket, trust in GitHub and its roles; the zone and the image repository.

    Zone and repository are here because something outside of Terraform must happen between them
    and what `service` makes: the parent zone names the zone, and a workflow pushes an image.

    Also the two roles of the account without which DMS does nothing, as no delivery may make them.
    `workspaces` names those whose locks lie in the bucket. Versions of states stay for ever.
    """

    def __init__(
        self, scope: Construct, *, environment: Environment, workspaces: Sequence[str]
    ) -> None:
        super().__init__(scope, name="bootstrap", environment=environment)
        key = CustomerKey(
            self,
            "state-key",
            names=self.names,
            purpose="state",
            description="Terraform states",
            through=("s3",),
        )
        PrivateBucket(
            self,
            "state",
            name=self.names.state_bucket,
            key_arn=key.arn,
            forgets=[self._lock(name) for name in workspaces],
        )
        self._roles(GithubIdentity(self, "github", environment=environment), key.arn)
        if environment.replication.owns_account_roles:
            ReplicationRoles(self, "dms", names=self.names)
        self._zone(environment)
        self._images(environment)

    def _lock(self, workspace: str) -> ForgetVersions:
        """Forget replaced locks of one workspace: the whole key is the prefix, no state has it."""
        return ForgetVersions(
            id=f"lock-{workspace}",
            prefix=self.names.lock_key(workspace),
            after_days=LOCK_DAYS,
        )

    def _zone(self, environment: Environment) -> None:
        zone = HostedZone(
            self,
            "zone",
            environment=environment,
            dns_provider=dns_provider(self, environment=environment, workspace="bootstrap"),
        )
        TerraformOutput(self, "name_servers", value=zone.name_servers)
        TerraformOutput(self, "ds_record", value=zone.ds_record)

    def _images(self, environment: Environment) -> None:
        kept = environment.service.kept_images
        images = ImageRepository(self, "images", names=self.names, kept_images=kept)
        TerraformOutput(self, "image_repository", value=images.url)

    def _roles(self, github: GithubIdentity, key_arn: str) -> None:
        seen = read_states(self.names, key_arn=key_arn)
        states = (*seen, hold_locks(self.names))
        reading = (open_bundles(self.names), *no_data(self.names))
        delivery_role(
            self,
            "plan",
            names=self.names,
            trust=github.pull_requests(),
            managed="ReadOnlyAccess",
            statements=(*seen, keep_reviews(self.names), *reading),
        )
        delivery_role(
            self,
            "drift",
            names=self.names,
            trust=github.main_branch(),
            managed="ReadOnlyAccess",
            statements=(*seen, keep_look(self.names), *reading),
        )
        delivery_role(
            self,
            "deliver",
            names=self.names,
            trust=github.protected_environment_or_people(),
            managed="PowerUserAccess",
            statements=(
                *states,
                write_states(self.names),
                *manage_roles(self.names, boundary_arn=ROLE_BOUNDARY),
                *guard_rails(self.names),
            ),
        )
        delivery_role(
            self,
            "restore",
            names=self.names,
            trust=github.protected_environment(),
            statements=(*states, write_states(self.names), *read_state_versions(self.names)),
        )
        delivery_role(
            self,
            "release",
            names=self.names,
            trust=github.main_branch(),
            statements=push_images(self.names),
        )

"""The workspace `data`: the logins of both databases, and the evidence."""

from __future__ import annotations

from constructs import Construct

from app.components.database_secret import database_secret
from app.components.private_bucket import PrivateBucket
from app.config.environment import Environment
from app.stacks.workspace import Workspace

ROLES = {
    "app": "the payment API",
    "migration": "the migration engine",
    "replication": "the replication between the sites",
    "rotation": "the rotation of the other logins",
}
SITES = ("legacy", "aws")


class DataWorkspace(Workspace):
    """Secrets without values, and a bucket that forgets nothing."""

    def __init__(self, scope: Construct, *, environment: Environment) -> None:
        super().__init__(scope, name="data", environment=environment)
        for site in SITES:
            for role, user in ROLES.items():
                database_secret(
                    self,
                    f"login-{site}-{role}",
                    name=self.names.secret(site, role),
                    description=f"Login of {user} at the {site} database",
                )
        PrivateBucket(self, "evidence", name=self.names.evidence_bucket)

"""The workspace `data`: the logins of both databases, and the evidence."""

from __future__ import annotations

from constructs import Construct

from app.components.database_secret import database_secret
from app.components.private_bucket import PrivateBucket
from app.config.environment import Environment
from app.config.names import DATABASE_ROLES, SITES
from app.stacks.workspace import Workspace


class DataWorkspace(Workspace):
    """Secrets without values, and a bucket that forgets nothing."""

    def __init__(self, scope: Construct, *, environment: Environment) -> None:
        super().__init__(scope, name="data", environment=environment)
        for site in SITES:
            for role, user in DATABASE_ROLES.items():
                database_secret(
                    self,
                    f"login-{site}-{role}",
                    name=self.names.secret(site, role),
                    description=f"Login of {user} at the {site} database",
                )
        PrivateBucket(self, "evidence", name=self.names.evidence_bucket)

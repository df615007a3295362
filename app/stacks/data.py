"""The workspace `data`: the logins of both databases, and the evidence."""

from __future__ import annotations

from constructs import Construct

from app.components.bucket_lifecycle import ForgetVersions
from app.components.customer_key import CustomerKey
from app.components.database_secret import database_secret
from app.components.private_bucket import PrivateBucket
from app.config.environment import Environment
from app.stacks.workspace import Workspace

ROLES = {"app": "the payment API", "migration": "the migration engine"}
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
        key = CustomerKey(
            self,
            "evidence-key",
            names=self.names,
            purpose="evidence",
            description="Evidence and bundles",
            through=("s3",),
        )
        PrivateBucket(
            self,
            "evidence",
            name=self.names.evidence_bucket,
            key_arn=key.arn,
            lock_days=environment.evidence.lock_days,
            # A bundle that was built anew replaces one; records are never replaced.
            forgets=[
                ForgetVersions(
                    id="rebuilt-bundles",
                    prefix="bundles/",
                    after_days=environment.evidence.lock_days,
                )
            ],
        )

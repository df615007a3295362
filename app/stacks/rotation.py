"""The workspace `rotation`: joins the secrets of `data` with the function of `service`."""

from __future__ import annotations

from constructs import Construct

from app.components.secret_schedule import SecretSchedule
from app.config.environment import Environment
from app.config.names import DATABASE_ROLES, SITES
from app.stacks.workspace import Workspace


class RotationWorkspace(Workspace):
    """Every login of every database role at every site gets a new password in time."""

    def __init__(self, scope: Construct, *, environment: Environment) -> None:
        super().__init__(scope, name="rotation", environment=environment)
        for site in SITES:
            for role in DATABASE_ROLES:
                SecretSchedule(
                    self,
                    f"login-{site}-{role}",
                    secret_name=self.names.secret(site, role),
                    function_arn=self.names.function_arn("secret-rotation"),
                    days=environment.rotation.days,
                )

"""Who may deliver: workflows of our repository, as GitHub says it, and whoever breaks the glass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cdktf_cdktf_provider_aws.iam_openid_connect_provider import IamOpenidConnectProvider
from constructs import Construct

from app.components.policy_document import Statement, policy_document
from app.config.environment import Environment

ISSUER = "token.actions.githubusercontent.com"
AUDIENCE = "sts.amazonaws.com"
MAIN = "refs/heads/main"


class GithubIdentity(Construct):
    """Trust in GitHub's tokens. Offers trust policies for roles."""

    def __init__(self, scope: Construct, id_: str, *, environment: Environment) -> None:
        super().__init__(scope, id_)
        provider = IamOpenidConnectProvider(
            self, "provider", url=f"https://{ISSUER}", client_id_list=[AUDIENCE]
        )
        self._provider_arn: str = provider.arn
        self._delivery = environment.delivery
        self._account_id = environment.account_id

    def pull_requests(self) -> str:
        """Trust workflows of pull requests, which run what anybody who may push has written."""
        return policy_document(self._workflow("pull_request"))

    def protected_environment(self) -> str:
        """Trust jobs of the protected environment, which start when its reviewers agreed."""
        return policy_document(self._protected_environment())

    def protected_environment_or_people(self) -> str:
        """Trust those jobs, and the people who deliver when GitHub is down."""
        roles = self._delivery.break_glass_roles
        return policy_document(
            self._protected_environment(), *((self._people(roles),) if roles else ())
        )

    def main_branch(self) -> str:
        """Trust workflows of what was merged, without asking a person again."""
        return policy_document(self._workflow(f"ref:{MAIN}"))

    def _protected_environment(self) -> Statement:
        # The environment's own rule for branches is a setting on GitHub, which nobody here sees.
        return self._workflow(
            f"environment:{self._delivery.protected_environment}", {f"{ISSUER}:ref": MAIN}
        )

    def _workflow(self, what: str, more: Mapping[str, str] | None = None) -> Statement:
        subject = f"repo:{self._delivery.identity}:{what}"
        return Statement(
            sid="GitHub",
            actions=("sts:AssumeRoleWithWebIdentity",),
            principal={"Federated": self._provider_arn},
            # Equal, never "like": a pattern would let other repositories or branches in.
            condition={
                "StringEquals": {
                    f"{ISSUER}:aud": AUDIENCE,
                    f"{ISSUER}:sub": subject,
                    **(more or {}),
                }
            },
        )

    def _people(self, roles: Sequence[str]) -> Statement:
        # Each by its whole name. Their own policies must allow sts:AssumeRole too.
        return Statement(
            sid="BreakGlass",
            actions=("sts:AssumeRole",),
            principal={"AWS": [f"arn:aws:iam::{self._account_id}:role/{role}" for role in roles]},
        )

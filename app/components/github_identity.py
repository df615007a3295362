"""Who a workflow of our repository is, as GitHub says it: no key is stored anywhere."""

from __future__ import annotations

from cdktf_cdktf_provider_aws.iam_openid_connect_provider import IamOpenidConnectProvider
from constructs import Construct

from app.components.policy_document import Statement, policy_document
from app.config.delivery import Delivery

ISSUER = "token.actions.githubusercontent.com"
AUDIENCE = "sts.amazonaws.com"


class GithubIdentity(Construct):
    """Trust in GitHub's tokens. Offers trust policies for roles."""

    def __init__(self, scope: Construct, id_: str, *, delivery: Delivery) -> None:
        super().__init__(scope, id_)
        provider = IamOpenidConnectProvider(
            self, "provider", url=f"https://{ISSUER}", client_id_list=[AUDIENCE]
        )
        self._provider_arn: str = provider.arn
        self._delivery = delivery

    def pull_requests(self) -> str:
        """Trust workflows of pull requests, which run what anybody who may push has written."""
        return self._trust("pull_request")

    def protected_environment(self) -> str:
        """Trust jobs of the protected environment, which start when its reviewers agreed."""
        return self._trust(f"environment:{self._delivery.protected_environment}")

    def main_branch(self) -> str:
        """Trust workflows of what was merged, without asking a person again."""
        return self._trust("ref:refs/heads/main")

    def _trust(self, what: str) -> str:
        subject = f"repo:{self._delivery.identity}:{what}"
        return policy_document(
            Statement(
                sid="GitHub",
                actions=("sts:AssumeRoleWithWebIdentity",),
                principal={"Federated": self._provider_arn},
                # Equal, never "like": a pattern would let other repositories or branches in.
                condition={"StringEquals": {f"{ISSUER}:aud": AUDIENCE, f"{ISSUER}:sub": subject}},
            )
        )

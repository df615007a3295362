"""An account in which nothing of ours is yet, over HTTP, and the bootstrap's workspace."""

from __future__ import annotations

import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from moto.core.config import default_user_config as moto_config
from moto.iam.access_control import IAMPolicyStatement
from moto.s3.responses import S3Response

from app.config.loading import load_environment
from app.local.cloud import policies, s3
from app.main import synthesize
from app.pipeline import aws
from app.pipeline.bootstrap.found import Look
from app.pipeline.bootstrap.run import STATE, Bootstrapped, bootstrap
from app.pipeline.target import Target
from app.pipeline.terraform import Terraform
from app.pipeline.terraform_messages import PlanSummary
from app.pipeline.workspaces import Workspaces
from tests.unit.phase_files import write_phases

ENVIRONMENT = load_environment("local").model_copy(update={"name": "boot"})


@dataclass
class Account:
    """An empty account, and a working directory."""

    target: Target
    source: Path
    look: Look
    said: list[str] = field(default_factory=list)

    @property
    def work(self) -> Path:
        """The bootstrap's working directory."""
        return self.target.work / "bootstrap"

    def run(self, *, agree: Callable[[PlanSummary], bool] = lambda _plan: True) -> Bootstrapped:
        """Run the bootstrap as a new process would."""
        return bootstrap(
            Terraform.find(build=self.target.build / "terraform"),
            Workspaces(self.source, self.target.work),
            look=self.look,
            agree=agree,
            progress=self.said.append,
        )

    def assert_complete(self) -> None:
        """The state is in the bucket and nowhere else, and there is nothing left to do."""
        assert list(self.work.glob(f"{STATE}*")) == []
        assert self.look.state_is_in_the_bucket()
        again = self.run()
        assert again.plan.empty
        assert not again.moved

    def keys(self) -> list[str]:
        """Every KMS key that is not AWS's own."""
        kms = self.look.kms
        found = [one["KeyId"] for one in kms.list_keys()["Keys"]]
        return [
            key
            for key in found
            if kms.describe_key(KeyId=key)["KeyMetadata"]["KeyManager"] == "CUSTOMER"
        ]


def synthesized(directory: Path) -> Path:
    """Synthesize the account's workspaces below a directory; returns where they are."""
    write_phases(directory / "phases")
    synthesize(environment=ENVIRONMENT, phases=directory / "phases", output=directory / "out")
    return directory / "out"


@contextmanager
def empty_account(directory: Path, *, source: Path, endpoint: str) -> Iterator[Account]:
    """Empty the AWS of this process, and let it be strict as long as the block lasts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(moto_config["iam"], "load_aws_managed_policies", True)  # noqa: FBT003  # its own signature
        # Undone afterwards: the adapter takes plain HTTP on loopback for TLS, as the bucket wants.
        evaluate = IAMPolicyStatement.is_action_permitted
        patch.setattr(IAMPolicyStatement, "is_action_permitted", evaluate)
        policies.adapt()
        patch.setattr(S3Response, "get_bucket_notification", S3Response.get_bucket_notification)
        s3.adapt()
        # moto keeps one world a process: what other tests made in it must go first.
        reset = urllib.request.Request(f"{endpoint}/moto-api/reset", method="POST")  # noqa: S310  # loopback
        urllib.request.urlopen(reset, timeout=60).close()  # noqa: S310  # our own loopback server
        target = Target(ENVIRONMENT, directory / "build")
        look = Look(
            aws.s3(ENVIRONMENT),
            aws.iam(ENVIRONMENT),
            aws.kms(ENVIRONMENT),
            target.names,
            owns_account_roles=True,
        )
        yield Account(target, source, look)

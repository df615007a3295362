"""An account in which nothing of ours is yet, over HTTP, and the bootstrap's workspace."""

from __future__ import annotations

import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from app.config.loading import load_environment
from app.local.cloud.settings import CloudSettings
from app.main import synthesize
from app.pipeline.bootstrap.found import Look
from app.pipeline.bootstrap.run import STATE, Bootstrapped, bootstrap
from app.pipeline.target import Target
from app.pipeline.terraform import Terraform
from app.pipeline.terraform_messages import PlanSummary
from app.pipeline.workspaces import Workspaces
from tests.aws_api import variables_for
from tests.local.processes import running
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
        """Every KMS key that is not AWS's own, of the region and of Route 53's."""
        return [
            one["KeyId"]
            for kms in (self.look.kms, self.look.dns_kms)
            for one in kms.list_keys()["Keys"]
            if kms.describe_key(KeyId=one["KeyId"])["KeyMetadata"]["KeyManager"] == "CUSTOMER"
        ]


def synthesized(directory: Path) -> Path:
    """Synthesize the account's workspaces below a directory; returns where they are."""
    write_phases(directory / "phases")
    synthesize(environment=ENVIRONMENT, phases=directory / "phases", output=directory / "out")
    return directory / "out"


@contextmanager
def strict_aws(directory: Path) -> Iterator[str]:
    """Run the local AWS API, with the policies that AWS manages; gives its address."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")
        with running("app.local.cloud", settings=CloudSettings(), directory=directory) as cloud:
            yield str(cloud.said["endpoint"])


@contextmanager
def empty_account(directory: Path, *, source: Path, endpoint: str) -> Iterator[Account]:
    """Empty the AWS at an address, and let clients of this process reach it."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in variables_for(endpoint).items():
            patch.setenv(name, value)
        patch.delenv("AWS_PROFILE", raising=False)
        reset = urllib.request.Request(f"{endpoint}/moto-api/reset", method="POST")  # noqa: S310  # loopback
        urllib.request.urlopen(reset, timeout=60).close()  # noqa: S310  # our own loopback server
        target = Target(ENVIRONMENT, directory / "build")
        yield Account(target, source, Look.at(ENVIRONMENT))

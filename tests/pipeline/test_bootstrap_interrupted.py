"""A bootstrap that died before its state was moved in is taken up, with its state or without."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.pipeline.bootstrap.run import STATE
from app.pipeline.terraform import Terraform
from tests.pipeline.account import Account, empty_account, strict_aws, synthesized

pytestmark = [pytest.mark.slow, pytest.mark.long, pytest.mark.timeout(1_200)]


class Crashed(Exception):
    """Stands for the end of the process at this point."""


@dataclass(frozen=True)
class Interrupted:
    """An account in which everything is made, and what the dead run left on its machine."""

    account: Account
    left: Path

    def again(self) -> Account:
        """Let it be as the run left it: the state is on the machine, and not in the bucket."""
        s3, bucket = self.account.look.s3, self.account.target.names.state_bucket
        kept = s3.list_object_versions(Bucket=bucket)
        for one in (*kept.get("Versions", []), *kept.get("DeleteMarkers", [])):
            s3.delete_object(Bucket=bucket, Key=one["Key"], VersionId=one["VersionId"])
        shutil.rmtree(self.account.work, ignore_errors=True)
        shutil.copytree(self.left, self.account.work, symlinks=True)
        return self.account


@pytest.fixture(scope="module")
def interrupted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Interrupted]:
    """Apply everything once, which takes a minute, and die before the state is moved in."""

    def crash(*_arguments: object, **_more: object) -> None:
        raise Crashed

    directory = tmp_path_factory.mktemp("interrupted")
    source = synthesized(directory)
    with (
        strict_aws(directory) as endpoint,
        empty_account(directory, source=source, endpoint=endpoint) as account,
    ):
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(Terraform, "migrate", crash)
            with pytest.raises(Crashed):
                account.run()
        left = Path(shutil.copytree(account.work, directory / "left", symlinks=True))
        yield Interrupted(account, left)


@pytest.fixture
def account(interrupted: Interrupted) -> Account:
    return interrupted.again()


def test_a_run_that_died_before_the_move_is_taken_up(account: Account) -> None:
    assert (account.work / STATE).is_file()
    assert not account.look.state_is_in_the_bucket()
    done = account.run()
    assert done.moved
    assert done.plan.empty
    account.assert_complete()


def test_a_run_whose_state_was_lost_takes_over_what_it_made(account: Account) -> None:
    shutil.rmtree(account.work)
    assert not account.look.state_is_in_the_bucket()
    keys = account.keys()
    assert account.run().moved
    assert account.keys() == keys
    account.assert_complete()

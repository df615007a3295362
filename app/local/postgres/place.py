"""Where the servers' programs and data lie, so that their account can reach both."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from app.errors import LocalEnvironmentFailed
from app.local.postgres.account import ServerAccount
from app.local.postgres.binaries import PostgresBinaries, find_binaries


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerPlace:
    """The directory that holds the clusters, and programs that their account may run.

    `removable` lists every directory that was made for it; `remove()` removes them.
    """

    directory: Path
    binaries: PostgresBinaries
    account: ServerAccount
    removable: tuple[Path, ...]

    @classmethod
    def prepare(
        cls,
        *,
        directory: Path,
        binaries: PostgresBinaries | None = None,
        account: ServerAccount | None = None,
    ) -> ServerPlace:
        """Make the directory, or a temporary one if the account cannot reach it.

        The account cannot when root runs this below a private directory such as its home; then
        the programs are copied to the temporary directory too.
        """
        account = account or ServerAccount.choose()
        binaries = binaries or find_binaries()
        try:
            found = directory.exists() and any(directory.iterdir())
            directory.mkdir(parents=True, exist_ok=True)
            # What someone else put there is not ours to remove.
            removable = [] if found else [directory]
            if not account.can_enter(directory=directory):
                if not found:
                    directory.rmdir()
                directory = Path(tempfile.mkdtemp(prefix="payshift-"))
                directory.chmod(0o755)
                removable = [directory]
            if not account.can_execute(program=binaries.postgres):
                home = Path(tempfile.mkdtemp(prefix="payshift-postgresql-"))
                home.chmod(0o755)
                removable.append(home)
                shutil.copytree(binaries.home, home, symlinks=True, dirs_exist_ok=True)
                binaries = PostgresBinaries(home=home)
        except OSError as error:
            raise LocalEnvironmentFailed(
                f"The directory for the databases cannot be used: {error}",
                remedy="Free some space or give another directory.",
            ) from error
        return cls(
            directory=directory, binaries=binaries, account=account, removable=tuple(removable)
        )

    def remove(self) -> None:
        """Remove everything that was made; the servers must have stopped."""
        for path in self.removable:
            shutil.rmtree(path, ignore_errors=True)

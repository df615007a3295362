"""The operating system account that the servers run as; PostgreSQL refuses root."""

from __future__ import annotations

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from app.errors import LocalEnvironmentFailed

UNPRIVILEGED = ("postgres", "nobody")


class AccountArguments(TypedDict, total=False):
    """The arguments of subprocess that make a program run as the account."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerAccount:
    """Who the servers run as. `uid` is None when that is the current user."""

    uid: int | None
    gid: int | None

    @classmethod
    def choose(cls) -> ServerAccount:
        """Return the current user, or an unprivileged one when that is root."""
        if os.geteuid() != 0:
            return cls(uid=None, gid=None)
        for name in UNPRIVILEGED:
            try:
                entry = pwd.getpwnam(name)
            except KeyError:
                continue
            if entry.pw_uid != 0:
                return cls(uid=entry.pw_uid, gid=entry.pw_gid)
        raise LocalEnvironmentFailed(
            "PostgreSQL refuses to run as root and there is no user it could run as.",
            remedy="Run as an ordinary user, or add a user named postgres.",
        )

    @property
    def arguments(self) -> AccountArguments:
        """Promise the subprocess arguments that drop to this account; empty if not needed."""
        if self.uid is None or self.gid is None:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def can_execute(self, *, program: Path) -> bool:
        """Tell whether the account can start the program where it lies."""
        try:
            subprocess.run(
                [str(program), "--version"],
                cwd="/",
                capture_output=True,
                check=True,
                timeout=30,
                **self.arguments,
            )
        except PermissionError:
            return False
        except (OSError, subprocess.SubprocessError) as error:
            raise LocalEnvironmentFailed(
                f"{program} does not run: {error}", remedy="Remove build/tools and try again."
            ) from error
        return True

    def can_enter(self, *, directory: Path) -> bool:
        """Tell whether the account can reach the directory through all its parents."""
        done = subprocess.run(
            ["test", "-x", str(directory)], cwd="/", check=False, timeout=30, **self.arguments
        )
        return done.returncode == 0

    def give(self, *, path: Path) -> None:
        """Make the account the owner of a file or directory; nothing to do for the current user."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)

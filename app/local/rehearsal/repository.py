"""The rehearsal's Git repository: a bare remote, a work clone, merges and reverts of phases."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from app.errors import ToolMissing, WorldError
from app.local.rehearsal.product_files import ROOT, copy_product

_LIVE = Path("phases") / "live.yaml"
_LIVE_LINE = re.compile(r"^live:.*$", re.MULTILINE)


def git(directory: Path, *arguments: str) -> str:
    """Run git as a fixed author, untouched by the machine's configuration; return what it says.

    WorldError carries git's own words when it fails.
    """
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_AUTHOR_NAME": "Platform Engineer",
        "GIT_AUTHOR_EMAIL": "platform@payments.test",
        "GIT_COMMITTER_NAME": "Platform Engineer",
        "GIT_COMMITTER_EMAIL": "platform@payments.test",
        "GIT_TERMINAL_PROMPT": "0",
    }
    settings = ("commit.gpgSign=false", "init.defaultBranch=main", "core.autocrlf=false",
                "core.hooksPath=/dev/null", "gc.auto=0", "maintenance.auto=false")  # fmt: skip
    command = ["git", "-C", str(directory)]
    for setting in settings:
        command += ["-c", setting]
    try:
        done = subprocess.run(
            [*command, *arguments], env=environment, capture_output=True, text=True, check=False
        )
    except FileNotFoundError as error:
        raise ToolMissing("git is not on this machine", remedy="install git") from error
    if done.returncode:
        raise WorldError(
            f"git {arguments[0]} failed: {(done.stderr or done.stdout).strip()}",
            remedy="look at the repository that the message names",
        )
    return done.stdout.strip()


@dataclass(frozen=True, slots=True)
class Push:
    """A commit that became the head of main, and the phase it asks for."""

    commit: str
    live: str
    subject: str
    reverts: bool


@dataclass(slots=True)
class Repository:
    """`remote.git` and a clone to work in. Every change reaches main by a push."""

    directory: Path
    _advances: list[str] = field(default_factory=list)

    @property
    def remote(self) -> Path:
        """The bare repository that the runner fetches from."""
        return self.directory / "remote.git"

    @property
    def work(self) -> Path:
        """The engineer's clone."""
        return self.directory / "work"

    def create(self, *, live: str, root: Path = ROOT) -> Push:
        """Make both, with the product as the first commit and `live` as the phase to be in."""
        self.directory.mkdir(parents=True)
        git(self.directory, "init", "--quiet", "--bare", str(self.remote))
        git(self.directory, "init", "--quiet", str(self.work))
        git(self.work, "checkout", "--quiet", "-B", "main")
        copy_product(self.work, root=root)
        self._write_live(live)
        git(self.work, "add", "--all", "--force")
        git(self.work, "commit", "--quiet", "--no-verify", "--message", f"Start in {live}")
        git(self.work, "remote", "add", "origin", str(self.remote))
        return self._push(reverts=False)

    def merge(self, *, live: str) -> Push:
        """Advance: a branch that changes the one line, merged to main as a pull request is."""
        branch = f"advance-to-{live}-{len(self._advances)}"
        git(self.work, "checkout", "--quiet", "-b", branch)
        self._write_live(live)
        git(self.work, "commit", "--quiet", "--all", "--message", f"Advance to {live}")
        git(self.work, "checkout", "--quiet", "main")
        subject = f"Merge pull request: advance to {live}"
        git(self.work, "merge", "--quiet", "--no-ff", "--message", subject, branch)
        git(self.work, "branch", "--quiet", "--delete", branch)
        self._advances.append(git(self.work, "rev-parse", "HEAD"))
        return self._push(reverts=False)

    def revert(self, *, advances: int = 1) -> Push:
        """Go back: `git revert` of the last merges, newest first, in one push."""
        for _ in range(advances):
            merge = self._advances.pop()
            git(self.work, "revert", "--no-edit", "--mainline", "1", merge)
        return self._push(reverts=True)

    def live(self) -> str:
        """Return the phase that main names."""
        found = _LIVE_LINE.search((self.work / _LIVE).read_text())
        return found.group().partition(":")[2].strip() if found else ""

    def _write_live(self, live: str) -> None:
        path = self.work / _LIVE
        path.write_text(_LIVE_LINE.sub(f"live: {live}", path.read_text()))

    def _push(self, *, reverts: bool) -> Push:
        git(self.work, "push", "--quiet", "origin", "main")
        return Push(
            commit=git(self.work, "rev-parse", "HEAD"),
            live=self.live(),
            subject=git(self.work, "log", "-1", "--format=%s"),
            reverts=reverts,
        )

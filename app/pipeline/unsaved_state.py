"""A state that Terraform could not store: the only record of what an apply made, kept and stored.

When the bucket does not answer at the end of an apply, Terraform leaves the state in a file of the
workspace's directory. Applying again without it would forget what was made.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from app.errors import StateNotStored, TerraformFailed

if TYPE_CHECKING:
    from app.pipeline.report import Progress
    from app.pipeline.terraform import Terraform

UNSAVED = "errored.tfstate"
# Each try is one of Terraform's own, which asks five times.
WAITS_SECONDS: Sequence[float] = (5.0, 20.0, 60.0)
_SAVING = frozenset({"Failed to save state", "Failed to persist state to backend"})
_RELEASING = "Error releasing the state lock"
# Asking again does not help whoever may not ask.
_HOPELESS = re.compile(r"ExpiredToken|InvalidClientTokenId|AccessDenied|InvalidAccessKeyId")


def only_unsaved(error: TerraformFailed) -> bool:
    """Tell whether all was applied, and nothing but the storing of the state went wrong."""
    said = {one.summary for one in error.diagnostics}
    return bool(said & _SAVING) and said <= _SAVING | {_RELEASING}


def store(terraform: Terraform, directory: Path, *, after: TerraformFailed | None = None) -> bool:
    """Store the state that a run left in the directory; False when there is none.

    `after` is how the run of this process ended, whose lock may be left. Raises StateNotStored.
    """
    return _Storing(terraform, directory, after).run()


class _Storing:
    def __init__(
        self, terraform: Terraform, directory: Path, after: TerraformFailed | None
    ) -> None:
        self._terraform = terraform
        self._directory = directory
        self._file = directory / UNSAVED
        self._after = after

    def run(self) -> bool:
        if not self._file.is_file():
            return False
        waits = [0.0, *WAITS_SECONDS] if self._after is not None else [0.0]
        said = self._after.message if self._after is not None else ""
        for seconds in waits:
            if _HOPELESS.search(said):
                break
            time.sleep(seconds)
            try:
                self._release_our_own()
                # A push takes nothing that the bucket has a newer state of, and no other lineage.
                self._terraform.push_state(self._directory, self._file)
            except TerraformFailed as error:
                said = error.message
            else:
                self._file.unlink()
                return True
        raise StateNotStored(
            f"{self._directory.name} was changed, but its state could not be stored: {said}",
            remedy=f"keep {self._file}: nothing else knows what was made. When the bucket answers, "
            "run this again in the same directory, which stores it first; elsewhere, put the file "
            "into the workspace's directory before",
            workspace=self._directory.name,
            diagnostics=self._after.diagnostics if self._after is not None else (),
        )

    def _release_our_own(self) -> None:
        """End the lock that the run of this process could not let go of."""
        diagnostics = self._after.diagnostics if self._after is not None else ()
        for one in diagnostics:
            found = re.search(r"^\s*ID:\s*(\S+)", one.detail, re.M)
            if one.summary == _RELEASING and found:
                self._terraform.release(self._directory, found[1])


def tell(progress: Progress, directory: Path) -> None:
    """Say that a state was stored late."""
    progress(f"{directory.name}: the state that could not be stored at first is in the bucket")

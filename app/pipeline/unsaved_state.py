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
    from app.pipeline.terraform import Terraform

UNSAVED = "errored.tfstate"
# Between tries; each of them is one of Terraform's own, which asks five times.
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

    `after` is how the run of this process ended: its lock may be left, and the bucket gets a few
    more tries. Raises StateNotStored.
    """
    file = directory / UNSAVED
    if not file.is_file():
        return False
    said = after.message if after else ""
    for seconds in (0.0, *(WAITS_SECONDS if after else ())):
        if _HOPELESS.search(said):
            break
        time.sleep(seconds)
        try:
            if after:
                _release_own_lock(terraform, directory, after)
            # A push takes nothing that the bucket has a newer state of, and no other lineage.
            terraform.push_state(directory, file)
        except TerraformFailed as error:
            said = error.message
        else:
            file.unlink()
            return True
    raise StateNotStored(
        f"{directory.name} was changed, but its state could not be stored: {said}",
        remedy=f"keep {file}: nothing else knows what was made. When the bucket answers, "
        "run this again in the same directory, which stores it first; elsewhere, put the file "
        "into the workspace's directory before",
        workspace=directory.name,
        diagnostics=after.diagnostics if after else (),
    )


def _release_own_lock(terraform: Terraform, directory: Path, after: TerraformFailed) -> None:
    """End the lock that the run of this process could not let go of."""
    for one in after.diagnostics:
        found = re.search(r"^\s*ID:\s*(\S+)", one.detail, re.M)
        if one.summary == _RELEASING and found:
            terraform.release(directory, found[1])

"""Everything that payshift says no with, and the exit code that each carries.

    PayshiftError
    ├── Refused (1)            the answer is no
    │   ├── LimitExceeded          what is synthesized costs more than the environment allows
    │   ├── GateFailed             a check before or after a step said no
    │   ├── PlanDiffers            an apply would do something else than what was reviewed
    │   ├── Superseded             the branch has moved on; its newest commit has a job of its own
    │   ├── AdvanceRefused         it is not yet time to go up: baking, a fault, a word owed
    │   ├── ReleaseRefused         no colour is free for an image, or there is no image to deliver
    │   ├── HandoverRefused        preflight or a deadline stopped a handover; the old writer writes
    │   ├── FirstLoadRefused       the target cannot be loaded yet; nothing was started
    │   ├── RestoreRefused         a state version that would do harm, or is none of this state's
    │   ├── RotationRefused        a secret is not in the state that a step of its rotation needs
    │   └── DatabasesDiffer        a comparison found differences
    ├── InputError (2)         what was given cannot be right
    │   └── ConfigError            one or more located problems in YAML files
    └── WorldError (3)         AWS, a database, Terraform or this machine failed
        ├── TerraformFailed
        │   └── StateLocked        somebody else is changing the same workspace
        ├── DatabaseFailed
        │   └── LoginRefused       the server asked for a password and did not let this login in
        ├── PolicyScanFailed       workspaces could not be judged; nothing is known about them
        ├── HandoverInterrupted    a handover stopped half way; run it again to finish it
        ├── ToolMissing
        └── LocalEnvironmentFailed

Each prints as a message and a remedy.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar


class PayshiftError(Exception):
    """The root: a sentence that says what happened, and a remedy that says what to do.

    `exit_code` is what the command line ends with.
    """

    exit_code: ClassVar[int] = 3

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message}\n  → {self.remedy}" if self.remedy else self.message


class Refused(PayshiftError):
    """The question was understood and the answer is no."""

    exit_code = 1


class InputError(PayshiftError):
    """What was given cannot be right; nothing was changed."""

    exit_code = 2


class WorldError(PayshiftError):
    """AWS, a database, Terraform or this machine failed."""

    exit_code = 3


class GateFailed(Refused):
    """A gate said no: which check, the figure, the limit.

    `back` is the phase that production was brought back to, empty when there is none.
    """

    def __init__(self, message: str, *, phase: str, back: str = "", remedy: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.phase = phase
        self.back = back


class PlanDiffers(Refused):
    """An apply would do something else than what was reviewed; nothing was applied."""


class Superseded(Refused):
    """What was to be delivered is no longer the newest of its branch; nothing was applied."""


class AdvanceRefused(Refused):
    """It is not yet time to go up; nothing was applied. Going back is never refused."""


class ReleaseRefused(Refused):
    """No colour is free to take an image, or none was named for what shall run."""


class HandoverRefused(Refused):
    """A handover was stopped before the point of no return; the old writer still writes."""


class FirstLoadRefused(Refused):
    """The target cannot be loaded, or not in this way; the message names every reason."""


class RestoreRefused(Refused):
    """A version of a state was not brought back; the message says what was left as it was."""


class RotationRefused(Refused):
    """A secret is not in the state that a step of its rotation needs; the current login stays."""


class DatabasesDiffer(Refused):
    """A comparison of the two databases found differences."""


class LimitExceeded(Refused):
    """What is synthesized costs more than the environment allows."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a file: where it is, what is wrong, and what to write instead."""

    file: Path
    line: int
    column: int
    message: str
    remedy: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}:{self.column}"
        return f"{where}: {self.message}\n  → {self.remedy}"


class ConfigError(InputError):
    """One or more located problems in the YAML files."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One error that Terraform reported: about which resource (or none), what, and why."""

    address: str
    summary: str
    detail: str


class TerraformFailed(WorldError):
    """Terraform ended with an error; `diagnostics` is what it said, `workspace` where."""

    def __init__(
        self,
        message: str,
        *,
        remedy: str = "",
        workspace: str = "",
        diagnostics: tuple[Diagnostic, ...] = (),
    ) -> None:
        super().__init__(message, remedy=remedy)
        self.workspace = workspace
        self.diagnostics = diagnostics


class StateLocked(TerraformFailed):
    """Somebody else is changing the same workspace; nothing was changed."""


class StateNotStored(TerraformFailed):
    """A workspace was changed, and the record of it is in a file of this machine alone."""


class DatabaseFailed(WorldError):
    """A database could not be reached or refused a statement."""


class LoginRefused(DatabaseFailed):
    """The server asked for a password and then did not let this login in."""


class PolicyScanFailed(WorldError):
    """Workspaces could not be judged: a policy, a file or checkov itself failed."""


class HandoverInterrupted(WorldError):
    """A handover stopped half way. Running it again finishes it with exactly one writer."""


class ToolMissing(WorldError):
    """A program that must be on this machine is not."""


class LocalEnvironmentFailed(WorldError):
    """The local environment could not be started or kept running."""

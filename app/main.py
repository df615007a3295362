"""The CDKTF program: an environment and the phases become workspaces.

Runs as `python -m app.main`, by itself or through the `cdktf` command: jsii starts once, and all
workspaces are synthesized in that one process. Reads `PAYSHIFT_ENVIRONMENT` (production),
`PAYSHIFT_PHASES` (phases) and `CDKTF_OUTDIR` (cdktf.out).
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from app.config.environment import Environment
from app.config.loading import load_environment, load_phases
from app.errors import PayshiftError


def synthesize(*, environment: Environment, phases: Path, output: Path) -> tuple[str, ...]:
    """Write every workspace to `output/stacks/<name>/cdk.tf.json`; return their names in order.

    The same input gives the same bytes, wherever it runs. ConfigError when a phase file is wrong,
    before anything is written.
    """
    phase_set = load_phases(phases)
    # Starts jsii, which takes seconds: only once the input is known to be right.
    from app.stacks.program import write_workspaces  # noqa: PLC0415 - see the line above

    return write_workspaces(
        environment=environment,
        phases=phase_set.phases,
        release=phase_set.release,
        output=output,
    )


def main() -> int:
    """Synthesize what the environment variables name; return the exit code."""
    try:
        synthesize(
            environment=load_environment(os.environ.get("PAYSHIFT_ENVIRONMENT", "production")),
            phases=Path(os.environ.get("PAYSHIFT_PHASES", "phases")),
            output=Path(os.environ.get("CDKTF_OUTDIR", "cdktf.out")),
        )
    except PayshiftError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())

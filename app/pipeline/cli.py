"""The command line: which commands exist, and how every one of them ends.

Exit codes: 0 done, 1 the answer is no, 2 wrong input, 3 the world failed, 130 interrupted.
"""

from __future__ import annotations

import os
import signal
import sys
import traceback
from types import FrameType
from typing import Annotated

import typer

from app.errors import PayshiftError, ToolMissing
from app.pipeline.commands.bootstrap import bootstrap
from app.pipeline.commands.bundle import bundle
from app.pipeline.commands.certificates import certificates
from app.pipeline.commands.check import check
from app.pipeline.commands.comment import comment
from app.pipeline.commands.cost import cost
from app.pipeline.commands.deliver import deliver
from app.pipeline.commands.doctor import doctor
from app.pipeline.commands.drift import drift
from app.pipeline.commands.edge import edge
from app.pipeline.commands.evidence import evidence
from app.pipeline.commands.handover import handover
from app.pipeline.commands.image import image
from app.pipeline.commands.issue import issue
from app.pipeline.commands.logins import logins
from app.pipeline.commands.openapi import openapi
from app.pipeline.commands.plan import plan
from app.pipeline.commands.policy import policy
from app.pipeline.commands.propose import propose
from app.pipeline.commands.propose_revert import propose_revert
from app.pipeline.commands.release import release
from app.pipeline.commands.replication import replication
from app.pipeline.commands.runbook import runbook
from app.pipeline.commands.state import state
from app.pipeline.commands.status import status
from app.pipeline.commands.synth import synth
from app.pipeline.commands.verify import verify
from app.pipeline.report import show_error

INTERRUPTED = 130
_DELEGATED = {
    "allow_extra_args": True,
    "ignore_unknown_options": True,
    "help_option_names": list[str](),
}

app = typer.Typer(
    name="payshift",
    help="Move a payment system to AWS by merging pull requests, and back by reverting them.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback()
def _options(
    context: typer.Context,
    *,
    environment: Annotated[
        str | None,
        typer.Option(
            "--environment", "-e", envvar="PAYSHIFT_ENVIRONMENT", help="Target of the command."
        ),
    ] = None,
) -> None:
    context.obj = environment


for _command in (
    check, synth, policy, cost, plan, deliver, status, bootstrap, certificates, runbook, verify,
    openapi, image, release, drift, issue, propose, bundle, comment, propose_revert, handover,
    doctor, logins,
):  # fmt: skip
    app.command()(_command)
app.add_typer(state, name="state")
app.add_typer(evidence, name="evidence")
app.add_typer(edge, name="edge")
app.add_typer(replication, name="replication")


@app.command(context_settings=_DELEGATED)
def local(context: typer.Context) -> None:
    """Start, show and end the local environment: up, status, down."""
    from app.local.commands import local as commands

    commands(context.args, prog_name="payshift local")


@app.command(context_settings=_DELEGATED)
def rehearse(context: typer.Context) -> None:
    """Rehearse the whole migration on this machine, under load."""
    from app.local.commands import rehearse as command

    single = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    single.command()(command)
    single(context.args, prog_name="payshift rehearse")


def main() -> int:
    """Run the command line; returns the exit code. Errors are a message and a remedy on stderr."""
    signal.signal(signal.SIGTERM, _interrupt)
    as_json = "--json" in sys.argv[1:]
    try:
        app(prog_name="payshift")
    except SystemExit as end:
        if end.code == INTERRUPTED:
            print("interrupted", file=sys.stderr)
        return end.code if isinstance(end.code, int) else 0
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return INTERRUPTED
    except PayshiftError as error:
        show_error(error, as_json=as_json)
        return error.exit_code
    except ModuleNotFoundError as error:
        missing = ToolMissing(
            f"the Python package of {error.name} is not installed", remedy="run: make setup"
        )
        show_error(missing, as_json=as_json)
        return missing.exit_code
    except Exception as error:  # noqa: BLE001  # the edge: whatever escaped ends as one message
        return _unexpected(error)
    return 0


def _unexpected(error: Exception) -> int:
    if os.environ.get("PAYSHIFT_DEBUG"):
        traceback.print_exception(error)
    print(
        f"error: unexpected {type(error).__name__}: {error}\n"
        "  → run it again with PAYSHIFT_DEBUG=1 and report what it prints",
        file=sys.stderr,
    )
    return PayshiftError.exit_code


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())

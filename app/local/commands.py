"""`payshift local up | status | down` and `payshift rehearse`."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from app.config.measured import REHEARSALS, record_rehearsal
from app.errors import LocalEnvironmentFailed
from app.local import control
from app.local.layout import Layout
from app.local.looks import show_status
from app.local.ownership import owner
from app.local.rehearsal.judgement import verdict
from app.local.rehearsal.record import measured
from app.local.rehearsal.run import rehearse as run
from app.local.rehearsal.session import REPORT

DEFAULT_ROWS = 1_000_000
_STARTED = time.monotonic()

Rows = Annotated[
    int, typer.Option("--rows", min=1_000, max=50_000_000, help="Payments seeded before it starts.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print for programs.")]

local = typer.Typer(
    help="Start, show and end the local environment.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@local.command()
def up(
    *,
    rows: Rows = DEFAULT_ROWS,
    whole_target: Annotated[
        bool, typer.Option("--whole-target", help="Apply also what the phases do not need.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Start databases, AWS API, functions, edges and DNS; they keep running."""
    layout = Layout(control.default_root())
    control.up(layout, rows=rows, whole_target=whole_target, progress=say)
    if as_json:
        print(layout.facts.read_text())
    else:
        print(f"ready; {layout.facts} names every address")


@local.command()
def status(*, as_json: AsJson = False) -> None:
    """Show what runs; exit code 1 when nothing does."""
    layout = Layout(control.default_root())
    supervisor = owner(layout.lock)
    show_status(layout, supervisor=supervisor, as_json=as_json)
    if supervisor is None:
        raise typer.Exit(1)


@local.command()
def down(*, as_json: AsJson = False) -> None:
    """End every process and remove the directory."""
    ended = control.down(Layout(control.default_root()))
    if as_json:
        print(json.dumps({"ended": ended}))
    else:
        print("ended, nothing is left" if ended else "nothing was running")


def rehearse(
    *,
    rows: Rows = DEFAULT_ROWS,
    rate: Annotated[
        float, typer.Option("--rate", min=1, max=2_000, help="Payments a second.")
    ] = 100.0,
    stale_clients: Annotated[
        float,
        typer.Option(
            "--stale-clients", min=0, max=1, help="Share that keeps the data centre's address."
        ),
    ] = 0.0,
    output: Annotated[
        Path, typer.Option("--output", help="Where summary.json and report.html go.")
    ] = Path("build/rehearsal"),
    record: Annotated[
        bool, typer.Option("--record", help=f"Keep what was measured in {REHEARSALS}.")
    ] = False,
    keep: Annotated[
        bool, typer.Option("--keep", help="Leave the local environment running at the end.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Move a payment system to AWS and back, under load, and prove that nothing was lost."""
    layout = Layout(control.default_root())
    control.up(layout, rows=rows, progress=say)
    try:
        summary = run(
            environment_file=layout.facts,
            output=output.resolve(),
            rate=rate,
            stale_share=stale_clients,
            setup_seconds=time.monotonic() - _STARTED,
        )
    finally:
        if not keep:
            control.down(layout)
    if layout.last_words.is_file():
        raise LocalEnvironmentFailed(
            f"the local environment ended during the rehearsal: {layout.last_words.read_text()}",
            remedy="mend what it says, then rehearse again",
        )
    if record and summary.passed:
        record_rehearsal(measured(summary, rows=rows))
    if as_json:
        print(summary.model_dump_json(indent=2))
    else:
        print("\n".join(verdict(summary, report=output / REPORT)))
    raise typer.Exit(summary.exit_code)


def say(text: str) -> None:
    """Print progress with the seconds since the start; standard output is for results."""
    print(f"{time.monotonic() - _STARTED:6.1f} s  {text}", file=sys.stderr, flush=True)

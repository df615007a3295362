"""How long it takes to synthesize every workspace, against starting the bindings for nothing.

Each side is a fresh process, as a person or CI starts it: what jsii and Python keep in memory would
make every run after the first one look quick. The sides take turns, so that a busy minute of the
machine hits all of them alike. What Python compiles is kept between runs, as on any machine but one
where PYTHONDONTWRITEBYTECODE is set, and each side runs once before it is measured: the bindings'
2,145 modules take a minute to compile, which would make any target look quick beside them.

Two comparisons, as the bindings can be started in two ways. `import cdktf_cdktf_provider_aws` loads
2,145 resources; the target is measured against it. The program itself does not pay for that (see
app/components/bindings.py), so what its workspaces add is measured against its own way to start.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from bench.figures import Figure

RUNS = int(os.environ.get("SYNTHESES", "5"))
_ON_DEMAND = "import app.components"
_NOT_COMPILED = "PYTHONDONTWRITEBYTECODE"
_EMPTY = """
import cdktf_cdktf_provider_aws
from cdktf import App, TerraformStack
from cdktf_cdktf_provider_aws.provider import AwsProvider
app = App(outdir=OUTPUT, stack_traces=False)
AwsProvider(TerraformStack(app, "empty"), "aws", region="us-east-2")
app.synth()
"""


def measure() -> tuple[Figure, ...]:
    """Run every side `SYNTHESES` times (5), in turns, in temporary places."""
    sides: dict[str, list[float]] = {"all": [], "imported": [], "on demand": []}
    with TemporaryDirectory() as compiled:
        for number in range(RUNS + 1):
            for side, seconds in sides.items():
                with TemporaryDirectory() as output:
                    took = _run(_command(side, output), output=output, compiled=compiled)
                if number:
                    seconds.append(took)
    return (
        _figure("synthesis_seconds", sides, against="imported", words="one empty stack, imported"),
        _figure(
            "synthesis_seconds_over_start",
            sides,
            against="on demand",
            words="one empty stack, loaded on demand",
        ),
        Figure(name="bindings_import_seconds", unit="s", samples=tuple(sides["imported"])),
    )


def _command(side: str, output: str) -> Sequence[str]:
    if side == "all":
        return (sys.executable, "-m", "app.main")
    # What app.components does for the program, with or without its shortcut: both start the same
    # Node, so that Node is no part of the difference.
    first = _ON_DEMAND if side == "on demand" else _without_shortcut()
    program = f"{first}\nOUTPUT = {output!r}\n{_EMPTY}"
    return (sys.executable, "-c", program)


def _without_shortcut() -> str:
    """Choose Node by loading that module alone: its package would put the shortcut in place."""
    return "\n".join(
        (
            "from importlib.util import module_from_spec, spec_from_file_location",
            "spec = spec_from_file_location('node', 'app/components/node_runtime.py')",
            "node = module_from_spec(spec)",
            "spec.loader.exec_module(node)",
            "node.choose_node()",
        )
    )


def _run(command: Sequence[str], *, output: str, compiled: str) -> float:
    """Run a side to its end; CalledProcessError when it fails or wrote no stack."""
    variables: Mapping[str, str] = {
        **{name: value for name, value in os.environ.items() if name != _NOT_COMPILED},
        "PYTHONPYCACHEPREFIX": compiled,
        "PAYSHIFT_ENVIRONMENT": "production",
        "PAYSHIFT_PHASES": "phases",
        "CDKTF_OUTDIR": output,
    }
    started = time.monotonic()
    subprocess.run(command, env=dict(variables), check=True)
    seconds = time.monotonic() - started
    if not any(Path(output).glob("stacks/*/cdk.tf.json")):
        raise subprocess.CalledProcessError(0, command, "no stack was written")
    return seconds


def _figure(name: str, sides: Mapping[str, list[float]], *, against: str, words: str) -> Figure:
    return Figure(
        name=name,
        unit="s",
        samples=tuple(sides["all"]),
        ratio=median(sides["all"]) / median(sides[against]),
        against=words,
    )

"""`python -m bench [NAME …]`: measure, print a table, write build/bench/results.json.

`--table` measures nothing and shows what is known; `--record` keeps the results as what later ones
are compared with.
"""

from __future__ import annotations

import argparse
import importlib
import json
import pkgutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

import bench
from bench.figures import Figure
from bench.goals import unmeasured, verdict

RESULTS = Path("build/bench/results.json")
RECORD = Path("docs/measured/bench.json")
_WIDE_ENOUGH = 200

Results = dict[str, dict[str, Any]]


def main(arguments: Sequence[str]) -> int:
    """Run the named benchmarks, or all; results of others stay in the file."""
    given = _parser().parse_args(arguments)
    available = _available()
    unknown = sorted(set(given.names) - set(available))
    if unknown:
        print(
            f"no benchmark {', '.join(unknown)}; there are: {', '.join(available)}", file=sys.stderr
        )
        return 2
    results, earlier = _read(RESULTS), _read(RECORD)
    if not (given.table or given.record):
        for name in given.names or available:
            print(f"measuring {name}", file=sys.stderr, flush=True)
            figures: tuple[Figure, ...] = importlib.import_module(f"bench.{name}").measure()
            day = datetime.now(UTC).date().isoformat()
            new = {figure.name: {**figure.as_result(), "day": day} for figure in figures}
            results |= new
            # After each: an interrupted run keeps what it has measured.
            _write(RESULTS, results)
            show(new, earlier=earlier)
    if given.table or not given.names:
        shown = results or earlier
        show(shown, earlier=earlier)
        for missing in unmeasured(shown):
            print(f"not measured: {missing}")
    if given.record:
        _write(RECORD, earlier | results)
    return 0


def show(results: Results, *, earlier: Results) -> None:
    """Print a table; figures of a recorded run stand beside."""
    columns = ("figure", "median", "lowest", "highest", "unit", "runs", "ratio", "goal", "recorded")
    table = Table(*columns)
    for name, entry in sorted(results.items()):
        table.add_row(name, *_cells(entry), verdict(name, entry), _recorded(earlier.get(name)))
    console = Console()
    if not console.is_terminal:
        console = Console(width=_WIDE_ENOUGH)
    console.print(table)
    for machine in sorted({str(entry["machine"]) for entry in results.values()}):
        console.print(f"measured on {machine}")


def _cells(entry: Mapping[str, Any]) -> Iterable[str]:
    samples = entry["samples"]
    yield from (f"{number:,.4g}" for number in (entry["value"], min(samples), max(samples)))
    yield from (entry["unit"], str(len(samples)))
    yield "" if entry["ratio"] is None else f"{entry['ratio']:.2f} times {entry['against']}"


def _recorded(entry: Mapping[str, Any] | None) -> str:
    if entry is None:
        return ""
    ratio = "" if entry["ratio"] is None else f", ratio {entry['ratio']:.2f}"
    return f"{entry['value']:,.4g}{ratio} on {entry['day']}"


def _available() -> list[str]:
    """The modules that measure something."""
    names = sorted(module.name for module in pkgutil.iter_modules(bench.__path__))
    return [
        name
        for name in names
        if name != "__main__" and hasattr(importlib.import_module(f"bench.{name}"), "measure")
    ]


def _read(file: Path) -> Results:
    return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}


def _write(file: Path, results: Results) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(results, indent=2, sort_keys=True, ensure_ascii=False)
    file.write_text(text + "\n", encoding="utf-8")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument("names", nargs="*", metavar="NAME", help="what to measure; all by default")
    parser.add_argument("--table", action="store_true", help="show what is known; measure nothing")
    parser.add_argument("--record", action="store_true", help=f"keep the results in {RECORD}")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

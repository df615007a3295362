"""`python -m bench [NAME …]`: run the benchmarks, print a table, write build/bench/results.json."""

from __future__ import annotations

import importlib
import json
import pkgutil
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

import bench
from bench.figures import Figure

RESULTS = Path("build/bench/results.json")
_NOT_BENCHMARKS = {"__main__", "figures", "verify_peer", "verify_workers"}


def main(names: list[str]) -> int:
    """Run the named benchmarks, or all; earlier results of others stay in the file."""
    available = sorted(
        module.name
        for module in pkgutil.iter_modules(bench.__path__)
        if module.name not in _NOT_BENCHMARKS
    )
    unknown = sorted(set(names) - set(available))
    if unknown:
        print(
            f"no benchmark {', '.join(unknown)}; there are: {', '.join(available)}", file=sys.stderr
        )
        return 2
    results = json.loads(RESULTS.read_text()) if RESULTS.is_file() else {}
    for name in names or available:
        print(f"measuring {name}", file=sys.stderr, flush=True)
        figures: tuple[Figure, ...] = importlib.import_module(f"bench.{name}").measure()
        results |= {figure.name: figure.as_result() for figure in figures}
        RESULTS.parent.mkdir(parents=True, exist_ok=True)
        RESULTS.write_text(json.dumps(results, indent=2, sort_keys=True) + "\n")
        _show(figures)
    return 0


def _show(figures: tuple[Figure, ...]) -> None:
    table = Table("figure", "median", "lowest", "highest", "unit", "runs", "ratio")
    for figure in figures:
        ratio = "" if figure.ratio is None else f"{figure.ratio:.2f} times {figure.against}"
        low, high = min(figure.samples), max(figure.samples)
        shown = (f"{number:,.4g}" for number in (figure.value, low, high))
        table.add_row(figure.name, *shown, figure.unit, str(len(figure.samples)), ratio)
    Console().print(table)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

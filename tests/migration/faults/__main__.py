"""`python -m tests.migration.faults`: every cell, as a table on the terminal and as JSON.

Exit code 0 when every cell held, 1 when one did not.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import Any

from tests.migration.faults.cells import Cell, all_cells, chosen_cells, left_out
from tests.migration.faults.running import run_cell
from tests.migration.faults.world import World, open_world

OUTPUT = Path("build/faults.json")


def main() -> int:
    """Run what the arguments ask for."""
    arguments = _arguments()
    cells = chosen_cells() if arguments.chosen else all_cells()
    cells = tuple(cell for cell in cells if arguments.only in str(cell))
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="payshift-faults-") as directory:
        Path(directory).chmod(0o711)
        with open_world(Path(directory) / "clusters") as world:
            records = [_run(world, cell) for cell in cells]
    failed = [record for record in records if not record["passed"]]
    omitted = [{"cell": str(cell), "reason": reason} for cell, reason in left_out()]
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    arguments.output.write_text(
        json.dumps(
            {
                "cells": len(records),
                "failed": len(failed),
                "acknowledged": sum(record.get("acknowledged", 0) for record in records),
                "seconds": round(time.monotonic() - begun, 1),
                "results": records,
                "left_out": omitted,
            },
            indent=2,
        )
        + "\n"
    )
    print(f"{len(records)} cells, {len(failed)} failed, {len(omitted)} make no sense")
    return 1 if failed else 0


def _run(world: World, cell: Cell) -> dict[str, Any]:
    try:
        record = run_cell(world, cell).as_record()
    except Exception as error:  # noqa: BLE001 - a cell that breaks is a cell that failed
        traceback.print_exc()
        record = {**_names(cell), "passed": False, "error": f"{type(error).__name__}: {error}"}
    print(_line(record), flush=True)
    return record


def _names(cell: Cell) -> dict[str, str]:
    return {"fault": cell.fault.name, "step": cell.step, "to": cell.to.value}


def _line(record: dict[str, Any]) -> str:
    mark = "held  " if record["passed"] else "FAILED"
    where = f"{record['fault']:22} {record['step']:10} {record['to']:7}"
    if "error" in record:
        return f"{mark} {where} {record['error'].splitlines()[0]}"
    content = record["content"]
    return (
        f"{mark} {where} {record['outcome']:20} {'+'.join(record['accepting']) or 'nobody':7} "
        f"runs {record['runs']}  {record['acknowledged']:4} paid  {content['lost']} lost  "
        f"{content['doubled']} doubled  {record['seconds']:5.1f} s"
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.migration.faults", description=__doc__)
    parser.add_argument("--output", type=Path, default=OUTPUT, help="where the JSON goes")
    parser.add_argument("--chosen", action="store_true", help="only what the normal tests run")
    parser.add_argument("--only", default="", help="only cells with this in their name")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())

"""reladiff, asked for many tables by one process of its own environment; see peer.py.

Reads a line of JSON a question: how to connect to `left` and `right`, the path of the `table`, its
`keys` and other `columns`. Answers each with a line: `rows`, each with its sign (`-` left alone
has it, `+` right alone) and the text of its key and columns, or the `error` that reladiff ended
with.
"""

from __future__ import annotations

import gc
import json
import logging
import sys
from typing import Any

import reladiff


def main() -> None:
    """Answer until nobody asks any more."""
    logging.disable(logging.CRITICAL)
    # Of a table without rows, reladiff leaves a generator behind that waits for threads when it is
    # collected. Should that happen while a thread begins, both would wait for ever.
    gc.disable()
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), flush=True)
        gc.collect()


def answer(question: dict[str, Any]) -> dict[str, Any]:
    """Connect anew: what an earlier question has open would keep its table from being dropped."""
    sides = [
        reladiff.connect({"driver": "postgresql", **question[side]}, shared=False)
        for side in ("left", "right")
    ]
    try:
        tables = [
            reladiff.connect_to_table(
                side,
                tuple(question["table"]),
                tuple(question["keys"]),
                extra_columns=tuple(question["columns"]),
            )
            for side in sides
        ]
        # Every row is hashed in the server once before any is fetched: keys are far apart.
        # Sorting what it found fails where one of the values is NULL.
        with reladiff.diff_tables(
            *tables,
            allow_empty_tables=True,
            bisection_factor=4,
            bisection_threshold=32,
            skip_sort_results=True,
        ) as found:
            return {"rows": [[sign, *row] for sign, row in found]}
    except Exception as error:  # noqa: BLE001  # whatever ends reladiff is its answer
        return {"error": f"{type(error).__name__}: {' '.join(str(error).split())}"}
    finally:
        for side in sides:
            side.close()


if __name__ == "__main__":
    main()

"""The program inside a worker process: `awslambdaric` for one handler.

Started as `python -m app.local.runtime.worker PARENT_PID HANDLER`. It differs from
`python -m awslambdaric HANDLER` only in that it never outlives its host.
"""

from __future__ import annotations

import sys

from awslambdaric.__main__ import main as serve

from app.local.lifetime import end_with_parent


def main() -> None:
    """Serve invocations until the host ends this process."""
    parent, handler = sys.argv[1:]
    end_with_parent(parent=int(parent))
    serve(["awslambdaric", handler])


if __name__ == "__main__":
    main()

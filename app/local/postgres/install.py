"""`python -m app.local.postgres.install`: make sure that there is a PostgreSQL server to run."""

from __future__ import annotations

import sys

from app.errors import PayshiftError
from app.local.postgres.binaries import find_binaries


def main() -> int:
    """Find or install the server and say which one it is."""
    try:
        print(f"PostgreSQL: {find_binaries().home}")
    except PayshiftError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())

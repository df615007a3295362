"""pgbench with the statement by which the API takes a payment: the peer of its data access."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from app.errors import ToolMissing
from app.lambdas.payment_api.payments import statement
from app.migration.connection import DatabaseSettings

# What a client of pgbench says for each of the statement's parameters; it has no uuid of its own,
# so the server makes one.
_PARAMETERS = {
    "id": "gen_random_uuid()",
    "key": "gen_random_uuid()::text",
    "hash": r"'\x0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef'::bytea",
    "merchant_id": "'m-1'",
    "amount_minor": ":amount",
    "currency": "'USD'",
}


def find_pgbench() -> str:
    """Return the program. ToolMissing when there is none."""
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/pgbench"))
    found = shutil.which("pgbench") or (str(installed[-1]) if installed else None)
    if found is None:
        message = "pgbench is not installed"
        raise ToolMissing(message, remedy="install PostgreSQL's client programs")
    return found


def payment_script() -> str:
    """Return what one transaction of pgbench does."""
    taken = re.sub(r"%\((\w+)\)s", lambda found: _PARAMETERS[found[1]], statement("take_payment"))
    return f"\\set amount random(1, 100000)\n{' '.join(taken.split())};\n"


def run_pgbench(
    login: DatabaseSettings, *, script: Path, clients: int, seconds: float, more: tuple[str, ...]
) -> str:
    """Run it with prepared statements and return what it says. RuntimeError when one failed."""
    done = subprocess.run(
        [
            *(find_pgbench(), "--no-vacuum", "--protocol", "prepared", "--file", str(script)),
            *("--client", str(clients), "--jobs", str(min(clients, os.cpu_count() or 1))),
            *("--time", str(max(1, round(seconds))), *more),
        ],
        env={**os.environ, **_environment(login)},
        capture_output=True,
        text=True,
        check=True,
    )
    failed = re.search(r"number of failed transactions: ([0-9]+)", done.stdout)
    if failed and failed[1] != "0":
        raise RuntimeError(done.stdout + done.stderr)
    return done.stdout


def _environment(login: DatabaseSettings) -> Mapping[str, str]:
    return {
        "PGHOST": login.host,
        "PGHOSTADDR": login.hostaddr or "",
        "PGPORT": str(login.port),
        "PGDATABASE": login.dbname,
        "PGUSER": login.user,
        "PGPASSWORD": login.password.get_secret_value(),
        "PGSSLMODE": "verify-full",
        "PGSSLROOTCERT": str(login.sslrootcert),
    }

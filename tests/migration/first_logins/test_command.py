"""The command for logins, as it is typed, and what it shows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.config.loading import load_environment
from app.config.names import Names
from app.pipeline.cli import main
from tests.migration.first_logins.world import World

pytestmark = pytest.mark.slow


def test_the_command_makes_the_logins_of_the_data_centre_and_shows_no_password(
    legacy: World,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    names = Names.of(load_environment("production")).secrets("legacy")
    for name in names.values():
        legacy.client.create_secret(Name=name)
    administrator = legacy.administrator
    password = administrator.password.get_secret_value()
    file = tmp_path / "administrator.json"
    place = {"host": administrator.host, "port": administrator.port}
    login = {"username": administrator.user, "password": password}
    file.write_text(json.dumps({**place, **login}), encoding="utf-8")
    monkeypatch.setenv("PAYSHIFT_TRUST_BUNDLE", str(administrator.sslrootcert))
    command = ["payshift", "-e", "production", "logins", "legacy", "--administrator", str(file)]

    def run(*more: str) -> str:
        monkeypatch.setattr("sys.argv", [*command, *more])
        assert main() == 0
        said = capfd.readouterr()
        assert password not in said.out + said.err
        return said.out

    assert run("--dry-run").endswith("nothing of it was done: --dry-run\n")
    made = json.loads(run("--json"))
    assert made["secrets"] == list(names.values())
    # fact: the database is others' too, who need no grant for it
    assert not [one for one in made["statements"] if one.startswith("REVOKE")]
    assert run() == "every role, grant and secret is there: nothing was changed\n"

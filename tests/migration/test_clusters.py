"""The clusters speak TLS only, say why they cannot start, and end with whoever started them."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

from app.errors import DatabaseFailed, LocalEnvironmentFailed, ToolMissing
from app.local.postgres import binaries, roles
from app.local.postgres.account import ServerAccount
from app.local.postgres.authority import LocalAuthority
from app.local.postgres.binaries import PostgresBinaries, find_binaries
from app.local.postgres.cluster import PostgresCluster
from app.local.postgres.configuration import DEFAULTS, render
from app.local.postgres.place import ServerPlace
from app.local.postgres.postmaster import Postmaster, StopMode
from app.migration.connection import connect

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def cluster(place: ServerPlace, authority: LocalAuthority) -> Iterator[PostgresCluster]:
    made = PostgresCluster(name="single", place=place, authority=authority)
    made.create()
    yield made
    made.destroy()


def test_it_is_the_major_version_of_source_and_target(cluster: PostgresCluster) -> None:
    with connect(cluster.settings_for(), application_name="test") as connection:
        assert connection.info.server_version // 10_000 == 14


@pytest.mark.parametrize(
    "role", [roles.APPLICATION, roles.ENGINE, roles.REPLICATION, roles.ROTATION]
)
def test_each_role_connects_over_tls(cluster: PostgresCluster, role: str) -> None:
    with connect(cluster.settings_for(role=role), application_name="test") as connection:
        found = connection.execute(
            "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
        ).fetchone()
        assert found == (True,)


def test_a_connection_without_tls_is_refused(cluster: PostgresCluster) -> None:
    plain = cluster.settings_for().conninfo(sslmode="disable")
    with pytest.raises(psycopg.OperationalError, match="no encryption"):
        psycopg.connect(plain)


def test_a_server_of_another_authority_is_not_trusted(
    cluster: PostgresCluster, tmp_path: Path
) -> None:
    other = LocalAuthority().write_bundle(path=tmp_path / "other.pem")
    settings = cluster.settings_for().model_copy(update={"sslrootcert": other})
    with pytest.raises(DatabaseFailed, match="certificate verify failed"):
        connect(settings, application_name="test")


def test_a_server_under_another_name_is_not_trusted(cluster: PostgresCluster) -> None:
    settings = cluster.settings_for().model_copy(update={"host": "elsewhere.example"})
    with pytest.raises(DatabaseFailed, match="does not match host name"):
        connect(settings, application_name="test")


def test_the_error_of_a_connection_does_not_show_the_password(cluster: PostgresCluster) -> None:
    settings = cluster.settings_for().model_copy(update={"port": 1})
    with pytest.raises(DatabaseFailed) as caught:
        connect(settings, application_name="test")
    assert settings.password.get_secret_value() not in str(caught.value)


def test_a_killed_server_starts_again_with_its_data(cluster: PostgresCluster) -> None:
    with connect(cluster.settings_for(), application_name="test") as connection:
        connection.execute("CREATE TABLE public.kept AS SELECT 1 AS one")
    cluster.kill()
    assert cluster.postmaster.pid is None
    cluster.start()
    with connect(cluster.settings_for(), application_name="test") as connection:
        assert connection.execute("SELECT one FROM public.kept").fetchone() == (1,)


@pytest.mark.parametrize("mode", StopMode)
def test_a_stopped_server_starts_again_on_the_same_port(
    cluster: PostgresCluster, mode: StopMode
) -> None:
    port = cluster.port
    cluster.restart(mode=mode)
    assert cluster.port == port
    with connect(cluster.settings_for(), application_name="test") as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_new_certificate_is_used_without_a_restart(cluster: PostgresCluster) -> None:
    before = (cluster.data / "server.crt").read_bytes()
    pid = cluster.postmaster.pid
    cluster.renew_certificate()
    assert (cluster.data / "server.crt").read_bytes() != before
    with connect(cluster.settings_for(), application_name="test"):
        assert cluster.postmaster.pid == pid


def test_a_port_that_is_taken_is_named(place: ServerPlace, authority: LocalAuthority) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = int(taken.getsockname()[1])
        second = PostgresCluster(name="second", place=place, authority=authority, port=port)
        with pytest.raises(LocalEnvironmentFailed, match=f"Free port {port}"):
            second.create()
        assert second.postmaster.pid is None
        second.destroy()


def test_a_directory_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(LocalEnvironmentFailed, match="cannot be used"):
        ServerPlace.prepare(directory=tmp_path / "file" / "below")


def test_a_full_disk_is_named(place: ServerPlace, authority: LocalAuthority) -> None:
    full = PostgresBinaries(home=place.directory / "programs")
    (full.home / "bin").mkdir(parents=True)
    full.initdb.write_text(
        "#!/bin/sh\necho 'initdb: error: could not write: No space left on device' >&2\nexit 1\n"
    )
    full.initdb.chmod(0o755)
    broken = ServerPlace(
        directory=place.directory, binaries=full, account=place.account, removable=()
    )
    with pytest.raises(LocalEnvironmentFailed, match="No space left on device") as caught:
        PostgresCluster(name="full", place=broken, authority=authority).create()
    assert "Free some space" in caught.value.remedy


def test_a_chosen_version_must_have_its_programs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(binaries.CHOICE_VARIABLE, str(tmp_path))
    with pytest.raises(ToolMissing, match="not a bin directory"):
        find_binaries()


def test_a_chosen_version_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    installed = find_binaries()
    monkeypatch.setenv(binaries.CHOICE_VARIABLE, str(installed.home / "bin"))
    assert find_binaries() == installed


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has directories that others cannot enter")
def test_below_a_private_directory_root_uses_copies_that_the_server_can_reach(
    tmp_path: Path,
) -> None:
    tmp_path.chmod(0o700)
    programs = PostgresBinaries(home=tmp_path / "programs")
    shutil.copytree(find_binaries().home, programs.home, symlinks=True)
    place = ServerPlace.prepare(directory=tmp_path / "clusters", binaries=programs)
    cluster = PostgresCluster(name="private", place=place, authority=LocalAuthority())
    try:
        cluster.create()
        assert not cluster.data.is_relative_to(tmp_path)
    finally:
        cluster.destroy()
        place.remove()
    # fact: programs and data were copied, and no copy is left
    assert len(place.removable) == 2
    assert not any(path.exists() for path in place.removable)


def test_what_others_put_into_the_directory_is_not_removed(tmp_path: Path) -> None:
    (tmp_path / "theirs").touch()
    account = ServerAccount(uid=None, gid=None)
    place = ServerPlace.prepare(directory=tmp_path, account=account)
    place.remove()
    assert (tmp_path / "theirs").exists()


def test_killing_the_starter_ends_the_server_and_removes_its_directory(tmp_path: Path) -> None:
    starter, facts = started(tmp_path / "clusters", mode="attached")
    server = psutil.Process(facts["pid"])
    starter.kill()
    starter.wait()
    gone(server)
    end = time.monotonic() + 10
    while any(Path(path).exists() for path in facts["removable"]):
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_detached_server_outlives_its_starter_until_it_is_stopped(tmp_path: Path) -> None:
    starter, facts = started(tmp_path / "clusters", mode="detached")
    starter.kill()
    starter.wait()
    postmaster = Postmaster(data=Path(facts["data"]))
    assert postmaster.pid == facts["pid"]
    postmaster.stop(mode=StopMode.IMMEDIATE)
    assert postmaster.pid is None
    for path in facts["removable"]:
        shutil.rmtree(path)


def test_quotes_in_settings_are_doubled() -> None:
    assert "log_line_prefix = 'it''s'" in render(port=1, changes={"log_line_prefix": "it's"})
    assert len(render(port=1, changes={}).splitlines()) == len(DEFAULTS) + 1


def started(directory: Path, *, mode: str) -> tuple[subprocess.Popen[str], dict[str, Any]]:
    starter = subprocess.Popen(
        [sys.executable, "-m", "tests.migration.cluster_starter", str(directory), mode],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert starter.stdout is not None
    line = starter.stdout.readline()
    assert line, "the starter ended before its server was ready"
    return starter, json.loads(line)


def gone(process: psutil.Process) -> None:
    end = time.monotonic() + 10
    while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < end
        time.sleep(0.02)

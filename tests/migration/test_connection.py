"""Database settings are read from a secret and never show it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.errors import InputError
from app.migration.connection import DatabaseSettings

SECRET = {
    "engine": "postgres",
    "host": "db.example",
    "port": 5432,
    "dbname": "payments",
    "username": "payments_app",
    "password": "it's secret",
}
BUNDLE = Path("bundle.pem")


def test_a_secret_in_the_shape_of_rds_is_read() -> None:
    settings = DatabaseSettings.from_secret(json.dumps(SECRET), BUNDLE)
    assert (settings.host, settings.port, settings.user) == ("db.example", 5432, "payments_app")
    assert settings.password.get_secret_value() == "it's secret"


def test_connections_always_verify_the_server_in_full() -> None:
    conninfo = DatabaseSettings.from_secret(json.dumps(SECRET), BUNDLE).conninfo()
    assert "sslmode=verify-full" in conninfo
    assert "sslrootcert=bundle.pem" in conninfo


def test_settings_do_not_print_the_password() -> None:
    assert "secret" not in repr(DatabaseSettings.from_secret(json.dumps(SECRET), BUNDLE))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("not json", "not in shape"),
        ('["it is secret"]', "not in shape"),
        (json.dumps({**SECRET, "port": "it is secret"}), "not in shape"),
        (json.dumps({key: SECRET[key] for key in SECRET if key != "host"}), "missing 'host'"),
    ],
)
def test_a_secret_in_another_shape_is_refused_without_showing_it(text: str, said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        DatabaseSettings.from_secret(text, BUNDLE)
    assert "it is secret" not in str(caught.value)
    assert caught.value.__cause__ is None

"""What a client makes in its own search_path does not answer for the fence."""

from __future__ import annotations

import psycopg
import pytest

from app.migration.connection import connect
from app.migration.sites import Site
from tests.migration.fencing import refused
from tests.migration.support import Pair

pytestmark = pytest.mark.slow

# As the payment API's own login: in PostgreSQL 14 everybody may create in the schema `public`.
YES = """
CREATE FUNCTION public.yes(bigint, integer) RETURNS boolean LANGUAGE sql AS 'SELECT true';
CREATE OPERATOR public.= (leftarg = bigint, rightarg = integer, function = public.yes);
"""
SAME = """
CREATE FUNCTION public.same(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT true';
CREATE OPERATOR public.= (leftarg = text, rightarg = text, function = public.same);
"""
NEVER = """
CREATE FUNCTION public.never(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT false';
CREATE OPERATOR public.= (leftarg = text, rightarg = text, function = public.never);
"""
# A sequence that says 1, under the name of the type by which the fence asks for its own.
OTHER = """
CREATE SEQUENCE public.says_one;
SELECT nextval('public.says_one');
CREATE TYPE public.regclass AS ENUM ('payshift.accepts');
CREATE FUNCTION public.other(public.regclass) RETURNS pg_catalog.regclass LANGUAGE sql
    AS $$ SELECT 'public.says_one'::pg_catalog.regclass $$;
CREATE CAST (public.regclass AS pg_catalog.regclass)
    WITH FUNCTION public.other(public.regclass) AS IMPLICIT;
"""
WRITE = """
INSERT INTO payments.payment
    (id, idempotency_key, request_hash, merchant_id, amount_minor, currency)
VALUES (pg_catalog.gen_random_uuid(), 'own-path', '\\x00', 'm', 1, 'USD')
"""


@pytest.mark.parametrize(
    ("made", "isolation"),
    [
        pytest.param(YES, "read committed", id="an-equality-of-numbers"),
        pytest.param(YES + SAME, "repeatable read", id="equalities-that-hide-the-isolation"),
        pytest.param(YES + NEVER, "serializable", id="an-equality-of-texts-that-never-holds"),
        pytest.param(OTHER, "read committed", id="a-type-that-names-another-sequence"),
    ],
)
def test_the_fence_does_not_use_what_a_client_made(pair: Pair, made: str, isolation: str) -> None:
    with (
        connect(pair.applications[Site.AWS], application_name="test") as client,
        client.transaction(force_rollback=True),
    ):
        client.execute(f"SET TRANSACTION ISOLATION LEVEL {isolation.upper()}".encode())
        client.execute(made.encode())
        client.execute("SET LOCAL search_path = public, pg_catalog")
        assert refused(client, WRITE) == "PS001"


def test_every_function_of_the_fence_sets_its_path_or_needs_none(aws: psycopg.Connection) -> None:
    bare = aws.execute(
        "SELECT proname FROM pg_catalog.pg_proc "
        "WHERE pronamespace = 'payshift'::regnamespace AND proconfig IS NULL ORDER BY 1"
    ).fetchall()
    # The first names every schema, as the test above shows; the second returns a constant.
    assert [name for (name,) in bare] == ["fence_key", "refuse_unless_writer"]

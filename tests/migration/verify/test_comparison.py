"""Tables of every shape are compared, and what cannot be compared is said."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import psycopg
import pytest

from app.errors import InputError
from app.migration.verify import golden
from app.migration.verify.comparison import compare
from app.migration.verify.encoding import Mode
from app.migration.verify.options import Options
from app.migration.verify.report import Report, TableResult, Verdict
from app.migration.verify.session import Side
from tests.migration.verify.conftest import Servers, Sources

pytestmark = pytest.mark.slow


def both(servers: Servers, *statements: str) -> None:
    for server in servers.values():
        for statement in statements:
            server.execute(statement.encode())


def right(servers: Servers, *statements: str) -> None:
    for statement in statements:
        servers[Side.RIGHT].execute(statement.encode())


def verify(sources: Sources, **options: Any) -> Report:
    return compare(sources, options=Options(schemas=("s",), **options))


def only(report: Report) -> TableResult:
    (table,) = report.tables
    return table


def keys(table: TableResult) -> list[str]:
    return sorted(f"{one.kind} {' '.join(one.key.values())}" for one in table.differences)


def test_a_partitioned_table_is_one_table_however_it_is_divided(
    empty: Servers, sources: Sources
) -> None:
    both(empty, "CREATE TABLE s.t (id int, day date, v text, PRIMARY KEY (id, day))"
                " PARTITION BY RANGE (day)")  # fmt: skip
    both(empty, "CREATE TABLE s.old PARTITION OF s.t FOR VALUES FROM (MINVALUE) TO ('2026-01-01')")
    # fact: on the right, later days lie in two partitions, one of them divided again
    servers = {Side.LEFT: "s.new PARTITION OF s.t DEFAULT",
               Side.RIGHT: "s.new PARTITION OF s.t DEFAULT PARTITION BY HASH (id)"}  # fmt: skip
    for side, statement in servers.items():
        empty[side].execute(f"CREATE TABLE {statement}".encode())
    for number in range(2):
        right(empty, f"CREATE TABLE s.new{number} PARTITION OF s.new FOR VALUES"
                     f" WITH (MODULUS 2, REMAINDER {number})")  # fmt: skip
    both(empty, "INSERT INTO s.t SELECT n, date '2025-06-01' + n, n FROM generate_series(1, 500) n")
    assert verify(sources).equal
    right(empty, "DELETE FROM s.t WHERE id = 7", "UPDATE s.t SET v = 'x' WHERE id = 400")
    table = only(verify(sources))
    assert keys(table) == ["changed 400 2026-07-06", "missing 7 2025-06-08"]
    assert table.rows == {Side.LEFT: 500, Side.RIGHT: 499}


def test_a_table_without_a_key_is_compared_as_a_whole_and_says_so(
    empty: Servers, sources: Sources
) -> None:
    both(empty, "CREATE TABLE s.t (v int)", "INSERT INTO s.t VALUES (1), (1), (2), (2)")
    same = only(verify(sources))
    assert (same.verdict, len(same.notes)) == (Verdict.EQUAL, 1)
    # fact: as many rows, each value an even number of times
    right(empty, "UPDATE s.t SET v = 1")
    table = only(verify(sources))
    assert table.verdict is Verdict.DIFFERENT
    assert "cannot be named" in table.problems[0]


def test_columns_and_tables_of_one_side_alone_are_differences(
    empty: Servers, sources: Sources
) -> None:
    both(empty, "CREATE TABLE s.t (id int PRIMARY KEY, v int)", "INSERT INTO s.t VALUES (1, 1)")
    right(empty, "ALTER TABLE s.t ADD more text", "CREATE TABLE s.other (id int PRIMARY KEY)")
    report = verify(sources)
    assert report.only == {Side.LEFT: (), Side.RIGHT: ("s.other",)}
    assert only(report).problems == ("column more is missing on the left",)
    assert not report.equal
    assert not verify(sources, tables=("t",), excluded=("s.t.v",)).equal
    assert verify(sources, tables=("t",), excluded=("s.t.more",)).equal


def test_another_type_is_a_problem_and_its_values_are_still_compared(
    empty: Servers, sources: Sources
) -> None:
    both(empty, "CREATE TABLE s.t (id int PRIMARY KEY, v int)", "INSERT INTO s.t VALUES (1, 1)")
    right(empty, "ALTER TABLE s.t ALTER v TYPE bigint")
    table = only(verify(sources))
    assert table.problems == ("column v is integer on the left, bigint on the right",)
    assert table.different == 0
    right(empty, "UPDATE s.t SET v = 2")
    assert only(verify(sources)).different == 1


def test_excluded_columns_are_left_out_and_must_exist(empty: Servers, sources: Sources) -> None:
    both(empty, "CREATE TABLE s.t (id int PRIMARY KEY, v int)")
    both(empty, "INSERT INTO s.t VALUES (1, 1)")
    right(empty, "UPDATE s.t SET v = 2")
    assert verify(sources, excluded=("s.t.v",)).equal
    with pytest.raises(InputError, match=r"no such column: s\.t\.w"):
        verify(sources, excluded=("s.t.w",))
    with pytest.raises(InputError, match=r"no such column: s\.t\.w"):
        verify(sources, by_text=("s.t.w",))
    with pytest.raises(InputError, match="0 tables are called nothing"):
        verify(sources, tables=("nothing",))


def test_generated_and_renumbered_columns_are_compared_by_name(
    empty: Servers, sources: Sources
) -> None:
    empty[Side.LEFT].execute(
        "CREATE TABLE s.t (gone int, id int PRIMARY KEY, v int,"
        " w int GENERATED ALWAYS AS (v * 2) STORED)"
    )
    empty[Side.LEFT].execute("ALTER TABLE s.t DROP gone")
    right(empty, "CREATE TABLE s.t (v int, w int, id int PRIMARY KEY)")
    empty[Side.LEFT].execute("INSERT INTO s.t (id, v) VALUES (1, 5), (2, 6)")
    right(empty, "INSERT INTO s.t (id, v, w) VALUES (2, 6, 12), (1, 5, 10)")
    assert verify(sources).equal
    right(empty, "UPDATE s.t SET w = 11 WHERE id = 1")
    (difference,) = only(verify(sources)).differences
    assert difference.columns == {"w": ("10", "11")}


def test_the_language_of_a_column_does_not_matter(empty: Servers, sources: Sources) -> None:
    languages = {Side.LEFT: '"C"', Side.RIGHT: 'r."any case"'}
    right(empty, "CREATE SCHEMA IF NOT EXISTS r", 'DROP COLLATION IF EXISTS r."any case"')
    try:
        right(empty, "CREATE COLLATION r.\"any case\" (provider = icu, locale = 'und-u-ks-level2',"
                     " deterministic = false)")  # fmt: skip
    except psycopg.errors.FeatureNotSupported:
        languages[Side.RIGHT] = '"POSIX"'
    for side, language in languages.items():
        empty[side].execute(
            f"CREATE TABLE s.t (id text COLLATE {language} PRIMARY KEY,"
            f" v text COLLATE {language})".encode()
        )
    both(empty, "INSERT INTO s.t VALUES ('a', 'Ä'), ('b', 'b')")
    assert verify(sources).equal
    right(empty, "UPDATE s.t SET v = 'B' WHERE id = 'b'")
    assert keys(only(verify(sources))) == ["changed b"]


@pytest.mark.parametrize("key", ["int", "uuid"])
@pytest.mark.parametrize("workers", [1, 3])
def test_many_scattered_differences_are_all_found(
    empty: Servers, sources: Sources, monkeypatch: pytest.MonkeyPatch, key: str, workers: int
) -> None:
    monkeypatch.setattr("app.migration.verify.descent.FEW_ROWS", 100)
    monkeypatch.setattr("app.migration.verify.descent.MANY_ROWS", 5_000)
    number = {"int": "n", "uuid": "md5(n::text)::uuid"}[key]
    both(
        empty,
        f"CREATE TABLE s.t (id {key} PRIMARY KEY, n int, v int)",
        f"CREATE FUNCTION s.key(n int) RETURNS {key} LANGUAGE sql IMMUTABLE AS 'SELECT {number}'",
        "INSERT INTO s.t SELECT s.key(n), n, n FROM generate_series(1, 20000) n ORDER BY 1",
        "ANALYZE s.t",
    )
    right(
        empty,
        "UPDATE s.t SET v = 0 WHERE n % 40 = 0",
        "DELETE FROM s.t WHERE n % 50 = 1",
        "INSERT INTO s.t SELECT s.key(n), n FROM generate_series(20001, 20100) n",
    )
    table = only(verify(sources, workers=workers, pages_a_chunk=20, shown=10_000))
    assert table.different == 500 + 400 + 100
    kinds = [one.kind.value for one in table.differences]
    assert {kind: kinds.count(kind) for kind in kinds} == {
        "changed": 500, "missing": 400, "extra": 100,
    }  # fmt: skip
    some = only(verify(sources, most=50))
    assert some.truncated
    assert some.different >= 50


def test_an_empty_table_is_equal_to_an_empty_one_and_to_no_other(
    empty: Servers, sources: Sources
) -> None:
    both(empty, "CREATE TABLE s.t (id bigint PRIMARY KEY)")
    assert verify(sources).equal
    right(empty, "INSERT INTO s.t VALUES (-9223372036854775808), (9223372036854775807)")
    assert keys(only(verify(sources))) == [
        "extra -9223372036854775808", "extra 9223372036854775807",
    ]  # fmt: skip


def test_hashes_that_are_not_as_expected_are_not_used(
    empty: Servers, sources: Sources, monkeypatch: pytest.MonkeyPatch
) -> None:
    both(empty, "CREATE TABLE s.t (id int PRIMARY KEY, v jsonb)")
    both(empty, "INSERT INTO s.t VALUES (1, '{\"a\": 1}')")
    right(empty, "UPDATE s.t SET v = '{\"a\": 1.0}'")
    assert verify(sources).equal
    wrong = MappingProxyType({**golden.VECTORS, "jsonb": {"null": 1}})
    monkeypatch.setattr(golden, "VECTORS", wrong)
    report = verify(sources)
    # fact: only the text of json tells 1 from 1.0
    assert (report.by_text, only(report).different) == (("jsonb",), 1)
    monkeypatch.setattr(golden, "VECTORS", MappingProxyType({**wrong, "text": {"a": 1}}))
    assert verify(sources).mode == Mode.STRICT.value


def test_values_are_hidden_unless_they_are_asked_for(empty: Servers, sources: Sources) -> None:
    both(empty, "CREATE TABLE s.t (id int PRIMARY KEY, v text)")
    both(empty, "INSERT INTO s.t VALUES (1, 'secret one')")
    right(empty, "UPDATE s.t SET v = 'secret two'")
    report = verify(sources)
    hidden = "\n".join([str(report.as_record()), *report.lines()])
    assert "secret" not in hidden
    assert "changed id=1 (v)" in hidden
    shown = "\n".join([str(report.as_record(show_values=True)), *report.lines(show_values=True)])
    assert shown.count("secret one") == shown.count("secret two") == 2


def test_repair_statements_make_the_right_side_like_the_left(
    empty: Servers, sources: Sources
) -> None:
    both(
        empty,
        'CREATE TABLE s.t ("Id" int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, v text, '
        "w text GENERATED ALWAYS AS (v || v) STORED, b bytea)",
        "INSERT INTO s.t (v, b) SELECT 'it''s \\ ' || n, '\\x00' FROM generate_series(1, 9) n",
    )
    right(
        empty,
        'DELETE FROM s.t WHERE "Id" = 3',
        'UPDATE s.t SET v = NULL WHERE "Id" = 5',
        "INSERT INTO s.t (v) VALUES ('more')",
    )
    table = only(verify(sources, repaired=Side.RIGHT))
    assert len(table.repair) == table.different == 3
    right(empty, *table.repair)
    assert verify(sources).equal

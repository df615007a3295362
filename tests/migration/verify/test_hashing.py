"""Values that a server's own hash functions confuse, and those that make them forget a seed."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import find

from app.migration.verify.comparison import compare
from app.migration.verify.options import Options
from app.migration.verify.session import Side
from tests.migration.verify.conftest import Servers, Sources
from tests.migration.verify.random_tables import Found, Row, Rows, found, insert, prepare
from tests.migration.verify.values import EXCHANGED, NEARLY_EQUAL, ODD, VALUES

pytestmark = pytest.mark.slow


@pytest.fixture
def typed(servers: Servers) -> Servers:
    prepare(servers)
    return servers


def make(servers: Servers, columns: Mapping[str, str], rows: Mapping[Side, Rows]) -> None:
    declared = ", ".join(f"{name} {kind}" for name, kind in columns.items())
    for side, server in servers.items():
        server.execute(f"CREATE TABLE r.t (id int PRIMARY KEY, {declared})".encode())
        insert(server, {"id": "int", **columns}, rows[side])


def seen(sources: Sources) -> Found:
    """Compare in fast mode, in which every type has to be hashed by a function of its own."""
    report = compare(sources, options=Options(schemas=("r",), shown=1_000))
    assert not report.by_text
    return found(report)


@pytest.mark.parametrize("what", NEARLY_EQUAL)
def test_values_are_told_apart_that_hash_functions_confuse(
    typed: Servers, sources: Sources, what: str
) -> None:
    kind, *pair = NEARLY_EQUAL[what]
    rows: dict[Side, Rows] = {
        side: {("1",): {"v": value}} for side, value in zip(Side, pair, strict=True)
    }
    make(typed, {"v": kind}, rows)
    assert {(key, names) for _, key, names in seen(sources)} == {(("1",), frozenset({"v"}))}


def test_no_value_of_any_type_hides_a_change_in_another_column(
    typed: Servers, sources: Sources
) -> None:
    kinds = {f"c{number}": kind for number, kind in enumerate(VALUES)}
    # Columns are hashed in the order of their names.
    columns = {"a": "int", **kinds, "z": "int"}
    # Each row has one odd value; what stands before and behind it is another on the right.
    plain: Row = {name: find(VALUES[kind], lambda _: True) for name, kind in kinds.items()}
    odd = [(name, value) for name, kind in kinds.items() for value in (None, *ODD.get(kind, ()))]
    rows: dict[Side, Rows] = {side: {} for side in Side}
    for number, (name, value) in enumerate(odd):
        for shift, changed in enumerate(("a", "z")):
            for side, text in zip(Side, ("1", "2"), strict=True):
                row = {"a": "1", **plain, name: value, "z": "1"} | {changed: text}
                rows[side][(str(2 * number + shift),)] = row
    make(typed, columns, rows)
    named = {(key, names) for _, key, names in seen(sources)}
    assert named == {
        ((str(2 * number + shift),), frozenset({changed}))
        for number in range(len(odd))
        for shift, changed in enumerate(("a", "z"))
    }


def test_two_columns_that_exchanged_their_values_are_seen(typed: Servers, sources: Sources) -> None:
    pairs = {str(number): pair for number, pair in enumerate(EXCHANGED)}
    columns = {f"c{n}{name}": pair[0] for n, pair in pairs.items() for name in "ab"}
    nothing: Row = dict.fromkeys(columns)
    rows: dict[Side, Rows] = {
        side: {
            (n,): {**nothing, **dict(zip((f"c{n}a", f"c{n}b"), pair[1:][::order], strict=True))}
            for n, pair in pairs.items()
        }
        for side, order in zip(Side, (1, -1), strict=True)
    }
    make(typed, columns, rows)
    named = {key: names for _, key, names in seen(sources)}
    assert named == {(n,): frozenset({f"c{n}a", f"c{n}b"}) for n in pairs}


def test_a_value_that_changed_places_with_two_others_is_seen(
    typed: Servers, sources: Sources
) -> None:
    """NaN and 0 pass the seed on, each time changed alike: an even number of times, unchanged."""
    rows: dict[Side, Rows] = {side: {} for side in Side}
    orders = (("a", "b", "c"), ("c", "a", "b"))
    kinds = {"n": ("numeric(14,3)", "5.250", "NaN"), "f": ("double precision", "5.25", "0")}
    columns = {f"{kind}{name}": kinds[kind][0] for kind in kinds for name in "abc"}
    for kind, (_, value, passing) in kinds.items():
        for side, (first, *others) in zip(Side, orders, strict=True):
            values = {f"{kind}{first}": value, **{f"{kind}{name}": passing for name in others}}
            rows[side][kind,] = dict.fromkeys(columns) | values
    for side, server in typed.items():
        declared = ", ".join(f"{name} {kind}" for name, kind in columns.items())
        server.execute(f"CREATE TABLE r.t (id text PRIMARY KEY, {declared})".encode())
        insert(server, {"id": "text", **columns}, rows[side])
    assert {key for _, key, _ in seen(sources)} == {("n",), ("f",)}


def test_a_change_of_two_marks_at_once_is_seen(typed: Servers, sources: Sources) -> None:
    """Marks are bits of a number, of which a hash function may add up the halves."""
    columns = {f"c{number}": "text" for number in range(70)}
    nothing: Row = dict.fromkeys(columns)
    rows: dict[Side, Rows] = {side: {} for side in Side}
    for number in range(38):
        rows[Side.LEFT][(str(number),)] = {**nothing}
        rows[Side.RIGHT][(str(number),)] = {**nothing, f"c{number}": "", f"c{number + 32}": ""}
    make(typed, columns, rows)
    assert len(seen(sources)) == 38


def test_rows_that_changed_places_with_their_opposites_are_seen(
    typed: Servers, sources: Sources
) -> None:
    for side, key in zip(Side, ("5.25", "-5.25"), strict=True):
        typed[side].execute("CREATE TABLE r.t (id numeric(9,2) PRIMARY KEY, v int)")
        insert(typed[side], {"id": "numeric", "v": "int"}, {(key,): {"v": "1"}})
    assert {key for _, key, _ in seen(sources)} == {("5.25",), ("-5.25",)}

"""Another program for the same question, reladiff, names the same rows; where it cannot, why not.

It knows integers, numeric, floats, dates, timestamps, text, uuid and boolean; any other type it
compares by its text, as the session happens to write it, and warns. What it does not see, or does
not take, is not among the random values; each such thing has a case of its own below. Keys of text
are left out, too: it takes those of letters and digits, and cuts them in an order of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.migration.verify.comparison import compare
from app.migration.verify.encoding import Mode
from app.migration.verify.options import Options
from app.migration.verify.report import Kind
from app.migration.verify.session import Side
from tests.migration.verify.conftest import Servers, Sources
from tests.migration.verify.peer import Keys, Peer, PeerFailed, asked
from tests.migration.verify.random_tables import Case, Row, Rows, build, cases, insert, prepare
from tests.migration.verify.values import KEYS, VALUES

pytestmark = pytest.mark.slow

EXAMPLES = 40

# Without a scale, numeric is rounded to whole numbers.
_LEFT_OUT = {"numeric"}
_TOLD_APART: Mapping[str, st.SearchStrategy[str]] = {
    "real": st.sampled_from(["0", "1.5", "-3.25e+10", "NaN"]),
    "double precision": st.integers(-(10**12), 10**12).map(lambda n: repr(n / 1000))
    | st.just("NaN"),
    "date": st.dates().map(str),
    "timestamp": st.datetimes().map(str),
    "timestamptz": st.datetimes().map(lambda at: f"{at}+02"),
}
_BAR_LESS = {"text", "varchar(20)", "character(8)"}
_VALUES = {
    kind: values.filter(lambda text: "|" not in text) if kind in _BAR_LESS else values
    for kind, values in {**VALUES, **_TOLD_APART}.items()
    if kind not in _LEFT_OUT
}
_KEYS: Mapping[tuple[str, ...], st.SearchStrategy[tuple[str, ...]]] = {
    ("bigint",): KEYS[("bigint",)],
    ("integer",): KEYS[("integer",)],
    ("uuid",): KEYS[("uuid",)],
    ("integer", "bigint"): st.tuples(
        st.integers(-9, 9).map(str), st.integers(-(2**40), 2**40).map(str)
    ),
    ("uuid", "integer"): st.tuples(st.uuids().map(str), st.integers(-50, 200).map(str)),
}

Values = tuple[str | None, ...]

# By what is lost: the types of the columns, and the values of a row on the left and on the right.
NOT_SEEN: Mapping[str, tuple[tuple[str, ...], Values, Values]] = {
    "what follows the point of a numeric without a scale": (("numeric",), ("1.9",), ("2.1",)),
    "digits of a double after the 15th": (
        ("double precision",),
        ("0.1",),
        ("0.10000000000000002",),
    ),
    "a double after 13 places": (("double precision",), ("1e-17",), ("2e-17",)),
    "digits of a real after the sixth": (("real",), ("1.0000001",), ("1.0000002",)),
    "the sign of an infinite time": (("timestamp",), ("infinity",), ("-infinity",)),
    "an infinite time beside none": (("timestamptz",), ("infinity",), (None,)),
    "an infinite date beside none": (("date",), ("infinity",), (None,)),
    "the era of a date": (("date",), ("0044-03-15 BC",), ("0044-03-15",)),
    "a NULL beside its stand-in": (("text",), (None,), ("<null>",)),
    "text that moved to the next column": (("text", "text"), ("x|", "y"), ("x", "|y")),
}
NOT_TAKEN = {"double precision": "Infinity", "real": "-Infinity", "numeric": "Infinity"}
NO_KEYS = {"date": "2026-01-01", "bytea": "\\x00", "text": "ä b", "double precision": "1.5"}


@pytest.fixture(scope="module")
def peer(sources: Sources) -> Iterator[Peer]:
    with asked(sources) as running:
        yield running


@pytest.fixture(scope="module")
def typed(servers: Servers) -> Servers:
    prepare(servers)
    return servers


def ours(sources: Sources, *, schema: str, mode: Mode = Mode.FAST) -> Keys:
    (table,) = compare(sources, options=Options(mode=mode, schemas=(schema,))).tables
    return {(one.kind, tuple(one.key.values())) for one in table.differences}


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(case=cases(values_of=_VALUES, keys_of=_KEYS))
def test_reladiff_and_both_modes_name_the_same_rows(
    typed: Servers, sources: Sources, peer: Peer, case: Case
) -> None:
    build(typed, case)
    keys = [f"k{number}" for number in range(len(case.key))]
    theirs = peer.differing(table="r.t", keys=keys, columns=sorted(case.columns))
    assert theirs == {(kind, key) for kind, key, _ in case.expected}
    assert ours(sources, schema="r", mode=Mode.FAST) == theirs
    assert ours(sources, schema="r", mode=Mode.STRICT) == theirs


def a_row(
    servers: Servers, types: tuple[str, ...], left: Values, right: Values, *, key: str = "bigint"
) -> list[str]:
    """Make `s.t` with a row that differs between two far away ones; return its columns."""
    columns = {f"c{number}": kind for number, kind in enumerate(types)}
    nothing: Row = dict.fromkeys(columns)
    for side, values in zip(Side, (left, right), strict=True):
        servers[side].execute(
            f"CREATE TABLE s.t (id {key} PRIMARY KEY, {declared(columns)})".encode()
        )
        some: Row = dict(zip(columns, values, strict=True))
        rows: Rows = {("1",): nothing, ("7000000",): some, ("90000000",): nothing}
        insert(servers[side], {"id": key, **columns}, rows, table="s.t")
    return [*columns]


def declared(columns: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {kind}" for name, kind in columns.items())


CHANGED: Keys = {(Kind.CHANGED, ("7000000",))}


@pytest.mark.parametrize("lost", NOT_SEEN)
def test_payshift_sees_what_reladiff_does_not(
    empty: Servers, sources: Sources, peer: Peer, lost: str
) -> None:
    columns = a_row(empty, *NOT_SEEN[lost])
    assert peer.differing(table="s.t", keys=["id"], columns=columns) == set()
    assert ours(sources, schema="s", mode=Mode.FAST) == CHANGED
    assert ours(sources, schema="s", mode=Mode.STRICT) == CHANGED


@pytest.mark.parametrize("other", ["7.0", "-7"])
def test_reladiff_sees_a_number_inside_jsonb_that_fast_mode_does_not(
    empty: Servers, sources: Sources, peer: Peer, other: str
) -> None:
    columns = a_row(empty, ("jsonb",), ('{"a": 7}',), (f'{{"a": {other}}}',))
    assert peer.differing(table="s.t", keys=["id"], columns=columns) == CHANGED
    assert ours(sources, schema="s", mode=Mode.FAST) == set()
    assert ours(sources, schema="s", mode=Mode.STRICT) == CHANGED


@pytest.mark.parametrize("kind", NOT_TAKEN)
def test_payshift_compares_infinite_numbers_at_which_reladiff_ends(
    empty: Servers, sources: Sources, peer: Peer, kind: str
) -> None:
    columns = a_row(empty, (kind,), (NOT_TAKEN[kind],), ("1.5",))
    with pytest.raises(PeerFailed, match="cannot hold an infinite value"):
        peer.differing(table="s.t", keys=["id"], columns=columns)
    assert ours(sources, schema="s") == CHANGED


@pytest.mark.parametrize("kind", NO_KEYS)
def test_payshift_compares_by_keys_that_reladiff_does_not_take(
    empty: Servers, sources: Sources, peer: Peer, kind: str
) -> None:
    for side, value in zip(Side, ("x", "y"), strict=True):
        empty[side].execute(f"CREATE TABLE s.t (id {kind} PRIMARY KEY, v text)".encode())
        rows: Rows = {(NO_KEYS[kind],): {"v": value}}
        insert(empty[side], {"id": kind, "v": "text"}, rows, table="s.t")
    with pytest.raises(PeerFailed, match="as a key"):
        peer.differing(table="s.t", keys=["id"], columns=["v"])
    assert ours(sources, schema="s") == {(Kind.CHANGED, (NO_KEYS[kind],))}


def test_equal_bytes_differ_for_reladiff_where_the_servers_write_them_in_two_ways(
    empty: Servers, sources: Sources, peer: Peer
) -> None:
    columns = a_row(empty, ("bytea",), ("\\x00ff",), ("\\x00ff",))
    assert peer.differing(table="s.t", keys=["id"], columns=columns, pinned=False) == CHANGED
    assert peer.differing(table="s.t", keys=["id"], columns=columns) == set()
    assert ours(sources, schema="s") == set()

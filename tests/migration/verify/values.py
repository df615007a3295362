"""Random values of every type that a comparison must handle, as text that a server reads.

Two texts of a type that are not the same text are different values, also for the fast hashes; what
only strict tells apart is in EQUAL_BUT_NOT_THE_SAME.
"""

from __future__ import annotations

from hypothesis import strategies as st

_LETTERS = st.characters(exclude_categories=("Cs", "Zs", "Cc"))
_TEXT = st.text(_LETTERS, max_size=12)
_BYTES = st.binary(max_size=12).map(lambda some: "\\x" + some.hex())


def _integers(bits: int) -> st.SearchStrategy[str]:
    return st.integers(-(2 ** (bits - 1)), 2 ** (bits - 1) - 1).map(str)


def _decimals(places: int) -> st.SearchStrategy[str]:
    return st.integers(-(10**9), 10**9).map(lambda n: f"{n / 10**places:.{places}f}")


SETUP = (
    "CREATE TYPE r.mood AS ENUM ('glad', 'sad')",
    "CREATE DOMAIN r.money_amount AS numeric(10,2)",
    "CREATE DOMAIN r.outer_domain AS r.money_amount CHECK (VALUE > -100000000)",
    "CREATE TYPE r.pair AS (a int, b text)",
)

VALUES: dict[str, st.SearchStrategy[str]] = {
    "smallint": _integers(16),
    "integer": _integers(32),
    "bigint": _integers(64),
    "numeric(14,3)": _decimals(3) | st.just("NaN"),
    "numeric": _decimals(1) | _decimals(4) | st.sampled_from(["NaN", "Infinity", "-Infinity"]),
    "real": st.sampled_from(["0", "1.5", "-3.25e+10", "NaN", "Infinity", "-Infinity"]),
    "double precision": st.floats(allow_nan=False).filter(lambda one: one != 0).map(repr)
    | st.sampled_from(["0", "NaN"]),
    "boolean": st.sampled_from(["true", "false"]),
    "text": _TEXT,
    "varchar(20)": _TEXT,
    "character(8)": st.text(_LETTERS, max_size=8),
    "name": st.text("abcXYZ_", min_size=1, max_size=9),
    "bytea": _BYTES,
    "uuid": st.uuids().map(str),
    "date": st.dates().map(str) | st.sampled_from(["infinity", "-infinity", "4714-11-24 BC"]),
    "time": st.times().map(str),
    "timetz": st.sampled_from(["10:00:00+00", "10:00:00+05:30", "15:30:00+05:30"]),
    "timestamp": st.datetimes().map(str) | st.sampled_from(["infinity", "-infinity"]),
    "timestamptz": st.datetimes().map(lambda at: f"{at}+02") | st.just("infinity"),
    "interval": st.sampled_from(["1 day", "24 hours", "1 mon", "30 days", "-00:00:01.5"]),
    "jsonb": st.sampled_from(["null", "{}", '""', "[]", "[[]]", "[{}]", "1", "[1]", '["ü"]'])
    | st.sampled_from(['{"a": 1}', '{"a": 1.5}', '{"a": {"b": [1, null]}}']),
    "json": st.sampled_from(["null", "{}", '{"a": 1}', '{"a":1}', '{"a": 1, "a": 1}']),
    "inet": st.ip_addresses().map(str),
    "cidr": st.sampled_from(["10.0.0.0/8", "10.0.0.0/9", "2001:db8::/32"]),
    "macaddr": st.sampled_from(["08:00:2b:01:02:03", "08:00:2b:01:02:04"]),
    "macaddr8": st.sampled_from(["08:00:2b:01:02:03:04:05", "08:00:2b:01:02:03:04:06"]),
    "pg_lsn": st.sampled_from(["0/0", "16/B374D848"]),
    "oid": st.sampled_from(["0", "42", "4294967295"]),
    '"char"': st.sampled_from(["a", "b"]),
    "bit(4)": st.sampled_from(["0000", "1010"]),
    "varbit": st.sampled_from(["", "0", "00", "1"]),
    "money": st.sampled_from(["1.00", "-1.00", "1234567.89"]),
    "int4range": st.sampled_from(["empty", "[1,5)", "[1,)"]),
    "nummultirange": st.sampled_from(["{}", "{[1.0,2.0)}", "{[1,2.0)}"]),
    "tsvector": st.sampled_from(["", "'a' 'b'", "'a':1 'b':2"]),
    "point": st.sampled_from(["(0,0)", "(1.5,-2)"]),
    "xml": st.sampled_from(["<a/>", "<a></a>", "<b>ü</b>"]),
    "integer[]": st.sampled_from(["{}", "{1,2}", "{{1},{2}}", "{NULL}", "[0:1]={1,2}"]),
    "text[]": st.sampled_from(["{}", '{""}', "{NULL}", '{"NULL"}', '{a,"b,c"}', '{"a,b",c}']),
    "r.mood": st.sampled_from(["glad", "sad"]),
    "r.mood[]": st.sampled_from(["{glad}", "{sad,glad}", "{}"]),
    "r.outer_domain": _decimals(2).map(lambda text: text[:9]).filter(lambda one: one[-1] != "."),
    "r.pair": st.sampled_from(["(,)", "(1,)", '(1,"")', '(,"a,b")']),
}

KEYS: dict[tuple[str, ...], st.SearchStrategy[tuple[str, ...]]] = {
    ("bigint",): st.tuples(st.integers(-(2**40), 2**40).map(str) | st.integers(1, 200).map(str)),
    ("integer",): st.tuples(st.integers(-50, 200).map(str)),
    ("uuid",): st.tuples(st.uuids().map(str)),
    ("text",): st.tuples(_TEXT),
    ("r.mood", "integer"): st.tuples(st.sampled_from(["glad", "sad"]), _integers(32)),
    ("text", "date", "bigint"): st.tuples(_TEXT, st.dates().map(str), _integers(64)),
    ("bytea",): st.tuples(_BYTES),
    ("numeric(14,3)",): st.tuples(_decimals(3)),
    ("date", "uuid"): st.tuples(st.dates().map(str), st.uuids().map(str)),
}

# Not equal, but the same to a hash function alone, or near to it.
NEARLY_EQUAL = {
    "an opposite number": ("numeric(14,3)", "5.250", "-5.250"),
    "an opposite sum": ("r.money_amount", "5.25", "-5.25"),
    "a number 2^32 times as large": ("bigint", "1", "4294967296"),
    "a number below zero whose halves add up to the same": ("bigint", "-1", "-4294967298"),
    "a place in the log with its halves exchanged": ("pg_lsn", "0/1", "1/0"),
    "an array for an object": ("jsonb", "{}", "[]"),
    "an array of a value for the value": ("jsonb", "1", "[1]"),
    "an array inside for an object": ("jsonb", "[[]]", "[{}]"),
    "an array of nothing for nothing in an array": ("jsonb", "[[]]", "[]"),
    "NULL in jsonb for no value": ("jsonb", "null", None),
    "the first day for no day": ("date", "1970-01-01", None),
    "no bytes for nothing": ("bytea", "\\x", None),
    "zero for nothing": ("numeric(14,3)", "0.000", None),
}
# What a hash function might answer whatever its seed is.
ODD = {
    "numeric(14,3)": ("0", "NaN"),
    "double precision": ("0", "NaN", "Infinity"),
    "jsonb": ("{}", "[]", "[[]]", "[{}]", "null", "1"),
    "date": ("infinity", "2000-01-01"),
    "bytea": ("\\x",),
    "text": ("",),
    "timetz": ("00:00+00", "00:00:00.003600-01"),
    "text[]": ("{}", "{NULL}"),
}
# Two values that two columns may exchange: one of them, or both, gives back or forgets the seed.
EXCHANGED = (
    ("numeric(14,3)", "NaN", "5.250"),
    ("numeric(14,3)", "NaN", "-5.250"),
    ("numeric(14,3)", "0.000", "5.250"),
    ("double precision", "0", "5.25"),
    ("double precision", "0", "-5.25"),
    ("real", "0", "1.5"),
    ("jsonb", "[[]]", "[]"),
    ("jsonb", "[[]]", "[{}]"),
    ("jsonb", "{}", "[]"),
    ("bigint", "0", "1"),
    ("boolean", "false", "true"),
    ("integer", "0", "1"),
    ("text", "", "a"),
    ("bytea", "\\x", "\\x00"),
    ("date", "1970-01-01", "2000-01-01"),
    ("timestamp", "1970-01-01 00:00:00", "2000-01-01 00:00:00"),
    ("time", "00:00:00", "00:00:01"),
    ("oid", "0", "1"),
)
EQUAL_BUT_NOT_THE_SAME = {
    "jsonb, zeros": ("jsonb", '{"a": 1}', '{"a": 1.0}'),
    "jsonb, sign": ("jsonb", '{"a": 1}', '{"a": -1}'),
    "jsonb, empty arrays": ("jsonb", "[[]]", "[[[[]]]]"),
    "float, sign of zero": ("double precision", "0", "-0"),
    "time, halves": ("timestamp", "2000-01-01", "2000-01-01 01:11:34.967297"),
}

"""The expression that turns a row into 64 bits, the same on every server.

Fast: the hash functions that PostgreSQL itself uses for each type, chained: the hash of a column is
the seed of the next. They follow equality, so a type whose equality hides a difference (numeric
without a scale, interval, array) goes by its text. What equality knows but such a function leaves
out (the sign of a numeric) is a flag beside it, as NULL is. Strict: md5 over the text of all
columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from psycopg import sql

from app.migration.verify.catalogue import Column

# Of this module: what was hashed by another one cannot be gone on with.
ENCODING = 3
# Bits of an int4 that are filled with one flag each, but for its sign. Not of an int8: its hash
# function adds its halves up, so that two flags could stand for none.
_FLAGS = 31


class Mode(StrEnum):
    """How rows are hashed."""

    FAST = "fast"
    STRICT = "strict"


@dataclass(frozen=True, slots=True)
class Hasher:
    """The call of a hash function, and what stands in for NULL (flags tell the two apart).

    `beside` are conditions: those that tell equal hashes of other values apart, and those that say
    of which column a value is for which the call answers its seed. A call that is `unseeded` may
    answer the same whatever its seed is, and must not stand behind another.
    """

    call: str
    stand_in: str
    beside: tuple[str, ...] = ()
    unseeded: bool = False


TEXT = Hasher('hashtextextended({value}::text COLLATE "C", {seed})', "''")

# The types whose hash says all that their equality says. timetz is none: at 00:00+00 its two halves
# are the same and take each other, and the seed, away; nor is pg_lsn, whose halves are added up as
# those of a bigint and cannot be taken apart. Arrays around a single value reach hash
# functions that SQL cannot call by name.
FAST = MappingProxyType(
    {
        "int2": Hasher("hashint2extended({value}, {seed})", "0::int2"),
        "int4": Hasher("hashint4extended({value}, {seed})", "0"),
        # The function adds the halves up: 1 would be 2^32. With the upper half alone it is exact.
        "int8": Hasher(
            "hashint8extended({value}, hashint8extended({value} >> 32, {seed}))", "0::int8"
        ),
        "bool": Hasher("hashint4extended({value}::int4, {seed})", "false"),
        "text": TEXT,
        "varchar": TEXT,
        "bpchar": Hasher('hashbpcharextended({value} COLLATE "C", {seed})', "''"),
        # The sign is left out; NaN gives the seed back, as 0 does among floats.
        "numeric": Hasher(
            "hash_numeric_extended({value}, {seed})", "0", ("{value} < 0", "{value} = 'NaN'")
        ),
        "float4": Hasher("hashfloat4extended({value}, {seed})", "0", ("{value} = 0",)),
        "float8": Hasher("hashfloat8extended({value}, {seed})", "0", ("{value} = 0",)),
        "timestamp": Hasher("timestamp_hash_extended({value}, {seed})", "'epoch'"),
        # An interval as the zone is the cheapest way to the same 64 bits without one.
        "timestamptz": Hasher(
            "timestamp_hash_extended({value} AT TIME ZONE interval '0', {seed})", "'epoch'"
        ),
        "time": Hasher("time_hash_extended({value}, {seed})", "'00:00'"),
        "date": Hasher("hash_array_extended(ARRAY[{value}], {seed})", "'epoch'"),
        "uuid": Hasher(
            "uuid_hash_extended({value}, {seed})", "'00000000-0000-0000-0000-000000000000'"
        ),
        "bytea": Hasher("hash_array_extended(ARRAY[{value}], {seed})", "''"),
        # It hashes scalars: {} and [] are none, 1 is that of [1], and [[]] loses the seed.
        "jsonb": Hasher(
            "jsonb_hash_extended({value}, {seed})",
            "'null'",
            ("{value} @> '[]'",),
            unseeded=True,
        ),
        "oid": Hasher("hashoidextended({value}, {seed})", "0"),
        "inet": Hasher("hashinetextended({value}, {seed})", "'0.0.0.0'"),
        "cidr": Hasher("hashinetextended({value}, {seed})", "'0.0.0.0'"),
        "macaddr": Hasher("hashmacaddrextended({value}, {seed})", "'00:00:00:00:00:00'"),
    }
)


@dataclass(frozen=True, slots=True)
class ComparedColumn:
    """A column as both sides have it. `nullable` and `hasher` hold for both."""

    name: str
    hasher: Hasher
    nullable: bool
    builtin: bool

    @property
    def identifier(self) -> sql.Identifier:
        """Promise the quoted name."""
        return sql.Identifier(self.name)


def compared_column(
    left: Column, right: Column, *, mode: Mode, broken: frozenset[str]
) -> ComparedColumn:
    """Choose how a column is hashed; by text when the types differ or one's hash is `broken`."""
    same = left.base == right.base and left.scaled == right.scaled
    by_text = (
        mode is Mode.STRICT
        or not same
        or left.base in broken
        or (left.base == "numeric" and not left.scaled)
    )
    return ComparedColumn(
        name=left.name,
        hasher=TEXT if by_text else FAST.get(left.base, TEXT),
        nullable=not (left.not_null and right.not_null),
        builtin=bool(left.base and right.base),
    )


def row_hash(
    key: Sequence[ComparedColumn], others: Sequence[ComparedColumn], *, mode: Mode
) -> sql.Composable:
    """Return an expression of type int8 over the columns of one row."""
    if mode is Mode.STRICT:
        return _digest_of_text([*key, *others])
    columns = [*key, *others]
    seed = _unseeded(columns)
    flags = [*map(_is_null, (column for column in others if column.nullable))]
    flags += [
        sql.SQL(condition).format(value=column.identifier)
        for column in columns
        for condition in column.hasher.beside
    ]
    for start in range(0, len(flags), _FLAGS):
        # A condition is cheaper than a cast and a shift, and takes NULL for no.
        bits = sql.SQL(" + ").join(
            sql.SQL("CASE WHEN {} THEN {} ELSE 0 END").format(flag, sql.Literal(1 << position))
            for position, flag in enumerate(flags[start : start + _FLAGS])
        )
        seed = sql.SQL("hashint4extended({}, {})").format(bits, seed)
    return _chain(columns, seed=seed)


def key_hash(key: Sequence[ComparedColumn], *, mode: Mode) -> sql.Composable:
    """Return an expression of type int8 over the key alone; a few keys may have the same."""
    return _digest_of_text(key) if mode is Mode.STRICT else _chain(key, seed=_unseeded(key))


def _unseeded(columns: Sequence[ComparedColumn]) -> sql.Composable:
    """Return the seed of all others: the columns that keep none, one after the other."""
    # Not with the seed 0, which is the hash of [[]]: [] answers its seed.
    hashes = [_hash(one, seed=sql.SQL("1")) for one in columns if one.hasher.unseeded]
    if not hashes:
        return sql.SQL("0")
    seed, *others = hashes
    for hashed in others:
        # As text: two that keep no seed would else be the same as those two exchanged.
        seed = sql.SQL(TEXT.call).format(value=hashed, seed=seed)
    return seed


def _chain(columns: Sequence[ComparedColumn], *, seed: sql.Composable) -> sql.Composable:
    for column in columns:
        if not column.hasher.unseeded:
            seed = _hash(column, seed=seed)
    return seed


def _hash(column: ComparedColumn, *, seed: sql.Composable) -> sql.Composable:
    value: sql.Composable = column.identifier
    if column.nullable:
        cast = "{}::text" if column.hasher is TEXT else "{}"
        value = sql.SQL("coalesce({}, {})").format(
            sql.SQL(cast).format(value), sql.SQL(column.hasher.stand_in)
        )
    return sql.SQL(column.hasher.call).format(value=value, seed=seed)


def _is_null(column: ComparedColumn) -> sql.Composable:
    # A composite value whose fields are all NULL "is null" too, but is not the same.
    test = "{} IS NULL" if column.builtin else "num_nulls({}) = 1"
    return sql.SQL(test).format(column.identifier)


def _digest_of_text(columns: Sequence[ComparedColumn]) -> sql.Composable:
    """Hash the text of a record: its quotes keep NULL from '' and neighbours apart."""
    fields = sql.SQL(", ").join(sql.SQL("{}::text").format(one.identifier) for one in columns)
    return sql.SQL("('x' || substr(md5(ROW({})::text), 1, 16))::bit(64)::int8").format(fields)

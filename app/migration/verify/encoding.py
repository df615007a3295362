"""The expression that turns a row into 64 bits, the same on every server.

Fast: the hash functions that PostgreSQL itself uses for each type, chained: the hash of a column is
the seed of the next. They follow equality, so a type whose equality hides a difference (numeric
without a scale, interval, array) goes by its text. What equality knows but such a function leaves
out (the sign of a numeric) is a mark beside it, as NULL is. Strict: md5 over the text of all
columns.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from types import MappingProxyType

from psycopg import sql

from app.migration.verify.catalogue import Column

# Of this module: what was hashed by another one cannot be gone on with.
ENCODING = 4
# Bits of an int4 that are filled with marks, but for its sign. Not of an int8: its hash function
# adds its halves up, so that two marks could stand for none.
_BITS = 31


class Mode(StrEnum):
    """How rows are hashed."""

    FAST = "fast"
    STRICT = "strict"


@dataclass(frozen=True, slots=True)
class Mark:
    """What tells equal hashes apart: in steps, 0 or 1, or with two bits -1, 0, or 1; never NULL."""

    expression: str
    bits: int = 1


_NULL = Mark("CASE WHEN {value} IS NULL THEN {step} ELSE 0 END")
# A composite value whose fields are all NULL "is null" too, but is not the same.
_NULL_AS_A_WHOLE = Mark("CASE WHEN num_nulls({value}) = 1 THEN {step} ELSE 0 END")


@dataclass(frozen=True, slots=True)
class Hasher:
    """The call of a hash function, and what stands in for NULL (marks tell the two apart).

    A call that is `unseeded` may answer the same whatever its seed is, and must not stand behind
    another. One that `may_pass` answers its seed for a value or two, and must not be given the very
    seed of another column.
    """

    call: str
    stand_in: str
    mark: Mark | None = None
    unseeded: bool = False
    may_pass: bool = False


TEXT = Hasher('hashtextextended({value}::text COLLATE "C", {seed})', "''")

# The types whose hash says all that their equality says. timetz is none: at 00:00+00 its two halves
# are the same and take each other, and the seed, away; nor is pg_lsn, whose halves are added up as
# those of a bigint and cannot be taken apart. Arrays around a single value reach hash
# functions that SQL cannot call by name.
FAST = MappingProxyType(
    {
        "int2": Hasher("hashint2extended({value}, {seed})", "0::int2"),
        "int4": Hasher("hashint4extended({value}, {seed})", "0"),
        # The function adds the halves up: 1 would be 2^32. In the seed, both are told apart.
        "int8": Hasher("hashint8extended({value}, {value} # {seed})", "0::int8"),
        "bool": Hasher("hashint4extended({value}::int4, {seed})", "false"),
        "text": TEXT,
        "varchar": TEXT,
        "bpchar": Hasher('hashbpcharextended({value} COLLATE "C", {seed})', "''"),
        # The sign is left out, and 0 is next to NaN: one comparison tells all of them apart.
        "numeric": Hasher(
            "hash_numeric_extended({value}, {seed})",
            "0",
            mark=Mark("numeric_cmp({value}, 0) * {step}", bits=2),
            may_pass=True,
        ),
        "float4": Hasher("hashfloat4extended({value}, {seed})", "0", may_pass=True),
        "float8": Hasher("hashfloat8extended({value}, {seed})", "0", may_pass=True),
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
            mark=Mark("CASE WHEN {value} @> '[]' THEN {step} ELSE 0 END"),
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
    for marks in _numbers(_marked(columns, nullable=others)):
        seed = sql.SQL("hashint4extended({}, {})").format(marks, seed)
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
    for place, column in enumerate(columns, start=1):
        if column.hasher.may_pass:
            # Else two columns could exchange a value that passes the seed on for another.
            seed = sql.SQL("({} # {})").format(seed, sql.Literal(_of_place(place)))
        if not column.hasher.unseeded:
            seed = _hash(column, seed=seed)
    return seed


def _of_place(place: int) -> int:
    """Return a number of 64 bits for a place; neither two nor more of them cancel out."""
    return int.from_bytes(sha256(place.to_bytes(4)).digest()[:8], signed=True)


def _hash(column: ComparedColumn, *, seed: sql.Composable) -> sql.Composable:
    return sql.SQL(column.hasher.call).format(value=_value(column), seed=seed)


def _value(column: ComparedColumn) -> sql.Composable:
    """Return what is hashed: never NULL."""
    if not column.nullable:
        return column.identifier
    cast = "coalesce({}::text, {})" if column.hasher is TEXT else "coalesce({}, {})"
    return sql.SQL(cast).format(column.identifier, sql.SQL(column.hasher.stand_in))


def _numbers(marked: Sequence[tuple[Mark, sql.Composable]]) -> Iterator[sql.Composable]:
    """Add the marks of such values up to int4s, each in bits of its own.

    What lies below a mark of -1 never reaches as far as its step.
    """
    parts: list[sql.Composable] = []
    bit = 0
    for mark, value in marked:
        if bit + mark.bits > _BITS:
            yield sql.SQL(" + ").join(parts)
            parts, bit = [], 0
        parts.append(sql.SQL(mark.expression).format(value=value, step=sql.Literal(1 << bit)))
        bit += mark.bits
    if parts:
        yield sql.SQL(" + ").join(parts)


def _marked(
    columns: Sequence[ComparedColumn], *, nullable: Sequence[ComparedColumn]
) -> list[tuple[Mark, sql.Composable]]:
    """Return the marks of these columns, and the values that they look at."""
    nulls = [
        (_NULL if one.builtin else _NULL_AS_A_WHOLE, one.identifier)
        for one in nullable
        if one.nullable
    ]
    return [*nulls, *((one.hasher.mark, _value(one)) for one in columns if one.hasher.mark)]


def _digest_of_text(columns: Sequence[ComparedColumn]) -> sql.Composable:
    """Hash the text of a record: its quotes keep NULL from '' and neighbours apart."""
    fields = sql.SQL(", ").join(sql.SQL("{}::text").format(one.identifier) for one in columns)
    return sql.SQL("('x' || substr(md5(ROW({})::text), 1, 16))::bit(64)::int8").format(fields)

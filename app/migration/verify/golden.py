"""Golden vectors: what each hash function must answer before a comparison may rely on it.

Hash functions are PostgreSQL's own business; a version or a fork may change them. A type whose
vectors one of the servers does not meet is compared by text; without text, in strict mode.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import psycopg
from psycopg import sql

from app.migration.verify.encoding import FAST

_ASK = """
(SELECT {base}, value, {hash}
 FROM (SELECT value, value::{type} AS typed FROM unnest({values}::text[]) AS value) AS asked)
"""
SEED = 5_787_213_827_046_133_841

# As PostgreSQL 14.23 answers, little-endian: by type, value → hash.
VECTORS: Mapping[str, Mapping[str, int]] = MappingProxyType(
    {
        "int2": {
            "0": -5_145_300_329_638_773_593,
            "-1": -4_898_375_858_533_790_240,
            "32767": 5_883_711_891_084_126_309,
        },
        "int4": {
            "0": -5_145_300_329_638_773_593,
            "-1": -4_898_375_858_533_790_240,
            "2147483647": -6_598_326_347_799_858_082,
        },
        "int8": {
            "0": -5_145_300_329_638_773_593,
            "-1": 8_407_462_155_018_377_429,
            "1": -750_808_604_860_553_130,
            "4294967296": 7_010_669_009_123_005_551,
            "9223372036854775807": 5_300_881_573_672_017_951,
        },
        "bool": {
            "f": -5_145_300_329_638_773_593,
            "t": -7_857_676_691_372_566_866,
        },
        "text": {
            "": -6_408_188_181_077_692_229,
            "a": 7_885_032_459_389_091_387,
            "Zürich €": 8_737_847_236_548_856_860,
            "12 bytes long and more": -3_547_780_324_467_242_991,
        },
        "varchar": {
            "": -6_408_188_181_077_692_229,
            "Zürich €": 8_737_847_236_548_856_860,
        },
        "bpchar": {
            "": -6_408_188_181_077_692_229,
            "USD": 8_076_359_232_852_558_906,
            "ab  ": 7_048_071_313_832_527_268,
        },
        "numeric": {
            "0": 5_787_213_827_046_133_840,
            "1.50": 6_211_827_725_269_065_226,
            "-12345678901234567890.123": -1_804_014_305_726_233_740,
            "NaN": 5_787_213_827_046_133_841,
            "Infinity": 5_787_213_827_046_133_841,
            "-Infinity": 5_787_213_827_046_133_841,
        },
        "float4": {
            "0": 5_787_213_827_046_133_841,
            "1.5": 5_759_314_013_585_329_885,
            "NaN": -3_857_943_318_612_645_026,
            "-Infinity": 6_634_361_610_810_970_378,
        },
        "float8": {
            "0": 5_787_213_827_046_133_841,
            "0.1": 2_991_473_503_989_159_410,
            "NaN": -3_857_943_318_612_645_026,
            "Infinity": 8_495_305_880_038_600_273,
        },
        "timestamp": {
            "2026-11-23 12:00:00.123456": 474_614_043_988_992_157,
            "infinity": -8_015_058_408_234_622_262,
            "-infinity": -6_598_326_347_799_858_082,
            "0044-03-15 BC": -9_051_167_090_916_486_640,
        },
        "timestamptz": {
            "2026-11-23 12:00:00.123456+02": -869_088_249_168_041_532,
            "infinity": -8_015_058_408_234_622_262,
            "-infinity": -6_598_326_347_799_858_082,
        },
        "time": {
            "00:00": -5_145_300_329_638_773_593,
            "23:59:59.999999": 1_808_249_090_404_310_783,
        },
        "date": {
            "2026-11-23": -8_667_175_661_004_165_927,
            "infinity": -6_598_326_347_799_858_051,
            "-infinity": -8_015_058_408_234_622_231,
        },
        "uuid": {
            "00000000-0000-0000-0000-000000000000": -3_518_081_867_956_454_919,
            "f81d4fae-7dec-11d0-a765-00a0c91e6bf6": 5_016_935_448_313_642_659,
        },
        "bytea": {
            "\\x": -6_408_188_181_077_692_198,
            "\\x00ff10": 3_925_081_346_296_696_621,
        },
        "jsonb": {
            "null": -3_436_158_207_661_158_318,
            "{}": 5_787_213_827_046_133_841,
            '{"a": [1, 2.50, null], "b": {"c": "ü"}}': -4_686_794_603_759_573_040,
        },
        "oid": {
            "0": -5_145_300_329_638_773_593,
            "4294967295": -4_898_375_858_533_790_240,
        },
        "inet": {
            "10.0.0.1": 8_547_081_460_571_260_746,
            "2001:db8::1/64": 8_561_319_740_803_060_479,
        },
        "cidr": {
            "10.0.0.0/8": 3_602_439_803_926_403_301,
        },
        "macaddr": {
            "08:00:2b:01:02:03": 2_726_448_627_578_254_749,
        },
    }
)


def broken_types(session: psycopg.Connection) -> frozenset[str]:
    """Return the types whose hash functions are missing or answer otherwise on this server."""
    answers = _answers(session, *FAST)
    if answers is None:
        # One of the functions is missing: each is asked by itself.
        answers = {
            base: found for one in FAST for base, found in (_answers(session, one) or {}).items()
        }
    return frozenset(base for base in FAST if answers.get(base) != VECTORS[base])


def _answers(session: psycopg.Connection, *bases: str) -> dict[str, dict[str, int]] | None:
    """Return what this server answers, by type and value; None when a function is missing."""
    query = sql.SQL(" UNION ALL ").join(
        sql.SQL(_ASK).format(
            base=sql.Literal(base),
            hash=sql.SQL(FAST[base].call.format(value="typed", seed=SEED)),
            values=sql.Literal(list(VECTORS[base])),
            type=sql.Identifier(base),
        )
        for base in bases
    )
    found: dict[str, dict[str, int]] = {}
    try:
        for base, value, hashed in session.execute(query):
            found.setdefault(base, {})[value] = hashed
    except psycopg.errors.UndefinedFunction:
        return None
    return found

"""What is mutated, how, and which tests have to see it: quick ones without a database."""

from __future__ import annotations

from dataclasses import dataclass

# A mutant that these make is seen by whoever sees one that is kept: `==` made `>` by the test of
# `==` made `!=`, arithmetic made another arithmetic by that of its inverse.
REDUNDANT = (
    (
        r"core/ReplaceBinaryOperator_(?!(Add_Sub|Sub_Add|Mul_Div|Div_Mul|FloorDiv_Mul|Mod_Mul"
        r"|BitAnd_BitOr|BitOr_BitAnd|BitXor_BitAnd)$)"
    ),
    (
        r"core/ReplaceComparisonOperator_(?!(Eq_NotEq|NotEq_Eq|Lt_LtE|Lt_NotEq|LtE_Lt|LtE_Eq|Gt_GtE"
        r"|Gt_NotEq|GtE_Gt|GtE_Eq|Is_IsNot|IsNot_Is|In_NotIn|NotIn_In)$)"
    ),
    r"core/ReplaceUnaryOperator_(?!(USub_UAdd|Delete_Not)$)",
)
# In types: `int | None` made `int & None` is the same program, or pydantic fails at once.
TYPES = (r"core/ReplaceBinaryOperator_BitOr_",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Modules that the same tests look at, the most telling test first.

    `left_out` are expressions for operators of cosmic-ray that are not used here.
    """

    modules: tuple[str, ...]
    tests: tuple[str, ...]
    left_out: tuple[str, ...] = (*REDUNDANT, *TYPES)


def _config(*names: str) -> tuple[str, ...]:
    return tuple(f"app/config/{name}.py" for name in names)


def _engine(*names: str) -> tuple[str, ...]:
    return tuple(f"app/migration/{name}.py" for name in names)


def _unit(*names: str) -> tuple[str, ...]:
    return tuple(f"tests/unit/test_{name}.py" for name in names)


GROUPS = {
    "rules": Group(
        modules=_config("rules", "loading"),
        tests=_unit("phase_rules", "live_phase", "gates", "environments"),
    ),
    "phases": Group(
        modules=_config("phases", "gates", "schemas", "base"),
        tests=_unit("schemas", "gates", "phase_rules", "environments"),
    ),
    "reckoning": Group(
        modules=_config("first_load", "measured", "authorities"),
        tests=_unit("first_load", "measured", "authorities"),
    ),
    "parts": Group(
        modules=_engine("verify/parts/dividing", "verify/pace", "verify/progress"),
        tests=(
            "tests/migration/verify/test_dividing.py",
            "tests/migration/verify/test_pace_and_progress.py",
        ),
    ),
    "tasks": Group(
        modules=_engine("replication/dms_stage", "replication/dms_progress"),
        tests=_unit("dms_stage"),
    ),
}

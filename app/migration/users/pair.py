"""Two users take turns behind one login: the original, and its clone."""

from __future__ import annotations

from app.errors import InputError

_SUFFIX = "_clone"
# PostgreSQL cuts longer names without an error.
_NAME_BYTES = 63


def original_of(user: str) -> str:
    """Return the first of the pair that the user belongs to."""
    return user.removesuffix(_SUFFIX)


def other_of(user: str) -> str:
    """Return the one whose turn is next. Raises InputError when no clone can be named."""
    original = original_of(user)
    clone = original + _SUFFIX
    if not original or len(clone.encode()) > _NAME_BYTES:
        raise InputError(
            f"The user {user} cannot have a clone: {clone} is no name of a role.",
            remedy=f"Give the login a user whose name has 1 to {_NAME_BYTES - len(_SUFFIX)} bytes.",
        )
    return clone if user == original else original

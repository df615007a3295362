"""What a rotation asks of the users behind a login, whichever way they change."""

from __future__ import annotations

from typing import Protocol

from app.lambdas.secret_rotation.login_value import LoginValue
from app.migration.deadline import Deadline


class Users(Protocol):
    """The users behind one login. Everything may be done again, also after a crash in it."""

    def next_user(self, current: LoginValue) -> str:
        """Return the user that the next version is for."""
        ...

    def set(self, *, current: LoginValue, pending: LoginValue, deadline: Deadline) -> None:
        """Let the pending login in."""
        ...

    def before_current(self, pending: LoginValue, *, deadline: Deadline) -> None:
        """Give the pending login, which works, to those who do not read the secret."""
        ...

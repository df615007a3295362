"""One user changes its own password: the administrator, whom only rotations use."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from app.errors import LoginRefused, RotationRefused
from app.lambdas.secret_rotation.login_value import LoginValue
from app.migration.deadline import Deadline
from app.migration.users.administration import administration
from app.migration.users.password import set_own_password
from app.migration.users.proof import prove


@dataclass(frozen=True, slots=True)
class SingleUser:
    """Between `set` and the end of the rotation only the pending login works.

    Other rotations know that and try both; `previous` reads the version before the current one.
    """

    previous: Callable[[], LoginValue | None]

    def next_user(self, current: LoginValue) -> str:
        """Return the same user."""
        return current.user

    def set(self, *, current: LoginValue, pending: LoginValue, deadline: Deadline) -> None:
        """Change the password with whichever version works: the pending one, then it is done."""
        del deadline
        if pending.user != current.user:
            raise RotationRefused(
                f"The pending user {pending.user} is not {current.user}.",
                remedy="Take AWSPENDING from that version, then rotate again.",
            )
        try:
            prove(pending.settings)
        except LoginRefused:
            self._change(current=current, pending=pending)

    def before_current(self, pending: LoginValue, *, deadline: Deadline) -> None:
        """Do nothing: whoever uses this login reads the secret."""

    def _change(self, *, current: LoginValue, pending: LoginValue) -> None:
        previous = self.previous()
        usable = previous is not None and previous.user == current.user
        candidates = (current, previous) if usable and previous is not None else (current,)
        for login in candidates:
            with (
                suppress(LoginRefused),
                administration(login.settings) as connection,
            ):
                set_own_password(connection, password=pending.settings.password)
                return
        try:
            # The same step may have run beside this one, and been quicker.
            prove(pending.settings)
        except LoginRefused as refused:
            raise RotationRefused(
                f"No known password of {current.user} works.",
                remedy="Set one as a superuser, put it into the current version, and rotate again.",
            ) from refused

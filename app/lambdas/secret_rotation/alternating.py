"""Two users take turns: whoever still has the old login gets in until the next rotation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.errors import RotationRefused
from app.lambdas.secret_rotation.administrators import Administrators
from app.lambdas.secret_rotation.login_name import LoginRole
from app.lambdas.secret_rotation.login_value import LoginValue
from app.migration.deadline import Deadline
from app.migration.replication.followers import follow
from app.migration.users.clone import make_clone
from app.migration.users.pair import original_of, other_of
from app.migration.users.password import set_password
from app.migration.users.proof import prove

if TYPE_CHECKING:
    import psycopg


@dataclass(frozen=True, slots=True)
class AlternatingUsers:
    """The original and its clone. Only the one whose turn is next is ever altered."""

    administrators: Administrators

    def next_user(self, current: LoginValue) -> str:
        """Return the other one of the pair."""
        return other_of(current.user)

    def set(self, *, current: LoginValue, pending: LoginValue, deadline: Deadline) -> None:
        """Create the clone where it is missing, and set the pending password."""
        if pending.user != other_of(current.user):
            raise RotationRefused(
                f"The pending user {pending.user} is not the other one of {current.user}.",
                remedy="Take AWSPENDING from that version, then rotate again.",
            )
        # Who can write the secret but knows no login must not get a password set through us.
        prove(current.settings)
        # Left from a rotation that ended half way, a subscription may use what changes now.
        self._bring_along(current, deadline=deadline)
        self.administrators.alter(lambda connection: _let_in(connection, pending))

    def before_current(self, pending: LoginValue, *, deadline: Deadline) -> None:
        """Give the login to the subscriptions that use the pair."""
        self._bring_along(pending, deadline=deadline)

    def _bring_along(self, login: LoginValue, *, deadline: Deadline) -> None:
        name = self.administrators.login
        if name.role in {LoginRole.MIGRATION, LoginRole.REPLICATION}:
            follow(
                databases=self.administrators.engines(),
                source=name.site,
                login=login.settings,
                deadline=deadline,
            )


def _let_in(connection: psycopg.Connection, login: LoginValue) -> None:
    original = original_of(login.user)
    if login.user != original:
        make_clone(connection, clone=login.user, original=original)
    set_password(connection, user=login.user, password=login.settings.password)

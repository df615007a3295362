"""The four steps. Each may be repeated, and each may follow a crash anywhere before it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from app.errors import RotationRefused
from app.lambdas.secret_rotation.administrators import Administrators
from app.lambdas.secret_rotation.alternating import AlternatingUsers
from app.lambdas.secret_rotation.event import RotationEvent, Step
from app.lambdas.secret_rotation.login_name import LoginName, LoginRole
from app.lambdas.secret_rotation.login_value import LoginValue
from app.lambdas.secret_rotation.single import SingleUser
from app.lambdas.secret_rotation.store import CURRENT, PENDING, PREVIOUS, SecretState, SecretStore
from app.lambdas.secret_rotation.users import Users
from app.migration.deadline import Deadline
from app.migration.users.proof import prove


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation:
    """Rotates the logins of one environment."""

    environment: str
    trust_bundle: Path
    store: SecretStore

    def run(self, event: RotationEvent, *, seconds: float) -> None:
        """Carry out one step. Raises a PayshiftError, with the current login still valid."""
        state = self.store.describe(event.secret_id)
        login = LoginName.parse(state.name, environment=self.environment)
        stages = _stages_of_version(state, token=event.client_request_token)
        if CURRENT in stages:
            # Done before, perhaps up to the very last call.
            if event.step is Step.FINISH and PENDING in stages:
                self.store.end_pending(event.secret_id, token=event.client_request_token)
            return
        deadline = Deadline(seconds=seconds)
        match event.step:
            case Step.CREATE:
                self._create(event, users=self._users(login))
            case Step.SET:
                self._set(event, users=self._users(login), deadline=deadline)
            case Step.TEST:
                prove(self._pending(event).settings)
            case Step.FINISH:
                self._finish(event, state, users=self._users(login), deadline=deadline)

    def _create(self, event: RotationEvent, *, users: Users) -> None:
        if self._read(event, stage=PENDING, version=event.client_request_token) is not None:
            return
        current = self._current(event)
        self.store.put_pending(
            event.secret_id,
            token=event.client_request_token,
            value=current.with_login(
                user=users.next_user(current), password=self.store.new_password()
            ),
        )

    def _set(self, event: RotationEvent, *, users: Users, deadline: Deadline) -> None:
        current, pending = self._current(event), self._pending(event)
        if not pending.same_database(current):
            raise RotationRefused(
                f"The pending version of {event.secret_id} leads to another database.",
                remedy="Take AWSPENDING from that version, then rotate again.",
            )
        users.set(current=current, pending=pending, deadline=deadline)

    def _finish(
        self, event: RotationEvent, state: SecretState, *, users: Users, deadline: Deadline
    ) -> None:
        pending = self._pending(event)
        # Steps may be called in any order: a login that does not work never becomes the current.
        prove(pending.settings)
        users.before_current(pending, deadline=deadline)
        current = state.version_with(CURRENT)
        if current is None:
            raise _no_value(event.secret_id, CURRENT)
        token = event.client_request_token
        self.store.make_current(event.secret_id, token=token, instead_of=current)
        self.store.end_pending(event.secret_id, token=token)

    def _users(self, login: LoginName) -> Users:
        if login.role is LoginRole.ROTATION:
            return SingleUser(lambda: self._value(str(login), stage=PREVIOUS))
        return AlternatingUsers(
            Administrators(login=login, store=self.store, trust_bundle=self.trust_bundle)
        )

    def _current(self, event: RotationEvent) -> LoginValue:
        value = self._read(event, stage=CURRENT)
        if value is None:
            raise _no_value(event.secret_id, CURRENT)
        return value

    def _pending(self, event: RotationEvent) -> LoginValue:
        value = self._read(event, stage=PENDING, version=event.client_request_token)
        if value is None:
            raise _no_value(event.secret_id, PENDING)
        return value

    def _read(
        self, event: RotationEvent, *, stage: str, version: str | None = None
    ) -> LoginValue | None:
        return self._value(event.secret_id, stage=stage, version=version)

    def _value(
        self, secret_id: str, *, stage: str, version: str | None = None
    ) -> LoginValue | None:
        text = self.store.value(secret_id, stage=stage, version=version)
        return None if text is None else LoginValue.read(text, trust_bundle=self.trust_bundle)


def _stages_of_version(state: SecretState, *, token: str) -> frozenset[str]:
    """Return the stages of the version that is being made; refuse if it is not being made."""
    if not state.rotation_enabled:
        raise RotationRefused(
            f"The secret {state.name} is not enabled for rotation.",
            remedy="Apply the workspace that joins secrets and this function.",
        )
    stages = state.stages.get(token)
    if stages is None:
        raise RotationRefused(
            f"The secret {state.name} has no version {token}.",
            remedy="Start a rotation with RotateSecret; it makes the version.",
        )
    if not stages & {CURRENT, PENDING}:
        raise RotationRefused(
            f"The version {token} of {state.name} is not staged as {PENDING}: it is an old one.",
            remedy="Nothing to do: a newer rotation has taken its place.",
        )
    return stages


def _no_value(secret_id: str, stage: str) -> RotationRefused:
    remedy = (
        "Put the login into the secret, then rotate again."
        if stage == CURRENT
        else "Rotate again from the first step."
    )
    return RotationRefused(f"The secret {secret_id} has no value staged {stage}.", remedy=remedy)

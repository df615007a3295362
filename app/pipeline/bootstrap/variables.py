"""What the repository at GitHub must know of an account: the roles of its workflows."""

from __future__ import annotations

from app.config.names import DELIVERY_ROLES, Names


def repository_variables(names: Names) -> dict[str, str]:
    """Return the variables that the workflows read, by name: one role's ARN each."""
    return {
        f"{purpose.upper()}_ROLE_ARN": names.delivery_role_arn(purpose)
        for purpose in DELIVERY_ROLES
    }

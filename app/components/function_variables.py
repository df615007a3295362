"""The environment variables through which every function finds its settings. No secrets."""

from __future__ import annotations

from app.config.environment import Environment
from app.config.names import DATABASE_ROLES, SITES, Names


def api_variables(environment: Environment) -> dict[str, str]:
    """Return the settings of the payment API."""
    return _variables(environment, role="app") | {
        "PAYSHIFT_HOLD_SECONDS": f"{environment.service.hold_seconds:g}"
    }


def engine_variables(environment: Environment) -> dict[str, str]:
    """Return the settings of the validator and the handover."""
    return _variables(environment, role="migration") | {
        "PAYSHIFT_CARRIER": environment.replication.carrier,
        "PAYSHIFT_EVIDENCE_BUCKET": Names.of(environment).evidence_bucket,
    }


def comparison_variables(environment: Environment) -> dict[str, str]:
    """Return the settings of the function that reads parts of a comparison."""
    needless = {"PAYSHIFT_CARRIER", "PAYSHIFT_FEATURES_PARAMETER"}  # it may not read the latter
    found = engine_variables(environment)
    return {name: value for name, value in found.items() if name not in needless}


def validator_variables(environment: Environment) -> dict[str, str]:
    """Return the settings of the validator: the engine's, and whose age and cost it watches."""
    names = Names.of(environment)
    secrets = [names.secret(site, role) for site in SITES for role in DATABASE_ROLES]
    return engine_variables(environment) | {
        "PAYSHIFT_BUDGET": names.budget_arn,
        "PAYSHIFT_VERIFICATION_HOURS": str(environment.gates.verification_hours),
        "PAYSHIFT_WATCHED_SECRETS": ",".join(secrets),
    }


def rotation_variables(environment: Environment) -> dict[str, str]:
    """Return the settings of the secret rotation."""
    return {"PAYSHIFT_ENVIRONMENT": environment.name}


def _variables(environment: Environment, *, role: str) -> dict[str, str]:
    names = Names.of(environment)
    return {
        "PAYSHIFT_AWS_SECRET": names.secret("aws", role),
        "PAYSHIFT_ENVIRONMENT": environment.name,
        "PAYSHIFT_FEATURES_PARAMETER": names.features_parameter,
        "PAYSHIFT_LEGACY_SECRET": names.secret("legacy", role),
        "PAYSHIFT_SITE": "aws",
    }

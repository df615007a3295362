"""Nobody talks to a database in plain text, or to one whose certificate was not checked."""

from policies.base import Policy, Resource

VERIFY = "verify-full"
FORCE = "rds.force_ssl"


class DatabaseConnectionDemandsTls(Policy):
    """Ensure that databases demand TLS and that clients verify whom they talk to."""

    number = 3
    resources = (
        "aws_db_parameter_group",
        "aws_db_proxy",
        "aws_dms_endpoint",
        "aws_lambda_function",
        "aws_rds_cluster_parameter_group",
    )
    keys = ("parameter", "require_tls", "ssl_mode", "environment")

    def is_met(self, resource: Resource) -> bool | None:
        """Tell whether the setting of this kind demands TLS."""
        match resource.kind:
            case "aws_rds_cluster_parameter_group":
                return _forced(resource) is True
            case "aws_db_parameter_group":
                return _forced(resource)
            case "aws_db_proxy":
                return resource.value("require_tls") is True
            case "aws_dms_endpoint":
                return bool(resource.value("ssl_mode") == VERIFY)
        return _function_verifies(resource)


def _forced(resource: Resource) -> bool | None:
    """Tell whether the last word on `rds.force_ssl` is 1; None when there is none."""
    found = [
        str(values["value"])
        for block in resource.blocks("parameter")
        if (values := {key: _first(value) for key, value in block.items()})["name"] == FORCE
    ]
    return found[-1] == "1" if found else None


def _function_verifies(resource: Resource) -> bool | None:
    variables = resource.value("environment", "variables")
    modes = [
        _first(value)
        for name, value in (variables.items() if isinstance(variables, dict) else ())
        if name.endswith("SSLMODE")
    ]
    return all(mode == VERIFY for mode in modes) if modes else None


def _first(value: object) -> object:
    return value[0] if isinstance(value, list) and value else value


check = DatabaseConnectionDemandsTls()

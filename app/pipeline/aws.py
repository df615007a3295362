"""Clients of the AWS services that the pipeline talks to, and the translation of their errors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    PartialCredentialsError,
)

from app.config.environment import Environment
from app.errors import WorldError

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_route53 import Route53Client
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_ssm import SSMClient

    from app.migration.replication.dms_tasks import DmsClient
    from app.pipeline.cost.price_api import PricingClient

_CREDENTIALS = "sign in first (aws sso login), or set AWS_PROFILE"
_REMEDIES = {
    "ResourceNotFoundException": "apply the foundation first: payshift deliver --foundation",
    "AccessDenied": "ask for the deliver role of this environment",
    "AccessDeniedException": "ask for the deliver role of this environment",
    "ExpiredToken": _CREDENTIALS,
    "ExpiredTokenException": _CREDENTIALS,
    "NoSuchBucket": "apply the foundation first: payshift deliver --foundation",
}


def s3(environment: Environment) -> S3Client:
    """Return a client of S3."""
    return boto3.client("s3", config=_config(environment))


def ssm(environment: Environment) -> SSMClient:
    """Return a client of the parameter store."""
    return boto3.client("ssm", config=_config(environment))


def cloudwatch(environment: Environment) -> CloudWatchClient:
    """Return a client of metrics and alarms."""
    return boto3.client("cloudwatch", config=_config(environment))


def dms(environment: Environment) -> DmsClient:
    """Return a client of the Database Migration Service."""
    client: DmsClient = boto3.client("dms", config=_config(environment))
    return client


def pricing() -> PricingClient:
    """Return a client of the price list; that of us-east-1 answers for every region."""
    config = Config(connect_timeout=5, read_timeout=20)
    client: PricingClient = boto3.client("pricing", region_name="us-east-1", config=config)
    return client


def iam(environment: Environment) -> IAMClient:
    """Return a client of IAM."""
    return boto3.client("iam", config=_config(environment))


def kms(environment: Environment) -> KMSClient:
    """Return a client of KMS."""
    return boto3.client("kms", config=_config(environment))


def route53(environment: Environment) -> Route53Client:
    """Return a client of Route 53."""
    return boto3.client("route53", config=_config(environment))


def functions(environment: Environment) -> LambdaClient:
    """Return a client of Lambda."""
    return boto3.client("lambda", config=_config(environment))


def secretsmanager(environment: Environment) -> SecretsManagerClient:
    """Return a client of Secrets Manager."""
    return boto3.client("secretsmanager", config=_config(environment))


def client(environment: Environment, service: str) -> Any:  # noqa: ANN401  # boto3's own, of any service
    """Return a client of a service whose types are not installed here."""
    return boto3.client(service, config=_config(environment))  # type: ignore[call-overload]  # by its name


def code(error: ClientError) -> str:
    """Return the error code that the service gave."""
    return str(error.response.get("Error", {}).get("Code", ""))


@contextmanager
def translated(action: str) -> Iterator[None]:
    """Turn what boto3 raises into a WorldError that names the action and a remedy."""
    try:
        yield
    except (NoCredentialsError, PartialCredentialsError) as error:
        message = f"{action} failed: no AWS credentials"
        raise WorldError(message, remedy=_CREDENTIALS) from error
    except EndpointConnectionError as error:
        message = f"{action} failed: {error}"
        raise WorldError(message, remedy="check the network, and that the target runs") from error
    except ClientError as error:
        remedy = _REMEDIES.get(code(error), "run it again; nothing that was done is lost")
        raise WorldError(f"{action} failed: {error}", remedy=remedy) from error
    except BotoCoreError as error:
        remedy = "run it again; nothing that was done is lost"
        raise WorldError(f"{action} failed: {error}", remedy=remedy) from error


def _config(environment: Environment) -> Config:
    return Config(
        region_name=environment.region,
        connect_timeout=5,
        read_timeout=20,
        retries={"mode": "standard", "max_attempts": 5},
        s3={"addressing_style": "path" if environment.s3_path_style else "auto"},
    )

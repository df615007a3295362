"""The target of the local environment: the AWS API, and what Terraform applies there."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence

import boto3
from botocore.config import Config

from app.config.environment import Environment
from app.config.names import Names
from app.errors import LocalEnvironmentFailed
from app.local.cloud.settings import CloudSettings
from app.local.foundation import TargetRun
from app.local.layout import Layout
from app.local.processes import Program, start_module

LOAD_BALANCER_ADDRESS = "127.0.0.12"
_CLIENT = Config(s3={"addressing_style": "path"}, connect_timeout=5, retries={"max_attempts": 2})


class LocalTarget:
    """The cloud process, and what the pipeline builds in it with its own command."""

    def __init__(self, *, layout: Layout, environment: Environment) -> None:
        self._layout = layout
        self._environment = environment
        self._names = Names.of(environment)
        self.cloud: Program | None = None

    def start_cloud(self) -> Program:
        """Start the AWS API and DNS."""
        settings = CloudSettings(
            region=self._environment.region,
            account_id=self._environment.account_id,
            load_balancer_address=LOAD_BALANCER_ADDRESS,
        )
        file = self._layout.root / "cloud.json"
        file.write_text(settings.model_dump_json())
        self.cloud = start_module(
            name="cloud",
            module="app.local.cloud",
            arguments=["--settings", str(file)],
            environment={},
            log=self._layout.logs / "cloud.log",
        )
        self._make_state_bucket()
        return self.cloud

    @property
    def endpoint(self) -> str:
        """URL of the AWS API."""
        if self.cloud is None:
            raise LocalEnvironmentFailed("the AWS API has not been started")
        return str(self.cloud.ready["endpoint"])

    @property
    def dns(self) -> tuple[str, int]:
        """Address and port of the DNS server."""
        if self.cloud is None:
            raise LocalEnvironmentFailed("the AWS API has not been started")
        found = self.cloud.ready["dns"]
        return str(found["address"]), int(found["port"])

    def process_environment(self) -> Mapping[str, str]:
        """Variables with which any AWS client of this machine reaches the target."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_REGION": self._environment.region,
            "AWS_DEFAULT_REGION": self._environment.region,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def start_foundation(
        self, name: str, *, only: Sequence[str], progress: Callable[[str], None]
    ) -> TargetRun:
        """Apply workspaces with the command that a platform engineer would use, all without `only`.

        `name` is that of the log.
        """
        chosen = [word for workspace in only for word in ("--only", workspace)]
        command = ["app.pipeline.cli", "deliver", "--foundation", *chosen]
        return self._start(name, command=command, progress=progress)

    def start_names(self, *, progress: Callable[[str], None]) -> TargetRun:
        """Make the zone and the image repository, as `payshift bootstrap` would."""
        command = ["app.local.bootstrapped", str(self._layout.root / "bootstrap")]
        return self._start("bootstrap", command=command, progress=progress)

    def _start(
        self, name: str, *, command: Sequence[str], progress: Callable[[str], None]
    ) -> TargetRun:
        reach = self._layout.root / "reach.json"
        reach.write_text(json.dumps({"process_environment": dict(self.process_environment())}))
        return TargetRun(
            command=command,
            variables={
                "PAYSHIFT_ENVIRONMENT": self._environment.name,
                "PAYSHIFT_LOCAL_ENVIRONMENT": str(reach),
                "PAYSHIFT_BUILD": str(self._layout.root.parent),
            },
            log=self._layout.logs / f"{name}.log",
            progress=progress,
        )

    def has_places(self, roles: Iterable[tuple[str, str]]) -> bool:
        """Tell whether the secrets of these sites and roles and the evidence bucket exist."""
        names = {self._names.secret(site, role) for site, role in roles}
        session, endpoint = self._session(), self.endpoint
        manager = session.client("secretsmanager", endpoint_url=endpoint, config=_CLIENT)
        secrets = manager.list_secrets(MaxResults=100)["SecretList"]
        s3 = session.client("s3", endpoint_url=endpoint, config=_CLIENT)
        buckets = s3.list_buckets()["Buckets"]
        return names <= {one["Name"] for one in secrets} and self._names.evidence_bucket in {
            one["Name"] for one in buckets
        }

    def keep_secrets(self, values: Mapping[tuple[str, str], str]) -> None:
        """Put the logins into the secrets that Terraform made, as an operator would."""
        secrets = self._session().client(
            "secretsmanager", endpoint_url=self.endpoint, config=_CLIENT
        )
        for (site, role), value in values.items():
            secrets.put_secret_value(SecretId=self._names.secret(site, role), SecretString=value)

    def _make_state_bucket(self) -> None:
        s3 = self._session().client("s3", endpoint_url=self.endpoint, config=_CLIENT)
        bucket = self._names.state_bucket
        s3.create_bucket(
            Bucket=bucket,
            CreateBucketConfiguration={
                "LocationConstraint": self._environment.region  # type: ignore[typeddict-item]  # any region
            },
        )
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})

    def _session(self) -> boto3.Session:
        return boto3.Session(
            aws_access_key_id="local",
            aws_secret_access_key="local",  # noqa: S106 - moto accepts anything
            region_name=self._environment.region,
        )

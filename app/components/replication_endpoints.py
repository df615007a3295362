"""The databases as DMS reaches them: over verified TLS, with logins from Secrets Manager."""

from __future__ import annotations

import hashlib
from typing import Literal

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.data_aws_secretsmanager_secret import DataAwsSecretsmanagerSecret
from cdktf_cdktf_provider_aws.dms_certificate import DmsCertificate
from cdktf_cdktf_provider_aws.dms_endpoint import DmsEndpoint, DmsEndpointPostgresSettings
from constructs import Construct

from app.components.aurora import DATABASE_NAME
from app.components.replication_access import ReplicationAccess
from app.components.replication_streams import ENGINE_SCHEMA, SiteName, Stream
from app.config.names import Names
from app.config.replication import Replication

# Minutes. Without a figure the provider sends 0, which is a tight loop at the source.
HEARTBEAT_MINUTES = 5
# The fence and its triggers let replicated rows through; foreign keys are not checked again.
AS_REPLICA = "SET session_replication_role='replica'"
# Of a text's SHA-256, in the name of its certificate.
_DIGITS = 12
_ENGINES: dict[SiteName, str] = {"legacy": "postgres", "aws": "aurora-postgresql"}


class ReplicationEndpoints(Construct):
    """Makes endpoints of both sites; their certificates are checked down to the host's name.

    The provider does not apply changes of `postgres_settings` to an endpoint that exists: replace
    the endpoint (`terraform apply -replace`) while its tasks are stopped.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        names: Names,
        settings: Replication,
        authorities: dict[SiteName, str],
        access: ReplicationAccess,
        key_arn: str,
    ) -> None:
        super().__init__(scope, id_)
        self._names = names
        self._settings = settings
        self._access = access
        self._key_arn = key_arn
        self._certificates = {
            site: self._authority(site, text) for site, text in authorities.items()
        }
        self._logins = {site: self._login(site) for site in authorities}

    def source(self, stream: Stream) -> str:
        """Create the endpoint that a stream reads from; return its ARN.

        A slot serves one task, so a stream with a slot of its own needs an endpoint of its own.
        """
        probe = "" if stream.business else "-probe"
        return self._endpoint(
            f"{stream.source}-source{probe}",
            site=stream.source,
            kind="source",
            postgres=DmsEndpointPostgresSettings(
                plugin_name=self._settings.plugin.replace("_", "-"),
                slot_name=stream.slot,
                heartbeat_enable=True,
                heartbeat_frequency=HEARTBEAT_MINUTES,
                heartbeat_schema=ENGINE_SCHEMA,
                # The engine owns the tables of both sites; no trigger of DMS watches for DDL.
                capture_ddls=False,
                fail_tasks_on_lob_truncation=True,
                map_boolean_as_boolean=True,
            ),
        )

    def target(self, site: SiteName) -> str:
        """Create the endpoint that writes into a site's database; return its ARN."""
        return self._endpoint(
            f"{site}-target",
            site=site,
            kind="target",
            postgres=DmsEndpointPostgresSettings(
                after_connect_script=AS_REPLICA, map_boolean_as_boolean=True
            ),
        )

    def _authority(self, site: SiteName, text: str) -> str:
        """Create what a site's server is verified against; return its ARN.

        DMS deletes no certificate that an endpoint uses, nor changes one: another text is another
        certificate under another name, to which the endpoints go before the old one is deleted.
        """
        digest = hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]
        return DmsCertificate(
            self,
            f"authority-{site}",
            certificate_id=f"{self._names.prefix}-{site}-{digest}",
            certificate_pem=text,
            lifecycle=TerraformResourceLifecycle(create_before_destroy=True),
        ).certificate_arn

    def _login(self, site: SiteName) -> str:
        secret = self._names.secret(site, "replication")
        return DataAwsSecretsmanagerSecret(self, f"login-{site}", name=secret).arn

    def _endpoint(
        self,
        id_: str,
        *,
        site: SiteName,
        kind: Literal["source", "target"],
        postgres: DmsEndpointPostgresSettings,
    ) -> str:
        return DmsEndpoint(
            self,
            id_,
            endpoint_id=f"{self._names.prefix}-{id_}",
            endpoint_type=kind,
            engine_name=_ENGINES[site],
            database_name=DATABASE_NAME,
            ssl_mode="verify-full",
            certificate_arn=self._certificates[site],
            kms_key_arn=self._key_arn,
            # With its six random characters: DMS and the provider refuse a part of it at times.
            secrets_manager_arn=self._logins[site],
            secrets_manager_access_role_arn=self._access.role_arn,
            postgres_settings=postgres,
            # DMS changes no endpoint of a running task: it stops and goes on from where it was.
            pause_replication_tasks=True,
            # DMS tries the role when the endpoint is made.
            depends_on=[self._access.policy],
        ).endpoint_arn

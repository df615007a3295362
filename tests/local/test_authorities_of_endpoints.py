"""A new authority for a site's server, applied by the real provider while its tasks run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme
from cdktf import App
from constructs import Construct

from app.components.replication_access import ReplicationAccess
from app.components.replication_endpoints import ReplicationEndpoints
from app.components.replication_streams import STREAMS, SiteName
from app.components.replication_task import replication_task
from app.config.loading import load_environment
from app.config.names import Names
from app.local.cloud.settings import CloudSettings
from app.pipeline.terraform import JSON_FILE, Terraform
from app.stacks.workspace import Workspace
from tests.aws_api import variables_for
from tests.local.processes import running
from tests.local.world import REGION, client

pytestmark = [pytest.mark.slow, pytest.mark.long, pytest.mark.timeout(1_200)]

KEY = f"arn:aws:kms:{REGION}:123456789012:key/0c1d"
SITES: tuple[SiteName, ...] = ("legacy", "aws")
Authorities = dict[SiteName, str]


class Carried(Workspace):
    """Endpoints and tasks of the workspace `replication`, on an instance that is there."""

    def __init__(self, scope: Construct, *, authorities: Authorities, instance_arn: str) -> None:
        environment = load_environment("local")
        super().__init__(scope, name="replication", environment=environment)
        endpoints = ReplicationEndpoints(
            self,
            "endpoints",
            names=self.names,
            settings=environment.replication,
            authorities=authorities,
            access=ReplicationAccess(self, "logins", names=self.names),
            key_arn=KEY,
        )
        targets = {site: endpoints.target(site) for site in SITES}
        for stream in STREAMS:
            replication_task(
                self,
                f"task-{stream.name}",
                names=self.names,
                settings=environment.replication,
                stream=stream,
                instance_arn=instance_arn,
                source_arn=endpoints.source(stream),
                target_arn=targets[stream.target],
            )


class Place:
    """The applied replication, and DMS as it has it."""

    def __init__(self, *, endpoint: str, directory: Path) -> None:
        self.dms = client(endpoint, "dms")
        # Endpoints name a login's secret by its whole ARN, so the workspace asks for it.
        secrets, names = client(endpoint, "secretsmanager"), Names.of(load_environment("local"))
        for site in SITES:
            secrets.create_secret(Name=names.secret(site, "replication"))
        self._directory = directory
        self._terraform = Terraform.find(build=directory)
        self._instance = self.dms.create_replication_instance(
            ReplicationInstanceIdentifier="instance", ReplicationInstanceClass="dms.t3.medium"
        )["ReplicationInstance"]["ReplicationInstanceArn"]

    def apply(self, authorities: Authorities) -> dict[str, list[str]]:
        """Apply with these authorities; return what was planned for which resource."""
        app = App(outdir=str(self._directory / "synthesized"))
        Carried(app, authorities=authorities, instance_arn=self._instance)
        app.synth()
        file = self._directory / "synthesized" / "stacks" / "replication" / JSON_FILE
        program = json.loads(file.read_text(encoding="utf-8"))
        # The state lies beside it: there is no bucket here.
        del program["terraform"]["backend"]
        workspace = self._directory / "replication"
        workspace.mkdir(exist_ok=True)
        (workspace / JSON_FILE).write_text(json.dumps(program), encoding="utf-8")
        self._terraform.init(workspace)
        plan = self._terraform.plan(workspace)
        shown = json.loads(self._terraform.show(workspace))
        self._terraform.apply(plan)
        return {
            one["address"]: one["change"]["actions"]
            for one in shown["resource_changes"]
            if one["change"]["actions"] not in (["no-op"], ["read"])
        }

    def tasks(self) -> dict[str, str]:
        """Status of every task by its ARN."""
        found = self.dms.describe_replication_tasks()["ReplicationTasks"]
        return {one["ReplicationTaskArn"]: one["Status"] for one in found}

    def trusted(self) -> dict[str, str]:
        """The text that every endpoint verifies its server with."""
        texts = {
            one["CertificateArn"]: one["CertificatePem"]
            for one in self.dms.describe_certificates()["Certificates"]
        }
        found = self.dms.describe_endpoints()["Endpoints"]
        return {one["EndpointIdentifier"]: texts[one["CertificateArn"]] for one in found}

    def certificates(self) -> list[Any]:
        """The texts of all certificates that there are."""
        found = self.dms.describe_certificates()["Certificates"]
        return sorted(one["CertificatePem"] for one in found)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    with running("app.local.cloud", settings=CloudSettings(), directory=tmp_path) as cloud:
        endpoint = str(cloud.said["endpoint"])
        for name, value in variables_for(endpoint).items():
            monkeypatch.setenv(name, value)
        yield Place(endpoint=endpoint, directory=tmp_path)


def authority() -> str:
    """Make an authority's certificate."""
    return trustme.CA().cert_pem.bytes().decode()


def test_a_sites_new_authority_is_made_first_and_no_task_is_dropped(place: Place) -> None:
    before: Authorities = {site: authority() for site in SITES}
    place.apply(before)
    for task in place.tasks():
        place.dms.start_replication_task(
            ReplicationTaskArn=task, StartReplicationTaskType="start-replication"
        )
    running_tasks = place.tasks()
    assert set(running_tasks.values()) == {"running"}

    after: Authorities = {**before, "legacy": authority()}
    planned = place.apply(after)
    certificate = "aws_dms_certificate.endpoints_authority_legacy"
    assert planned.pop(certificate) == ["create", "delete"]
    assert set(planned) == {
        f"aws_dms_endpoint.endpoints_legacy_{kind}" for kind in ("source", "source_probe", "target")
    }
    assert list(planned.values()) == [["update"]] * 3
    assert place.tasks() == running_tasks
    assert place.certificates() == sorted(after.values())
    assert {name: text == after["legacy"] for name, text in place.trusted().items()} == {
        name: "-legacy-" in name for name in place.trusted()
    }


def test_the_cloud_lets_nobody_delete_a_certificate_or_change_an_endpoint_in_use(
    place: Place,
) -> None:
    """So that the test before would not pass by what DMS refuses."""
    text = authority()
    place.apply(dict.fromkeys(SITES, text))
    dms = place.dms
    (used, _) = dms.describe_certificates()["Certificates"]
    with pytest.raises(dms.exceptions.InvalidResourceStateFault, match="is in use"):
        dms.delete_certificate(CertificateArn=used["CertificateArn"])
    (task, *_) = dms.describe_replication_tasks()["ReplicationTasks"]
    dms.start_replication_task(
        ReplicationTaskArn=task["ReplicationTaskArn"], StartReplicationTaskType="start-replication"
    )
    with pytest.raises(dms.exceptions.InvalidResourceStateFault, match="stop the task"):
        dms.modify_endpoint(
            EndpointArn=task["SourceEndpointArn"], CertificateArn=used["CertificateArn"]
        )

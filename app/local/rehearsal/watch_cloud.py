"""Looks at the cloud through the AWS API, as an operator would: weights and features."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from app.config.loading import load_environment
from app.config.names import Names
from app.local.facts import LocalFacts
from app.local.rehearsal.samples import CloudSample

if TYPE_CHECKING:
    from mypy_boto3_route53 import Route53Client
    from mypy_boto3_ssm import SSMClient


class CloudWatcher:
    """Reads the weighted records of the API's name and the feature parameter."""

    def __init__(self, facts: LocalFacts) -> None:
        environment = load_environment(
            facts.process_environment.get("PAYSHIFT_ENVIRONMENT", "local")
        )
        self._parameter = Names.of(environment).features_parameter
        self._zone_name = f"{environment.dns.zone}."
        self._record = f"{facts.api_name}."
        session = boto3.session.Session(
            aws_access_key_id=facts.process_environment.get("AWS_ACCESS_KEY_ID", "local"),
            aws_secret_access_key=facts.process_environment.get("AWS_SECRET_ACCESS_KEY", "local"),
            region_name=environment.region,
        )
        quick = Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 1})
        endpoint = facts.aws_endpoint
        self._route53: Route53Client = session.client(
            "route53", endpoint_url=endpoint, config=quick
        )
        self._ssm: SSMClient = session.client("ssm", endpoint_url=endpoint, config=quick)
        self._zone_id: str | None = None

    def sample(self) -> CloudSample:
        """Return what the API says now; what it cannot say is None."""
        percent, ttl = self._weights()
        return CloudSample(at=time.time(), aws_percent=percent, ttl=ttl, phase=self._phase())

    def _weights(self) -> tuple[float | None, float | None]:
        try:
            zone = self._zone()
            if zone is None:
                return None, None
            answer = self._route53.list_resource_record_sets(
                HostedZoneId=zone, StartRecordName=self._record, MaxItems="10"
            )
        except (ClientError, BotoCoreError):
            return None, None
        records = [one for one in answer["ResourceRecordSets"] if one["Name"] == self._record]
        weights = {one.get("SetIdentifier", ""): one.get("Weight", 0) for one in records}
        whole = sum(weights.values())
        if not whole:
            return None, None
        ttl = max((float(one["TTL"]) for one in records if "TTL" in one), default=None)
        return 100 * weights.get("aws", 0) / whole, ttl

    def _zone(self) -> str | None:
        if self._zone_id is None:
            answer = self._route53.list_hosted_zones_by_name(DNSName=self._zone_name)
            for zone in answer["HostedZones"]:
                if zone["Name"] == self._zone_name:
                    self._zone_id = zone["Id"].rpartition("/")[2]
        return self._zone_id

    def _phase(self) -> str | None:
        try:
            answer = self._ssm.get_parameter(Name=self._parameter)
        except (ClientError, BotoCoreError):
            return None
        features: dict[str, Any] = json.loads(answer["Parameter"]["Value"])
        return str(features.get("phase", "")) or None

"""The two weighted records that split clients between the sites."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cdktf import ITerraformDependable, TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.route53_record import (
    Route53Record,
    Route53RecordWeightedRoutingPolicy,
)
from constructs import Construct

from app.config.network import Dns


def weighted_records(
    scope: Construct,
    *,
    dns: Dns,
    zone_id: str,
    targets: Mapping[str, str],
    weights: Mapping[str, int],
    depends_on: Sequence[ITerraformDependable],
) -> tuple[ITerraformDependable, ...]:
    """One CNAME a site with the environment's TTL; `targets` and `weights` are by site.

    Every phase workspace holds these same two records: creating one takes it over, and
    destroying one would take it from all, so that is forbidden.
    """
    return tuple(
        Route53Record(
            scope,
            f"weight-{site}",
            zone_id=zone_id,
            name=dns.name,
            type="CNAME",
            ttl=dns.ttl_seconds,
            records=[target],
            set_identifier=site,
            weighted_routing_policy=Route53RecordWeightedRoutingPolicy(weight=weights[site]),
            allow_overwrite=True,
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True),
            depends_on=list(depends_on),
        )
        for site, target in targets.items()
    )

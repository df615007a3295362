"""DNSSEC of a zone: resolvers can tell the zone's answers from forged ones."""

from __future__ import annotations

from cdktf import TerraformProvider, TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.kms_alias import KmsAlias
from cdktf_cdktf_provider_aws.kms_key import KmsKey
from cdktf_cdktf_provider_aws.route53_hosted_zone_dnssec import Route53HostedZoneDnssec
from cdktf_cdktf_provider_aws.route53_key_signing_key import Route53KeySigningKey
from constructs import Construct

from app.components.customer_key import DELETION_WINDOW_DAYS, administration
from app.components.policy_document import Statement, policy_document
from app.config.names import Names

_ROUTE_53 = {"Service": "dnssec-route53.amazonaws.com"}
# Without its key, or without signatures, a zone whose parent vouches for it answers nobody.
_GUARDED = TerraformResourceLifecycle(prevent_destroy=True)


class ZoneSigning(Construct):
    """Signs a zone with a key that only Route 53 can sign with. Offers `ds_record`.

    `provider` and `names` are those of the region of Route 53. The zone counts as signed once the
    parent zone holds the DS record, which its owner puts there; until then nothing depends on it.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        names: Names,
        zone_id: str,
        provider: TerraformProvider,
    ) -> None:
        super().__init__(scope, id_)
        key = KmsKey(
            self,
            "key",
            description="Signs the keys of the zone",
            # All that Route 53 takes. AWS rotates no asymmetric key; Route 53 rotates the keys
            # that sign records by itself.
            customer_master_key_spec="ECC_NIST_P256",
            key_usage="SIGN_VERIFY",
            deletion_window_in_days=DELETION_WINDOW_DAYS,
            policy=policy_document(administration(names), *_sign(names, zone_id)),
            lifecycle=_GUARDED,
            provider=provider,
        )
        KmsAlias(
            self,
            "alias",
            name=names.key_alias("dns-signing"),
            target_key_id=key.key_id,
            provider=provider,
        )
        signing = Route53KeySigningKey(
            self,
            "signing-key",
            hosted_zone_id=zone_id,
            key_management_service_arn=key.arn,
            name=names.zone_signing_key,
            lifecycle=_GUARDED,
        )
        Route53HostedZoneDnssec(
            self,
            "dnssec",
            hosted_zone_id=signing.hosted_zone_id,
            lifecycle=_GUARDED,
        )
        self.ds_record: str = signing.ds_record


def _sign(names: Names, zone_id: str) -> tuple[Statement, Statement]:
    zone_only = {
        "ArnEquals": {"aws:SourceArn": f"arn:aws:route53:::hostedzone/{zone_id}"},
        "StringEquals": {"aws:SourceAccount": names.account_id},
    }
    return (
        Statement(
            sid="SignZone",
            principal=_ROUTE_53,
            actions=("kms:DescribeKey", "kms:GetPublicKey", "kms:Sign"),
            resources=("*",),
            condition=zone_only,
        ),
        # As AWS documents it, without the zone; a grant is for a resource of AWS's own alone.
        Statement(
            sid="SignZoneGrants",
            principal=_ROUTE_53,
            actions=("kms:CreateGrant",),
            resources=("*",),
            condition={"Bool": {"kms:GrantIsForAWSResource": "true"}},
        ),
    )

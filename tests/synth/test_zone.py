"""The zone of the payment API's name."""

from __future__ import annotations

from tests.synth.workspaces import Synthesized


def test_the_zone_knows_the_legacy_site_and_cannot_be_destroyed(production: Synthesized) -> None:
    service = production["service"]
    zone = service.resource("aws_route53_zone.zone_public")
    assert zone["name"] == "payments.example.com"
    assert zone["lifecycle"] == {"prevent_destroy": True}
    legacy = service.resource("aws_route53_record.zone_legacy")
    assert legacy["name"] == "legacy.payments.example.com"
    assert (legacy["type"], legacy["records"], legacy["ttl"]) == ("A", ["203.0.113.10"], 30)

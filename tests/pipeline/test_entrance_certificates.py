"""The certificates of the name that clients pay to, asked of ACM over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
import trustme

from app.pipeline import aws
from app.pipeline.drift.context import DriftContext
from app.pipeline.drift.probes import certificates
from app.pipeline.entrance_certificates import entrance_certificates
from app.pipeline.probing.base import Outcome
from app.pipeline.world import World
from tests.pipeline.conftest import Place


@pytest.fixture
def acm(place: Place) -> Iterator[Any]:
    """Leave nothing behind: the name is that of every test's environment."""
    client = aws.client(place.target.environment, "acm")
    yield client
    for one in client.list_certificates()["CertificateSummaryList"]:
        client.delete_certificate(CertificateArn=one["CertificateArn"])


def bring(acm: Any, name: str) -> None:
    """Import a certificate, which ACM has issued from then on."""
    authority = trustme.CA()
    made = authority.issue_cert(name, common_name=name)
    acm.import_certificate(
        Certificate=made.cert_chain_pems[0].bytes(),
        PrivateKey=made.private_key_pem.bytes(),
        CertificateChain=authority.cert_pem.bytes(),
    )


def test_only_those_of_the_name_are_told(place: Place, acm: Any) -> None:
    name = place.target.environment.dns.name
    assert entrance_certificates(acm, name=name) == ()
    bring(acm, "elsewhere.test")
    bring(acm, name)
    (found,) = entrance_certificates(acm, name=name)
    assert (found.is_issued, found.waits_for) == (True, ())
    assert found.ends is not None


def test_one_that_waits_says_for_which_record(place: Place, acm: Any) -> None:
    name = place.target.environment.dns.name
    acm.request_certificate(DomainName=name, ValidationMethod="DNS")
    (found,) = entrance_certificates(acm, name=name)
    assert (found.status, found.is_issued) == ("PENDING_VALIDATION", False)
    (record,) = found.waits_for
    assert record.split()[1] == "CNAME"


def test_drift_counts_the_days_of_those_that_are_issued(place: Place, acm: Any) -> None:
    dns = place.target.environment.dns
    acm.request_certificate(DomainName=dns.name, ValidationMethod="DNS")
    assert entrance_lines(place) == [("entrance", Outcome.UNKNOWN)]
    bring(acm, dns.name)
    assert entrance_lines(place) == [(f"entrance {dns.name}", Outcome.PASSED)]
    ends = max(one.ends for one in entrance_certificates(acm, name=dns.name) if one.ends)
    late = {"now": ends - timedelta(days=3)}
    assert entrance_lines(place, **late) == [(f"entrance {dns.name}", Outcome.FAILED)]


def entrance_lines(place: Place, **changes: Any) -> list[tuple[str, Outcome]]:
    context = DriftContext(
        environment=place.target.environment,
        phases=place.set_live(10),
        world=World(10, 10, {}),
        client=partial(aws.client, place.target.environment),
        **changes,
    )
    found = certificates.PROBE.look(context)
    return [(one.subject, one.outcome) for one in found if one.subject.startswith("entrance")]

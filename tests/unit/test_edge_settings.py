"""What the legacy edge refuses to be rendered with, and what is rendered."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from app.errors import InputError
from app.pipeline.edge.render import render
from app.pipeline.edge.settings import edge_settings

RIGHT: dict[str, Any] = {
    "name": "api.payments.test",
    "listen": "10.0.0.1:443",
    "legacy": "10.0.0.2:8443",
    "aws": "payshift.us-east-2.elb.amazonaws.com:443",
    "agent": "127.0.0.1:9101",
    "certificate": Path("/etc/payshift/edge.pem"),
    "trust": Path("/etc/payshift/trust.pem"),
}


def lines(**changes: Any) -> list[str]:
    rendered = render(edge_settings(**RIGHT | changes))
    return [line.strip() for line in rendered.splitlines()]


def server(name: str, **changes: Any) -> str:
    (found,) = [line for line in lines(**changes) if line.startswith(f"server {name} ")]
    return found


def test_both_servers_are_verified_for_the_name_of_the_api() -> None:
    tls = (
        "ssl verify required ca-file /etc/payshift/trust.pem "
        "verifyhost api.payments.test sni str(api.payments.test)"
    )
    assert tls in server("legacy")
    assert tls in server("aws")


def test_legacy_is_up_while_its_agent_says_so_and_aws_is_the_last_way() -> None:
    assert " check " in server("legacy")
    assert "agent-check agent-addr 127.0.0.1 agent-port 9101 agent-inter 200ms" in server("legacy")
    assert server("aws").endswith(" backup")
    assert " check " not in server("aws")


def test_only_requests_that_may_be_sent_twice_are() -> None:
    assert (
        "http-request disable-l7-retry unless "
        "{ method GET HEAD } || { req.hdr(Idempotency-Key) -m found }" in lines()
    )


def test_a_load_balancer_known_by_name_is_looked_up_again_and_an_address_is_not() -> None:
    assert "resolvers system init-addr last,libc,none" in server("aws")
    assert "resolvers" not in server("aws", aws="10.0.0.3:443")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("legacy", "10.0.0.2"),
        ("aws", "10.0.0.2:99999"),
        ("aws", "10.0.0.2:443 check\n  server evil 10.0.0.9:443"),
        ("listen", ":443"),
        ("name", "api payments"),
        ("name", "api.payments.test\nglobal"),
        ("certificate", Path("edge.pem")),
        ("trust", Path("/etc/pay shift/trust.pem")),
        ("trust", Path("/etc/payshift/trust.pem\nlua-load /tmp/x")),
        ("retries", 0),
        ("log", "stdout daemon"),
    ],
)
def test_what_haproxy_would_read_differently_is_refused(key: str, value: object) -> None:
    with pytest.raises(InputError, match=key):
        edge_settings(**RIGHT | {key: value})

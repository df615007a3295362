"""The workspace `service`: the load balancer, its listeners, targets and access logs."""

from __future__ import annotations

from tests.synth.workspaces import Workspace

COLOURS = ("blue", "green")
BUCKET = "payshift-production-access-log-123456789012"


def test_clients_come_in_by_https_and_by_http_to_be_redirected_and_nothing_else_does(
    service: Workspace,
) -> None:
    rules = service.resources("aws_vpc_security_group_ingress_rule").values()
    entrance = "${aws_security_group.entrance_group.id}"
    assert {
        (rule["security_group_id"], rule["from_port"], rule["to_port"], rule["cidr_ipv4"])
        for rule in rules
    } == {(entrance, 443, 443, "0.0.0.0/0"), (entrance, 80, 80, "0.0.0.0/0")}
    for group in service.resources("aws_security_group").values():
        assert "ingress" not in group
        assert "egress" not in group


def test_the_entrance_speaks_modern_tls_with_a_validated_certificate(service: Workspace) -> None:
    listener = service.resource("aws_lb_listener.entrance_balancer_https")
    assert (listener["port"], listener["protocol"]) == (443, "HTTPS")
    assert listener["ssl_policy"] == "ELBSecurityPolicy-TLS13-1-2-2021-06"
    validated = "${aws_acm_certificate_validation.tls_validation.certificate_arn}"
    assert listener["certificate_arn"] == validated
    certificate = service.resource("aws_acm_certificate.tls_certificate")
    assert certificate["domain_name"] == "api.payments.example.com"
    assert certificate["validation_method"] == "DNS"


def test_plain_http_is_sent_to_https_and_served_nothing(service: Workspace) -> None:
    listeners = service.resources("aws_lb_listener")
    assert set(listeners) == {"entrance_balancer_https", "entrance_balancer_http"}
    listener = listeners["entrance_balancer_http"]
    assert (listener["port"], listener["protocol"]) == (80, "HTTP")
    assert listener["default_action"] == [
        {
            "type": "redirect",
            "redirect": {"port": "443", "protocol": "HTTPS", "status_code": "HTTP_301"},
        }
    ]


def test_the_load_balancer_is_public_in_the_web_subnets_and_guarded(service: Workspace) -> None:
    balancer = service.resource("aws_lb.entrance_balancer_balancer")
    assert balancer["name"] == "payshift-production"
    assert balancer["internal"] is False
    assert balancer["subnets"] == "${data.aws_subnets.network_web.ids}"
    assert balancer["enable_deletion_protection"] is True


def test_requests_that_two_readers_could_read_differently_are_refused(service: Workspace) -> None:
    balancer = service.resource("aws_lb.entrance_balancer_balancer")
    assert balancer["drop_invalid_header_fields"] is True
    assert balancer["desync_mitigation_mode"] == "defensive"


def test_requests_are_split_between_the_colours_by_the_weights_of_the_release(
    service: Workspace,
) -> None:
    (action,) = service.resource("aws_lb_listener.entrance_balancer_https")["default_action"]
    assert action["type"] == "forward"
    assert action["forward"]["target_group"] == [
        {"arn": "${aws_lb_target_group.target_blue_group.arn}", "weight": 100},
        {"arn": "${aws_lb_target_group.target_green_group.arn}", "weight": 0},
    ]


def test_each_target_group_may_invoke_its_own_colour_and_no_other(service: Workspace) -> None:
    for colour in COLOURS:
        group = f"aws_lb_target_group.target_{colour}_group"
        assert service.resource(group)["name"] == f"payshift-production-{colour}"
        assert service.resource(group)["target_type"] == "lambda"
        permission = service.resource(f"aws_lambda_permission.target_{colour}_permission")
        alias = f"aws_lambda_alias.alias_{colour}"
        assert service.resource(alias)["name"] == colour
        # Of the alias, which is there then: AWS gives no rights to what is not.
        assert permission["function_name"] == f"${{{alias}.function_name}}"
        assert permission["qualifier"] == f"${{{alias}.name}}"
        assert permission["principal"] == "elasticloadbalancing.amazonaws.com"
        assert permission["source_arn"] == f"${{{group}.arn}}"
        target = service.resource(f"aws_lb_target_group_attachment.target_{colour}_target")
        assert target["target_id"] == f"${{{alias}.arn}}"


def test_each_colour_is_asked_for_its_health_once_a_minute(service: Workspace) -> None:
    for colour in COLOURS:
        check = service.resource(f"aws_lb_target_group.target_{colour}_group")["health_check"]
        assert check["enabled"] is True
        assert (check["path"], check["matcher"]) == ("/health", "200")
        assert check["interval"] == 60
        assert check["timeout"] < check["interval"]


def test_every_request_is_logged_to_a_bucket_that_accepts_it_first(service: Workspace) -> None:
    balancer = service.resource("aws_lb.entrance_balancer_balancer")
    assert balancer["access_logs"] == {
        "bucket": "${aws_s3_bucket.access_log_bucket.id}",
        "enabled": True,
    }
    assert balancer["depends_on"] == ["aws_s3_bucket_policy.access_log_policy"]


def test_only_load_balancers_write_access_logs_and_only_below_this_account(
    service: Workspace,
) -> None:
    statements = service.statements("aws_s3_bucket_policy.access_log_policy")
    assert {sid: one["Effect"] for sid, one in statements.items()} == {
        "WriteAccessLogs": "Allow",
        "RefusePlainText": "Deny",
    }
    write = statements["WriteAccessLogs"]
    assert write["Principal"] == {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"}
    assert write["Action"] == ["s3:PutObject"]
    assert write["Resource"] == [f"arn:aws:s3:::{BUCKET}/AWSLogs/123456789012/*"]


def test_the_access_log_refuses_plain_text(service: Workspace) -> None:
    refuse = service.statements("aws_s3_bucket_policy.access_log_policy")["RefusePlainText"]
    assert refuse["Resource"] == [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"]
    assert refuse["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_the_access_log_is_guarded_versioned_and_encrypted_with_the_only_keys_that_elb_knows(
    service: Workspace,
) -> None:
    bucket = service.resource("aws_s3_bucket.access_log_bucket")
    assert bucket["bucket"] == BUCKET
    assert bucket["lifecycle"] == {"prevent_destroy": True}
    versioning = service.resource("aws_s3_bucket_versioning.access_log_versioning")
    assert versioning["versioning_configuration"] == {"status": "Enabled"}
    encryption = "aws_s3_bucket_server_side_encryption_configuration.access_log_encryption"
    (rule,) = service.resource(encryption)["rule"]
    assert rule["apply_server_side_encryption_by_default"] == {"sse_algorithm": "AES256"}


def test_the_access_log_is_closed_to_the_public(service: Workspace) -> None:
    closed = service.resource("aws_s3_bucket_public_access_block.access_log_closed")
    switches = {name: value for name, value in closed.items() if isinstance(value, bool)}
    assert len(switches) == 4
    assert all(switches.values())


def test_access_logs_are_kept_for_a_year(service: Workspace) -> None:
    (rule,) = service.resource("aws_s3_bucket_lifecycle_configuration.access_log_expiry")["rule"]
    assert rule["status"] == "Enabled"
    assert rule["expiration"] == [{"days": 365}]
    assert rule["noncurrent_version_expiration"] == [{"noncurrent_days": 90}]

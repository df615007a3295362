"""The load balancer's edge and the runtime host, over HTTPS, with real workers."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
import requests

from app.local.runtime.settings import HostSettings, StaticFunction
from tests.local.processes import running
from tests.local.world import REGION, World, forward

pytestmark = pytest.mark.slow


@pytest.fixture
def http(world: World) -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False  # else REQUESTS_CA_BUNDLE beats the next line
        session.verify = str(world.ca)
        yield session


def test_a_request_becomes_the_event_of_a_load_balancer(
    world: World, http: requests.Session
) -> None:
    response = http.post(
        f"{world.edge}/v1/payments?a=1&b=%20x&a=2",
        data='{"amount_minor": 5}',
        headers={"Content-Type": "application/json", "Idempotency-Key": "k-1"},
    )

    answer = response.json()
    event = answer["event"]
    assert response.status_code == 200
    assert event["httpMethod"] == "POST"
    assert event["path"] == "/v1/payments"
    assert event["queryStringParameters"] == {"a": "2", "b": "%20x"}
    assert event["body"] == '{"amount_minor": 5}'
    assert event["isBase64Encoded"] is False
    assert event["headers"]["idempotency-key"] == "k-1"
    assert event["headers"]["x-forwarded-proto"] == "https"
    assert event["headers"]["x-amzn-trace-id"].startswith("Root=1-")
    assert event["requestContext"]["elb"]["targetGroupArn"] == world.target_groups["blue"]


def test_a_handler_sees_its_context_and_environment(world: World, http: requests.Session) -> None:
    answer = http.get(f"{world.edge}/").json()

    assert answer["arn"].endswith(":function:echo:blue")
    assert 0 < answer["remaining"] <= 2000
    assert answer["environment"]["AWS_ENDPOINT_URL"] == world.endpoint
    assert answer["environment"]["AWS_LAMBDA_FUNCTION_NAME"] == "echo"
    assert answer["environment"]["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "512"
    assert answer["environment"]["PAYSHIFT_TEST"] == "1"
    assert answer["environment"]["PAYSHIFT_OVERRIDE"] == "from the host"


def test_binary_bodies_travel_as_base64_both_ways(world: World, http: requests.Session) -> None:
    sent = bytes(range(256))
    headers = {"Content-Type": "application/octet-stream"}

    event = http.post(f"{world.edge}/", data=sent, headers=headers).json()["event"]
    received = http.get(f"{world.edge}/binary").content

    assert event["isBase64Encoded"] is True
    assert received == bytes(range(256))


@pytest.mark.parametrize("path", ["/malformed", "/raise", "/crash", "/sleep?seconds=9"])
def test_a_handler_that_breaks_is_a_bad_gateway_and_the_next_request_is_served(
    world: World, http: requests.Session, path: str
) -> None:
    broken = http.get(f"{world.edge}{path}", timeout=15)
    after = http.get(f"{world.edge}/short", timeout=15)

    assert (broken.status_code, after.status_code) == (502, 200)


def test_a_body_over_one_mebibyte_is_refused(world: World, http: requests.Session) -> None:
    response = http.post(f"{world.edge}/", data=b"x" * (1024 * 1024 + 1))

    assert response.status_code == 413


def test_a_listener_that_redirects_is_not_taken_for_the_entrance(
    world: World, http: requests.Session
) -> None:
    elb = world.client("elbv2")
    (balancer,) = elb.describe_load_balancers(Names=["payshift-test"])["LoadBalancers"]
    listeners = elb.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]
    actions = [listener["DefaultActions"][0]["Type"] for listener in listeners]
    assert actions == ["redirect", "forward"]

    assert http.get(f"{world.edge}/short").status_code == 200


def test_the_listeners_weights_decide_which_alias_answers(
    world: World, http: requests.Session
) -> None:
    elb = world.client("elbv2")
    try:
        elb.modify_listener(
            ListenerArn=world.listener,
            DefaultActions=forward(world.target_groups, blue=0, green=100),
        )
        deadline = time.monotonic() + 10
        colours: Counter[str] = Counter()
        while "green" not in colours and time.monotonic() < deadline:
            colours[http.get(f"{world.edge}/").json()["arn"].rpartition(":")[2]] += 1
        later = {http.get(f"{world.edge}/").json()["arn"].rpartition(":")[2] for _ in range(5)}
    finally:
        elb.modify_listener(
            ListenerArn=world.listener,
            DefaultActions=forward(world.target_groups, blue=100, green=0),
        )
    assert later == {"green"}


def workers(world: World, function: str) -> int:
    """How many processes of a function run now."""
    functions = requests.get(f"{world.host.said['url']}/status", timeout=30).json()["functions"]
    return next(int(one["workers"]) for one in functions if one["name"] == function)


def wait_for(condition: Callable[[], bool]) -> bool:
    """Whether something comes about before the test gives up."""
    deadline = time.monotonic() + 30
    while not (found := condition()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return found


def test_workers_on_demand_start_at_the_first_call(world: World) -> None:
    assert workers(world, "called") == 0

    answer = world.client("lambda").invoke(FunctionName="called:green", Payload=b'{"path": "/"}')

    assert json.loads(answer["Payload"].read())["statusCode"] == 200
    assert wait_for(lambda: workers(world, "called") == 2)


def test_workers_on_demand_start_once_the_listener_gives_their_function_weight(
    world: World,
) -> None:
    elb = world.client("elbv2")
    function = f"arn:aws:lambda:{REGION}:123456789012:function"
    group = elb.create_target_group(Name="payshift-test-idle", TargetType="lambda")
    arn = group["TargetGroups"][0]["TargetGroupArn"]
    elb.register_targets(TargetGroupArn=arn, Targets=[{"Id": f"{function}:sent-to:green"}])
    groups = {"blue": world.target_groups["blue"], "green": arn}

    def route() -> set[tuple[str, int]]:
        edge = requests.get(f"{world.host.said['url']}/status", timeout=30).json()["edge"]
        return {(one["function"], one["weight"]) for one in edge["route"]}

    try:
        elb.modify_listener(
            ListenerArn=world.listener, DefaultActions=forward(groups, blue=100, green=0)
        )
        assert wait_for(lambda: route() == {("echo", 100), ("sent-to", 0)})
        assert workers(world, "sent-to") == 0

        elb.modify_listener(
            ListenerArn=world.listener, DefaultActions=forward(groups, blue=99, green=1)
        )
        assert wait_for(lambda: workers(world, "sent-to") == 2)
    finally:
        elb.modify_listener(
            ListenerArn=world.listener,
            DefaultActions=forward(world.target_groups, blue=100, green=0),
        )


def test_the_lambda_api_runs_the_function_and_reports_its_errors(world: World) -> None:
    lambda_ = world.client("lambda")

    good = lambda_.invoke(FunctionName="echo", Payload=json.dumps({"path": "/short"}))
    bad = lambda_.invoke(FunctionName="echo:blue", Payload=json.dumps({"path": "/raise"}))
    late = lambda_.invoke(
        FunctionName="echo",
        Payload=json.dumps({"path": "/sleep", "queryStringParameters": {"seconds": "9"}}),
    )
    event = lambda_.invoke(FunctionName="echo", InvocationType="Event", Payload=b"{}")

    assert json.loads(good["Payload"].read())["statusCode"] == 200
    assert bad["FunctionError"] == "Unhandled"
    assert json.loads(bad["Payload"].read())["errorMessage"] == "asked to fail"
    assert "Task timed out after 2.00 seconds" in json.loads(late["Payload"].read())["errorMessage"]
    assert event["StatusCode"] == 202


def test_a_changed_configuration_reaches_new_workers(world: World, http: requests.Session) -> None:
    lambda_ = world.client("lambda")
    lambda_.update_function_configuration(
        FunctionName="echo", Environment={"Variables": {"PAYSHIFT_TEST": "2"}}
    )
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if http.get(f"{world.edge}/").json()["environment"]["PAYSHIFT_TEST"] == "2":
            break

    seen = {http.get(f"{world.edge}/").json()["environment"]["PAYSHIFT_TEST"] for _ in range(6)}
    assert seen == {"2"}


def test_log_lines_go_to_a_file_of_the_function(world: World, http: requests.Session) -> None:
    http.get(f"{world.edge}/log")
    log = world.directory / "logs" / "echo.log"
    deadline = time.monotonic() + 5
    while "a plain log line" not in log.read_text(encoding="utf-8"):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_workers_end_with_a_host_that_is_killed(tmp_path: Path) -> None:
    settings = HostSettings(
        log_directory=tmp_path,
        follow_cloud=False,
        functions=(StaticFunction(name="legacy", handler="tests.local.handlers.echo.handler"),),
    )
    with running("app.local.runtime", settings=settings, directory=tmp_path) as host:
        url = f"{host.said['url']}/functions/legacy/invocations"
        answer = requests.post(url, json={"path": "/short"}, timeout=60).json()
        worker = psutil.Process(json.loads(answer["body"])["pid"])

        host.process.kill()

        worker.wait(timeout=30)
        assert not worker.is_running()

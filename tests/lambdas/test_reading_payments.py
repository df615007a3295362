from __future__ import annotations

import pytest

from app.migration.sites import Site
from tests.lambdas.conftest import Answered, Api, Pair, StartApi, set_features

pytestmark = pytest.mark.slow


def get(api: Api, payment_id: str) -> Answered:
    return api("GET", f"/v1/payments/{payment_id}")


@pytest.fixture
def at_aws(databases: Pair, start_api: StartApi) -> str:
    """Id of a payment that exists in the AWS database only, while the legacy one writes."""
    databases.accept(Site.AWS)
    payment_id: str = start_api().pay(key="only-at-aws").body["id"]
    databases.accept(Site.LEGACY)
    return payment_id


def test_reads_of_the_writer_do_not_see_what_only_the_replica_has(api: Api, at_aws: str) -> None:
    assert get(api, at_aws).status == 404


def test_reads_of_the_replica_are_answered_by_the_sites_own_database(
    start_api: StartApi, at_aws: str
) -> None:
    set_features(writer="legacy", reads="replica")
    assert get(start_api(), at_aws).status == 200


def test_a_miss_in_the_replica_falls_back_to_the_writer(start_api: StartApi) -> None:
    set_features(writer="legacy", reads="replica")
    api = start_api()
    payment = api.pay(key="k").body
    assert get(api, payment["id"]).body == payment


def test_a_sandbox_with_an_old_belief_reads_from_the_new_writer(
    api: Api, start_api: StartApi, databases: Pair
) -> None:
    api.pay(key="before")
    databases.accept(Site.AWS)
    payment = start_api().pay(key="after").body
    assert get(api, payment["id"]).body == payment


def test_reads_go_on_while_nobody_writes(api: Api, databases: Pair) -> None:
    payment = api.pay(key="k").body
    databases.accept(None)
    assert get(api, payment["id"]).body == payment


def test_while_nobody_writes_a_miss_is_no_proof_that_a_payment_does_not_exist(
    api: Api, databases: Pair
) -> None:
    databases.accept(None)
    answered = get(api, "6f1c1a5e-0000-4000-8000-000000000000")
    assert answered.status == 503
    assert answered.headers["Retry-After"] == "1"


def test_features_that_cannot_be_read_cost_no_request(
    start_api: StartApi, caplog: pytest.LogCaptureFixture
) -> None:
    api = start_api(PAYSHIFT_FEATURES_PARAMETER="/payshift/local/not-there")
    payment = api.pay(key="k").body
    assert get(api, payment["id"]).status == 200
    assert "features unreadable" in caplog.messages

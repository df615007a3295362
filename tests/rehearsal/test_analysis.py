from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from math import comb
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import WorldError
from app.local.rehearsal.analysis.binomial import accepted_range, two_sided_p_value
from app.local.rehearsal.analysis.handovers import held_requests
from app.local.rehearsal.analysis.periods import periods
from app.local.rehearsal.analysis.recording import Recording
from app.local.rehearsal.analysis.rollbacks import rollback
from app.local.rehearsal.analysis.shares import share
from app.local.rehearsal.conclude import Circumstances, conclude
from app.local.rehearsal.judgement import hints, verdict
from app.local.rehearsal.load.figures import percentile
from app.local.rehearsal.proof.content import Fingerprint
from app.local.rehearsal.proof.ledger import CurrencyTotal, Ledger
from app.local.rehearsal.proof.verdict import Proof, SiteProof
from app.local.rehearsal.records import STALE
from app.local.rehearsal.story import Move, usual_moves
from app.local.rehearsal.summary import Summary
from app.migration.sites import Site
from tests.rehearsal import synthetic
from tests.rehearsal.synthetic import BEGIN, PHASES, STEP_SECONDS, TTL, Synthetic

CIRCUMSTANCES = Circumstances(
    rate=20, clients=32, started_at=BEGIN, durations={"total": 400.0}, versions={"Python": "3.11"},
    machine={"cores": 2},
)  # fmt: skip


@pytest.fixture(scope="module")
def recording() -> Recording:
    return Synthetic().recording()


def good_proof(recording: Recording) -> Proof:
    nothing: frozenset[str] = frozenset()
    site = SiteProof(
        lost=nothing, duplicated=nothing, mismatched=nothing, unpromised=nothing,
        ledger=Ledger((CurrencyTotal("USD", 4, 0, 200),), 0, 0),
        tables={"payment": Fingerprint(10, "1", "2")},
    )  # fmt: skip
    return Proof(
        sites=dict.fromkeys(Site, site), promised=len(recording.acknowledgements),
        refunds_promised=0, lost=nothing, duplicated=nothing, mismatched=nothing, unknown=nothing,
        unexplained=nothing, identical=True,
    )  # fmt: skip


def summary_of(
    recording: Recording, *, proof: Proof | None = None, error: WorldError | None = None
) -> Summary:
    return conclude(
        recording,
        phases=PHASES,
        proof=proof or good_proof(recording),
        handovers=Synthetic().handovers(),
        error=error,
        circumstances=CIRCUMSTANCES,
    )


@given(
    draws=st.integers(1, 40), data=st.data(), percent=st.sampled_from([1, 10, 37, 50, 90]),
)  # fmt: skip
def test_the_p_value_is_exact(draws: int, data: st.DataObject, percent: int) -> None:
    successes = data.draw(st.integers(0, draws))
    p = Fraction(percent, 100)
    mass = [comb(draws, k) * p**k * (1 - p) ** (draws - k) for k in range(draws + 1)]
    exact = min(Fraction(1), 2 * min(sum(mass[: successes + 1]), sum(mass[successes:])))
    found = two_sided_p_value(successes=successes, draws=draws, probability=percent / 100)
    assert found == pytest.approx(float(exact), rel=1e-9)


@given(draws=st.integers(1, 400), percent=st.integers(1, 99))
def test_exactly_the_accepted_range_is_not_significant(draws: int, percent: int) -> None:
    low, high = accepted_range(draws=draws, probability=percent / 100, significance=1e-3)

    def p(k: int) -> float:
        return two_sided_p_value(successes=k, draws=draws, probability=percent / 100)

    assert low <= high
    assert p(low) >= 1e-3 * 0.999
    assert p(high) >= 1e-3 * 0.999
    assert low == 0 or p(low - 1) < 1e-3 * 1.001
    assert high == draws or p(high + 1) < 1e-3 * 1.001


def test_no_exception_is_accepted_at_the_ends() -> None:
    assert two_sided_p_value(successes=1, draws=10_000, probability=0) == 0
    assert two_sided_p_value(successes=9_999, draws=10_000, probability=1) == 0
    assert two_sided_p_value(successes=10_000, draws=10_000, probability=1) == 1


@given(st.lists(st.floats(0, 1e6), min_size=1), st.sampled_from([0.5, 0.95, 0.99]))
def test_a_percentile_is_a_value_that_so_many_do_not_exceed(
    values: list[float], wanted: float
) -> None:
    found = percentile(sorted(values), wanted)
    assert found in values
    assert sum(value <= found for value in values) >= wanted * len(values)


def test_a_period_begins_when_no_client_can_hold_an_older_answer(recording: Recording) -> None:
    found = periods(recording, phases=PHASES)
    assert [period.step.phase for period in found] == [f"phase-{one}" for one in synthetic.STORY]
    for period in found[1:]:
        assert period.weights_at == period.step.pushed + synthetic.WEIGHTS_AFTER
        assert period.converged == period.weights_at + TTL + 0.5
    for period, following in pairwise(found):
        assert period.until == following.weights_at - 0.25


def test_a_period_ends_where_a_failed_gate_took_its_weights_back(recording: Recording) -> None:
    usual = periods(recording, phases=PHASES)[-1]
    assert usual.until == recording.ended
    back = usual.converged + 5
    cloud = tuple(
        one if one.at < back else one.model_copy(update={"aws_percent": 50.0})
        for one in recording.cloud
    )
    last = periods(replace(recording, cloud=cloud), phases=PHASES)[-1]
    assert last.converged == usual.converged
    assert last.until == max(one.at for one in recording.cloud if one.at < back)


def test_every_share_agrees_with_its_weight(recording: Recording) -> None:
    for period in periods(recording, phases=PHASES)[1:]:
        found = share(recording, period)
        assert found.agrees
        assert found.accepted_draws[0] <= found.aws_draws <= found.accepted_draws[1]
        assert found.draws < found.requests


def test_one_request_at_the_other_site_refutes_a_share_of_a_hundred(recording: Recording) -> None:
    last = periods(recording, phases=PHASES)[-1]
    at = next(i for i, one in enumerate(recording.requests) if one.started > last.converged + 3)
    stray = recording.requests[at]._replace(site="legacy")
    requests = (*recording.requests[:at], stray, *recording.requests[at + 1 :])
    assert not share(replace(recording, requests=requests), last).agrees


def test_stale_clients_are_counted_apart_and_no_share_is_judged_by_them(
    recording: Recording,
) -> None:
    last = periods(recording, phases=PHASES)[-1]
    inside = [one for one in recording.requests if last.converged <= one.at <= last.until]
    stale = [one._replace(site="legacy", draw=STALE) for one in inside]
    both = replace(recording, requests=(*recording.requests, *stale))
    assert share(both, last) == share(recording, last)
    assert summary_of(both).requests.stale == {"legacy": len(stale)}


def test_a_rollback_ends_with_the_last_answer_under_the_old_phase(recording: Recording) -> None:
    period = periods(recording, phases=PHASES)[4]
    found = rollback(recording, period, phases=PHASES)
    assert (found.from_phase, found.to_phase) == ("phase-100", "phase-50")
    # The weights changed 20 s after the push; answers drawn before live for two seconds more.
    assert 20 <= found.seconds <= 20 + TTL + 1


def test_writes_under_way_at_the_end_of_the_pause_were_held(recording: Recording) -> None:
    handover = Synthetic().handovers()[0]
    expected = [
        one for one in recording.requests if one.started < handover.ended <= one.ended
    ]  # fmt: skip
    assert held_requests(recording, handover) == len(expected)


def test_a_good_run_passes_with_the_promised_fields(recording: Recording) -> None:
    summary = summary_of(recording)
    assert (summary.verdict, summary.reasons, summary.exit_code) == ("passed", (), 0)
    written = summary.model_dump(by_alias=True)
    assert written["requests"].keys() >= {"total", "failed"}
    assert written["payments"].keys() >= {"acknowledged", "lost", "duplicated", "mismatched"}
    assert written["handovers"][0].keys() >= {
        "from", "to", "pause_ms", "fence_ms", "drain_ms", "held_requests",
    }  # fmt: skip
    assert written["rollbacks"][0].keys() >= {"from", "to", "seconds"}
    assert written["phases"][0].keys() >= {
        "phase", "observed_aws_percent", "expected_aws_percent", "apply_seconds",
    }  # fmt: skip
    assert [one["to"] for one in written["rollbacks"]] == ["phase-50", "phase-0"]


def test_a_failed_request_fails_the_run(recording: Recording) -> None:
    failed = recording.requests[50]._replace(status=503, error="status 503")
    requests = (*recording.requests[:50], failed, *recording.requests[51:])
    summary = summary_of(replace(recording, requests=requests))
    assert summary.reasons == ("1 requests failed",)
    assert (summary.exit_code, summary.requests.errors) == (1, {"status 503": 1})


def test_the_last_words_name_verdict_reasons_and_report(recording: Recording) -> None:
    report = Path("build/rehearsal/report.html")
    passed = verdict(summary_of(recording), report=report)
    assert [line.split(":")[0] for line in passed] == ["rehearsal passed", "report"]
    one = recording.requests[50]._replace(status=503, error="status 503")
    requests = (*recording.requests[:50], one, *recording.requests[51:])
    failed = verdict(summary_of(replace(recording, requests=requests)), report=report)
    assert failed[0].startswith("rehearsal failed: ")
    assert failed[1:] == (
        "  1 requests failed", "  1 requests failed with: status 503", f"report: {report}"
    )  # fmt: skip


def test_only_a_failure_with_late_clients_is_laid_on_the_machine(recording: Recording) -> None:
    passed, failed = (summary_of(recording, error=error) for error in (None, WorldError("no")))
    assert passed.latency is not None
    late = {"latency": passed.latency.model_copy(update={"late_p99": 7_000.0})}
    assert hints(passed.model_copy(update=late)) == ()
    (hint,) = hints(failed.model_copy(update=late))
    assert hint.startswith("clients sent up to 7 s late (p99): this machine was too busy")


def test_a_broken_story_fails_the_run_with_the_errors_own_code(recording: Recording) -> None:
    summary = summary_of(recording, error=WorldError("terraform fell over", remedy="try again"))
    assert summary.exit_code == 3
    assert summary.reasons[0].startswith("terraform fell over")


def test_without_a_proof_nothing_is_proven(recording: Recording) -> None:
    summary = conclude(
        recording, phases=PHASES, proof=None, handovers=(), error=None, circumstances=CIRCUMSTANCES
    )
    assert not summary.databases_identical
    assert summary.exit_code == 1


def test_an_empty_recording_is_a_failed_rehearsal() -> None:
    empty = Recording((), (), (), (), (), (), ())
    summary = conclude(
        empty, phases=PHASES, proof=None, handovers=(), error=None, circumstances=CIRCUMSTANCES
    )
    assert "no payment was acknowledged" in summary.reasons


def test_the_story_goes_up_back_by_one_down_to_the_lowest_and_up_again() -> None:
    up = (Move(to="phase-10"), Move(to="phase-50"), Move(to="phase-100"))
    down = (Move(advances=1), Move(advances=2))
    assert usual_moves(("phase-0", "phase-10", "phase-50", "phase-100")) == (*up, *down, *up)


def test_a_step_lasts_as_long_as_the_synthetic_story_says(recording: Recording) -> None:
    assert recording.steps[1].pushed - recording.steps[0].pushed == STEP_SECONDS

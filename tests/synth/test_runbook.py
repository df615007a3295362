"""The runbook says what phases, settings, alarms and prices say, and nothing else."""

from __future__ import annotations

import itertools
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from app.config.alarms import all_alarms
from app.config.loading import load_environment, load_phases
from app.config.measured import MeasuredMove, MeasuredRehearsal, MeasuredRollback
from app.config.names import Names
from app.pipeline.runbook.facts import RunbookFacts, gather
from app.pipeline.runbook.render import duration, render
from app.pipeline.runbook.write import RunbookOutdated, bring_up_to_date
from tests.documents import ROOT, blocks, payshift_commands
from tests.synth.workspaces import PHASES, Synthesized

PAGE = ROOT / "docs" / "RUNBOOK.md"


@pytest.fixture(scope="module")
def facts(production: Synthesized) -> RunbookFacts:
    environment = load_environment("production")
    return gather(environment, phases=load_phases(PHASES), workspaces=production.directory)


def test_the_committed_runbook_is_up_to_date(production: Synthesized) -> None:
    assert bring_up_to_date(
        PAGE,
        load_environment("production"),
        phases=PHASES,
        workspaces=production.directory,
        only_check=True,
    )


def test_an_outdated_runbook_is_refused_and_left_alone_or_written(
    production: Synthesized, tmp_path: Path
) -> None:
    page, environment = tmp_path / "RUNBOOK.md", load_environment("production")
    page.write_text("what it was")
    with pytest.raises(RunbookOutdated, match="payshift runbook"):
        bring_up_to_date(
            page, environment, phases=PHASES, workspaces=production.directory, only_check=True
        )
    assert page.read_text() == "what it was"
    assert not bring_up_to_date(page, environment, phases=PHASES, workspaces=production.directory)
    assert page.read_text() == PAGE.read_text()


def test_every_alarm_phase_and_gate_is_in_it(facts: RunbookFacts) -> None:
    text = render(facts)
    for alarm in all_alarms(facts.environment):
        assert f"| `{alarm.name}` |" in text
        assert alarm.remedy in text
    for step in facts.steps:
        assert f"### {step.phase.name}\n" in text
        for line in (*step.before, *step.after):
            assert f"| `{line.key}` | {line.limit}" in text
            assert line.remedy in text


def test_each_advance_shows_the_very_change_of_its_pull_request(facts: RunbookFacts) -> None:
    text = render(facts)
    for below, above in itertools.pairwise(facts.phases.names):
        assert f"-live: {below}\n+live: {above}\n" in text


def test_an_apply_waits_at_most_for_all_its_deadlines(facts: RunbookFacts) -> None:
    times, ttl = facts.environment.phase_times, facts.environment.dns.ttl_seconds
    assert {step.at_most_seconds for step in facts.steps} == {
        2 * times.validation_deadline_seconds
        + times.handover_deadline_seconds
        + ttl
        + times.dns_margin_seconds
    }


def test_the_sample_is_computed_from_the_traffic(facts: RunbookFacts) -> None:
    seconds = {step.phase.phase: step.sample_seconds for step in facts.steps}
    # 50,000 transactions of 3 requests a day are 1.74 requests a second; a tenth of them is AWS's.
    assert seconds[10] == 173
    assert seconds[0] is None


def test_measured_times_come_from_the_last_recorded_rehearsal(facts: RunbookFacts) -> None:
    measured = MeasuredRehearsal(
        date="2026-01-01", machine="a machine", rows=7, requests=1000, failed_requests=0,
        payments=900, lost=0, duplicated=0, pauses_ms=(12.5,), total_seconds=600,
        rollbacks=(MeasuredRollback(left="phase-100", reached="phase-0", seconds=37.2),),
        moves=(MeasuredMove(phase="phase-10", kind="merge", seconds=41),),
    )  # fmt: skip
    text = render(replace(facts, rehearsal=measured))
    assert "no writer for 12.5 ms" in text
    assert "| phase-100 | phase-0 | the writer to legacy, then traffic to 0 % | 37 s in the" in text
    assert "| phase-50 | phase-0 | traffic to 0 % | not rehearsed |" in text
    assert "**Time**: 41 s in the rehearsal; at most" in text


def in_order(text: str, *words: str) -> bool:
    """Whether each of these stands somewhere behind the one before it."""
    begin = 0
    for one in words:
        found = text.find(one, begin)
        if found < 0:
            return False
        begin = found + len(one)
    return True


FIRST_DAY = (
    "payshift bootstrap", "NS records", "DS record", "workflow `release`", "payshift doctor",
    "payshift deliver --foundation",
)  # fmt: skip


def test_the_zone_is_delegated_and_an_image_pushed_before_the_service_is_applied(
    facts: RunbookFacts,
) -> None:
    # fact: the first apply of `service` waits for public DNS, and makes functions of an image
    in_aws = render(facts).partition("### In AWS")[2].partition("## Loading")[0]
    assert in_order(in_aws, *FIRST_DAY)
    assert in_aws.count("payshift deliver --foundation") == 1
    assert any("service" in wave for wave in facts.foundation)
    adopting = (ROOT / "README.md").read_text().partition("## Adopting it")[2].partition("## ")[0]
    assert in_order(adopting, *FIRST_DAY)
    assert adopting.count("payshift deliver --foundation") == 1


def test_the_logins_of_both_sites_are_made_before_the_databases_are_prepared() -> None:
    page = PAGE.read_text()
    logins = page.index("make the logins of both sites")
    prepare = page.index("payshift handover --prepare", page.index("### In AWS"))
    assert page.index("payshift deliver --foundation") < logins < prepare
    chapter = page[page.index("\n### Logins\n") :]
    commands = [" ".join(words) for words in payshift_commands(chapter.split("\n## ")[0])]
    for site in ("aws", "legacy"):
        made = [one for one in commands if one.startswith(f"logins {site}")]
        # fact: each is tried before it is done
        assert [one.endswith("--dry-run") for one in made] == [True, False]
    rotated = re.findall(r"rotate-secret --secret-id (\S+)", chapter)
    names = Names.of(load_environment("production"))
    assert rotated[:8] == [
        names.secret(site, login)
        for site in ("aws", "legacy")
        for login in ("rotation", "app", "migration", "replication")
    ]


def test_what_logs_in_to_the_databases_names_the_place_that_reaches_them() -> None:
    page = PAGE.read_text()
    assert page.count("### The shell in the network\n") == 1
    found = 0
    for match in re.finditer(r"^ *```sh\n(?P<lines>.*?)^ *```$", page, re.MULTILINE | re.DOTALL):
        commands = [tuple(words) for words in payshift_commands(match.group())]
        if not any(_logs_in(words) for words in commands):
            continue
        said = page[: match.start()].rstrip().rsplit("\n\n", 1)[-1]
        assert "(#the-shell-in-the-network)" in said, (said, commands)
        found += 1
    assert found >= 6
    rows = [
        row
        for row in page.splitlines()
        if row.startswith("|") and re.search(r"\| `payshift replication start`,", row)
    ]
    assert rows
    assert all("(#the-shell-in-the-network)" in row for row in rows)


def test_the_broken_glass_says_that_a_laptop_does_not_reach_the_databases() -> None:
    page = PAGE.read_text()
    broken = page[page.index("### Break glass") :].split("\n## ")[0]
    assert "(#the-shell-in-the-network)" in broken
    assert "not GitHub" in broken


def test_the_legacy_certificate_names_what_functions_and_dms_connect_to(
    facts: RunbookFacts,
) -> None:
    (row,) = [line for line in render(facts).splitlines() if line.startswith("| `ssl`")]
    data_centre = facts.environment.data_centre
    assert f"`{data_centre.database_host}`" in row
    # fact: that is where clients reach the payment API, which is no database
    assert str(data_centre.legacy_address) not in row


def test_figures_of_the_data_centre_are_published_with_no_right_beside_what_its_api_needs() -> None:
    page = PAGE.read_text()
    chapter = page[page.index("### Figures of the data centre") :].split("\n## ")[0]
    policy, agent = re.findall(r"```json\n(.*?)```", chapter, re.DOTALL)
    statements = json.loads(policy)["Statement"]
    rights = {
        action
        for one in statements
        for action in ([one["Action"]] if isinstance(one["Action"], str) else one["Action"])
    }
    assert rights == {
        "kms:Decrypt",
        "logs:CreateLogStream",
        "logs:PutLogEvents",
        "secretsmanager:GetSecretValue",
        "ssm:GetParameter",
    }
    (file,) = json.loads(agent)["logs"]["logs_collected"]["files"]["collect_list"]
    names = Names.of(load_environment("production"))
    assert file["log_group_name"] == names.legacy_log_group


def _logs_in(words: tuple[str, ...]) -> bool:
    return words[0] in {"handover", "logins", "verify"} or words[:2] == ("replication", "start")


def test_some_blocks_are_marked_as_runnable() -> None:
    assert any(block.runnable for block in blocks(PAGE.read_text()))


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(45, "45 s"), (119, "119 s"), (120, "2 min"), (7_200, "2 h"), (8_880, "2 h 28 min")],
)
def test_times_read_as_people_say_them(seconds: float, words: str) -> None:
    assert duration(seconds) == words

"""A table that other processes read in parts is as if one process had read it all."""

from __future__ import annotations

import os
import signal
from collections.abc import Generator, Sequence
from dataclasses import replace
from multiprocessing import active_children
from pathlib import Path
from typing import Any

import pytest

from app.errors import DatabaseFailed, InputError, WorldError
from app.migration.sites import Databases
from app.migration.verify.comparison import compare
from app.migration.verify.encoding import Mode
from app.migration.verify.options import Options
from app.migration.verify.parts.part import Part, PartSums
from app.migration.verify.parts.processes import Processes
from app.migration.verify.parts.reading import read_part
from app.migration.verify.parts.scan import Carrier, PartsScan
from app.migration.verify.report import Report
from app.migration.verify.session import Side
from app.migration.verify.sites import open_drain, site_sources
from app.migration.verify.watching import Silent
from tests.migration.support import Pair, Payers
from tests.migration.verify.conftest import Servers, Sources

PAGES = 3
DIFFERENT = 5 + 2 + 1


class Recording:
    """Carries parts out here, one after the other, and remembers them."""

    workers = 2

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self.parts: list[Part] = []

    def carry(self, parts: Sequence[Part]) -> Generator[PartSums]:
        """Read each part from what its JSON says."""
        for part in parts:
            self.parts.append(part)
            yield read_part(Part.model_validate_json(part.model_dump_json()), self._sources)


def options(**chosen: Any) -> Options:
    return Options(schemas=("s",), pages_a_chunk=PAGES, shown=10_000, **chosen)


def by_parts(sources: Sources, carrier: Carrier, chosen: Options, **more: Any) -> Report:
    reading = PartsScan(carrier, comparison="test", pages_a_chunk=PAGES)
    return compare(sources, options=chosen, reading=reading, **more)


def found(report: Report) -> Report:
    """Return a report without how long it took."""
    return replace(report, tables=tuple(replace(one, seconds=0.0) for one in report.tables))


def fill(servers: Servers, key: str) -> None:
    """Make equal tables, in another order on the right, then differences of every kind."""
    number = {"bigint": "n", "uuid": "md5(n::text)::uuid"}[key]
    for side, order in ((Side.LEFT, "n"), (Side.RIGHT, "md5(n::text)")):
        servers[side].execute(
            f"CREATE TABLE s.t (id {key} PRIMARY KEY, n int NOT NULL, v numeric, j jsonb)".encode()
        )
        insert = (
            "INSERT INTO s.t SELECT {number}, n, nullif(n % 7, 3), jsonb_build_object('n', n)"
            " FROM generate_series(1, 4000) n ORDER BY {order}"
        )
        servers[side].execute(insert.format(number=number, order=order).encode())
        servers[side].execute("ANALYZE s.t")
    # fact: three of these eight are NULL already, or missing on the left
    servers[Side.RIGHT].execute("UPDATE s.t SET v = NULL WHERE n % 500 = 0")
    servers[Side.RIGHT].execute("DELETE FROM s.t WHERE n IN (7, 1999)")
    servers[Side.LEFT].execute("DELETE FROM s.t WHERE n = 3000")


@pytest.mark.slow
@pytest.mark.parametrize("key", ["bigint", "uuid"])
@pytest.mark.parametrize("mode", list(Mode))
def test_parts_tell_the_same_as_one_process(
    empty: Servers, sources: Sources, key: str, mode: Mode
) -> None:
    fill(empty, key)
    carrier = Recording(sources)
    report = by_parts(sources, carrier, options(mode=mode))
    assert len(carrier.parts) > 5
    assert report.different == DIFFERENT
    assert found(report) == found(compare(sources, options=options(mode=mode)))


@pytest.mark.slow
def test_processes_read_the_parts_of_partitions_with_other_columns_left_out(
    empty: Servers, sources: Sources
) -> None:
    for server in empty.values():
        server.execute(
            "CREATE TABLE s.t (id int, day date, v text, left_out text, PRIMARY KEY (id, day))"
            " PARTITION BY RANGE (day)"
        )
        server.execute("CREATE TABLE s.old PARTITION OF s.t FOR VALUES FROM (MINVALUE) TO"
                       " ('2025-09-01')")  # fmt: skip
        server.execute("CREATE TABLE s.new PARTITION OF s.t DEFAULT")
        server.execute("INSERT INTO s.t SELECT n, date '2025-06-01' + n % 200, n, random()::text"
                       " FROM generate_series(1, 5000) n")  # fmt: skip
    empty[Side.RIGHT].execute("UPDATE s.t SET v = NULL WHERE id IN (150, 151)")
    chosen = options(excluded=("s.t.left_out",))
    report = by_parts(sources, Processes(sources, workers=2), chosen)
    assert report.different == 2
    assert found(report) == found(compare(sources, options=chosen))


@pytest.mark.slow
def test_what_is_written_while_parts_are_read_is_no_difference(
    pair: Pair, databases: Databases
) -> None:
    sources = site_sources(databases)
    carrier = Recording(sources)
    payers = Payers(pair.applications)
    chosen = Options(schemas=("payments",), pages_a_chunk=PAGES)
    with payers.paying(threads=3, pause_seconds=0.002), open_drain(databases) as drain:
        payers.wait_for(300)
        report = by_parts(sources, carrier, chosen, drain=drain)
    assert report.equal, report.lines()
    assert {part.table for part in carrier.parts} >= {"payments.payment", "payments.ledger_entry"}


@pytest.mark.slow
def test_a_part_is_read_as_it_was_when_the_comparison_began(
    empty: Servers, sources: Sources
) -> None:
    fill(empty, "uuid")

    class Meddling(Recording):
        """Changes every row of the right side after the first part."""

        def carry(self, parts: Sequence[Part]) -> Generator[PartSums]:
            for number, sums in enumerate(super().carry(parts)):
                yield sums
                if number == 0:
                    empty[Side.RIGHT].execute("UPDATE s.t SET v = -1")

    # fact: without a second look, the report is of the moment when the pass began
    before = found(compare(sources, options=options(still=True)))
    after = found(by_parts(sources, Meddling(sources), options(still=True)))
    assert before.different == after.different == DIFFERENT
    assert after.tables[0].rows == before.tables[0].rows


@pytest.mark.slow
def test_the_table_cannot_be_written_anew_while_its_parts_are_read(
    empty: Servers, sources: Sources
) -> None:
    fill(empty, "uuid")

    class Rewriting(Recording):
        def carry(self, parts: Sequence[Part]) -> Generator[PartSums]:
            empty[Side.LEFT].execute("SET lock_timeout = '100ms'")
            with pytest.raises(Exception, match="lock timeout"):
                empty[Side.LEFT].execute("CLUSTER s.t USING t_pkey")
            empty[Side.LEFT].execute("RESET lock_timeout")
            yield from super().carry(parts)

    assert by_parts(sources, Rewriting(sources), options()).different == DIFFERENT


@pytest.mark.slow
def test_a_part_that_nobody_read_is_no_answer_and_one_read_twice_counts_once(
    empty: Servers, sources: Sources
) -> None:
    fill(empty, "bigint")

    class Twice(Recording):
        def carry(self, parts: Sequence[Part]) -> Generator[PartSums]:
            for sums in super().carry(parts):
                yield sums
                yield sums

    class Losing(Recording):
        def carry(self, parts: Sequence[Part]) -> Generator[PartSums]:
            yield from super().carry(parts[1:])

    assert by_parts(sources, Twice(sources), options()).different == DIFFERENT
    with pytest.raises(DatabaseFailed, match=r"1 of \d+ parts of s\.t were not read"):
        by_parts(sources, Losing(sources), options())


@pytest.mark.slow
def test_a_part_is_of_no_use_after_its_comparison_has_ended(
    empty: Servers, sources: Sources
) -> None:
    fill(empty, "bigint")
    carrier = Recording(sources)
    by_parts(sources, carrier, options())
    with pytest.raises(InputError, match="the snapshot of comparison test-1 is gone"):
        read_part(carrier.parts[0], sources)


@pytest.mark.slow
def test_a_comparison_by_parts_goes_on_where_it_was_interrupted(
    empty: Servers, sources: Sources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.migration.verify.checkpoint.SAVE_EVERY_SECONDS", 0.0)
    fill(empty, "uuid")

    class Interrupted(Recording):
        def carry(self, parts: Sequence[Part]) -> Generator[PartSums]:
            for number, sums in enumerate(super().carry(parts)):
                if number == 3:
                    raise KeyboardInterrupt
                yield sums

    file = tmp_path / "kept.json"
    with pytest.raises(KeyboardInterrupt):
        by_parts(sources, Interrupted(sources), options(), checkpoint=file)
    again = Recording(sources)
    report = by_parts(sources, again, options(), checkpoint=file)
    assert report.different == DIFFERENT
    (note,) = report.tables[0].notes
    assert "were read by an earlier run" in note
    assert not note.startswith("0 of")


@pytest.mark.slow
def test_all_readers_together_keep_to_the_rate(
    empty: Servers, sources: Sources, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(empty, "bigint")
    waited: list[float] = []
    monkeypatch.setattr("app.migration.verify.pace.time.sleep", waited.append)
    carrier = Recording(sources)
    reading = PartsScan(carrier, comparison="test", pages_a_chunk=1, bytes_a_second=2 * 8192.0)
    chosen = replace(options(), pages_a_chunk=1)
    assert compare(sources, options=chosen, reading=reading).different == DIFFERENT
    assert {part.bytes_a_second for part in carrier.parts} == {8192.0}
    # fact: of two readers each may read a page a second, and waits for it before the next
    assert len(carrier.parts[0].chunks()[Side.LEFT]) > 1
    assert max(waited) > 0.5


@pytest.mark.slow
def test_a_process_that_is_killed_ends_the_comparison_and_leaves_none_behind(
    empty: Servers, sources: Sources
) -> None:
    fill(empty, "uuid")
    others = set(active_children())

    class Killing(Processes):
        def carry(self, parts: Sequence[Part]) -> Generator[PartSums]:
            for sums in super().carry(parts):
                for child in set(active_children()) - others:
                    os.kill(child.pid or 0, signal.SIGKILL)
                yield sums

    with pytest.raises(WorldError, match="a process that read a part was ended"):
        by_parts(sources, Killing(sources, workers=2), options())
    assert set(active_children()) == others


@pytest.mark.slow
def test_an_interrupted_comparison_ends_its_processes(empty: Servers, sources: Sources) -> None:
    fill(empty, "uuid")
    others = set(active_children())

    class Interrupting(Silent):
        """Is interrupted, as by Ctrl-C, when the first part has come."""

        def read(self, *_: object) -> None:
            assert len(set(active_children()) - others) == 2
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        by_parts(sources, Processes(sources, workers=2), options(), observer=Interrupting())
    assert set(active_children()) == others

"""Puts the proof together from both sites."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from app.local.rehearsal.proof import promises
from app.local.rehearsal.proof.content import TABLES, Fingerprint, fingerprint
from app.local.rehearsal.proof.ledger import Ledger, read_ledger
from app.local.rehearsal.proof.promises import Keys
from app.local.rehearsal.records import Acknowledgement
from app.migration.connection import DatabaseSettings, connect
from app.migration.sites import Databases, Site


@dataclass(frozen=True, slots=True)
class SiteProof:
    """What one database says about the promises, and what it holds."""

    lost: Keys
    duplicated: Keys
    mismatched: Keys
    unpromised: Keys
    ledger: Ledger
    tables: dict[str, Fingerprint]


@dataclass(frozen=True, slots=True)
class Proof:
    """Both sites together. A promise broken at either site is broken.

    `unknown` are payments and refunds that were kept though no client was told: allowed only for
    requests that failed, whose clients will ask again with the same key. `unexplained` are the
    others.
    """

    sites: dict[Site, SiteProof]
    promised: int
    refunds_promised: int
    lost: Keys
    duplicated: Keys
    mismatched: Keys
    unknown: Keys
    unexplained: Keys
    identical: bool

    @property
    def ledgers_sum_to_zero(self) -> bool:
        """Whether both ledgers do."""
        return all(site.ledger.sums_to_zero for site in self.sites.values())

    @property
    def holds(self) -> bool:
        """Whether every promise was kept exactly once and both databases are the same."""
        broken = self.lost | self.duplicated | self.mismatched | self.unexplained
        return not broken and self.identical and self.ledgers_sum_to_zero


def prove(
    databases: Databases,
    *,
    acknowledgements: Sequence[Acknowledgement],
    failed_keys: Keys,
    run: str,
    parity_equal: bool = True,
) -> Proof:
    """Compare every promise with both databases, and both databases with each other.

    The load must have stopped and replication must have drained. `parity_equal` is what the
    engine's own comparison found; the databases are identical only if both agree on it.
    """
    with ThreadPoolExecutor(max_workers=len(Site)) as pool:
        found = pool.map(lambda site: _prove_site(databases[site], acknowledgements, run=run), Site)
        sites = dict(zip(Site, found, strict=True))
    kept_unasked = frozenset[str]().union(*(site.unpromised for site in sites.values()))
    contents = [site.tables for site in sites.values()]
    return Proof(
        sites=sites,
        promised=len({one.key for one in acknowledgements if one.kind == "pay"}),
        refunds_promised=len({one.key for one in acknowledgements if one.kind == "refund"}),
        lost=frozenset[str]().union(*(site.lost for site in sites.values())),
        duplicated=frozenset[str]().union(*(site.duplicated for site in sites.values())),
        mismatched=frozenset[str]().union(*(site.mismatched for site in sites.values())),
        unknown=kept_unasked & failed_keys,
        unexplained=kept_unasked - failed_keys,
        identical=parity_equal and all(content == contents[0] for content in contents),
    )


def _prove_site(
    settings: DatabaseSettings, acknowledgements: Sequence[Acknowledgement], *, run: str
) -> SiteProof:
    with connect(settings, application_name="payshift-rehearsal-proof") as connection:
        promises.load_promises(connection, acknowledgements)
        return SiteProof(
            lost=promises.lost(connection),
            duplicated=promises.duplicated(connection),
            mismatched=promises.mismatched(connection),
            unpromised=promises.unpromised(connection, run=run),
            ledger=read_ledger(connection),
            tables={table: fingerprint(connection, table=table) for table in TABLES},
        )

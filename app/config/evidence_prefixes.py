"""Where evidence lies in its bucket. Also part of the functions' image, so nothing is imported."""

from __future__ import annotations

# Links of the chain, and the records themselves (app/migration/evidence); work items of comparisons
# and what came of them (app/migration/verify/parts).
CHAIN, RECORDS, COMPARISONS = "chain/", "records/", "comparisons/"

"""Reads a payment: from the writer, or from this site's own database where the phase says so."""

from __future__ import annotations

from uuid import UUID

import psycopg

from app.lambdas.payment_api.features import FeatureSource
from app.lambdas.payment_api.hold import Connection, Done, NotTheWriter, NoWriter, Writer
from app.lambdas.payment_api.models import Payment
from app.lambdas.payment_api.payments import Seen, read_payment
from app.lambdas.payment_api.sessions import DatabaseUnreachable, Sessions
from app.migration.sites import Site

# A read waits for a handover's pause, not for an outage: then the last writer has the truth.
_HOLD_SECONDS = 0.25


class ReadPayment:
    """Finds a payment by id."""

    def __init__(
        self, *, own: Site, sessions: Sessions, writer: Writer, features: FeatureSource
    ) -> None:
        self._own = own
        self._sessions = sessions
        self._writer = writer
        self._features = features

    def __call__(self, payment_id: UUID) -> Done[Payment | None]:
        """Return the payment, or None when the writer says that there is none.

        With `reads: replica` a hit in the site's own database is enough; a miss there proves
        nothing, because replication may be behind. Raises NoWriter when nobody can tell.
        """
        if self._features.now().reads == "replica":
            seen = self._look(self._own, payment_id)
            if seen is not None and seen.payment is not None:
                return Done(seen.payment, self._own, None)

        def at_writer(connection: Connection) -> Payment | None:
            seen = read_payment(connection, payment_id)
            if not seen.accepting:
                message = "this database does not accept writes"
                raise NotTheWriter(message)
            return seen.payment

        try:
            return self._writer.run(at_writer, hold_seconds=_HOLD_SECONDS)
        except NoWriter as nobody:
            return self._while_nobody_writes(payment_id, nobody)

    def _while_nobody_writes(self, payment_id: UUID, nobody: NoWriter) -> Done[Payment | None]:
        last = self._writer.last_site or self._own
        for site in sorted(self._sessions.sites, key=lambda site: site is not last):
            seen = self._look(site, payment_id)
            if seen is not None and seen.payment is not None:
                return Done(seen.payment, site, nobody.held_ms)
        raise nobody

    def _look(self, site: Site, payment_id: UUID) -> Seen | None:
        try:
            return read_payment(self._sessions.get(site), payment_id)
        except DatabaseUnreachable:
            return None
        except psycopg.OperationalError:
            self._sessions.drop(site)
            return None

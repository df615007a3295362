"""A fence that stands as in the middle of a handover, and asking whether a statement is refused."""

from __future__ import annotations

from uuid import uuid4

import psycopg

from app.migration.fence import accept_again, fence, read_writer
from tests.migration.support import next_run_id


class Fenced:
    """Legacy with its fence up, as in the middle of a handover."""

    def __init__(self, session: psycopg.Connection) -> None:
        self.session, self.run_id = session, next_run_id()
        self.epoch = read_writer(session).epoch

    def up(self, *, patience_seconds: float = 5) -> bool:
        """Put the fence up."""
        return fence(
            self.session,
            run_id=self.run_id,
            epoch=self.epoch,
            marker=uuid4(),
            detail={},
            patience_seconds=patience_seconds,
        )

    def down(self) -> None:
        """Take it back, if it stands."""
        accept_again(self.session, run_id=self.run_id, epoch=self.epoch, detail={})


def refused(connection: psycopg.Connection, statement: str) -> str | None:
    """Return the SQLSTATE with which the statement was refused, None when it was not."""
    try:
        if not statement.startswith("COPY"):
            connection.execute(statement.encode())
            return None
        with connection.cursor() as cursor, cursor.copy(statement.encode()) as copy:
            copy.write_row((uuid4(), "a", 1, "USD"))
    except psycopg.Error as error:
        return error.sqlstate
    return None

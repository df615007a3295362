"""A session that ends its statements by itself when a deadline passes, at the server too."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Any, Self

import psycopg
from psycopg.rows import TupleRow

from app.errors import DatabaseFailed

if TYPE_CHECKING:
    from psycopg.abc import Params

    from app.migration.deadline import Deadline


class BoundedConnection(psycopg.Connection[TupleRow]):
    """Whatever is asked of it is answered, or cut by the server, until `deadline`."""

    deadline: Deadline | None = None


class BoundedCursor(psycopg.Cursor[Any]):
    """Gives each statement what is left of its connection's deadline.

    Whoever set another statement_timeout in the session meanwhile is overruled.
    """

    def execute(
        self,
        query: Any,  # noqa: ANN401 - psycopg has an overload for each kind of query
        params: Params | None = None,
        *,
        prepare: bool | None = None,
        binary: bool | None = None,
    ) -> Self:
        """Run the statement. DatabaseFailed when no time is left, QueryCanceled when it is cut."""
        deadline = getattr(self.connection, "deadline", None)
        if deadline is not None:
            if deadline.passed:
                raise DatabaseFailed("There was no time left to ask the database.")
            # Zero would mean for ever; a setting takes no parameters.
            milliseconds = max(1, ceil(deadline.remaining * 1e3))
            super().execute(f"SET statement_timeout = {milliseconds}".encode(), prepare=False)
        return super().execute(query, params, prepare=prepare, binary=binary)

"""A statement that each connection prepares once and then carries out in one round trip."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import count
from typing import Any

import psycopg
from psycopg import generators
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result
from psycopg.postgres import types
from psycopg.pq import ExecStatus, Format, TransactionStatus
from psycopg.pq.abc import PGresult

Row = tuple[Any, ...]

_DONE = (ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK)
# Never the same twice: a plan that went stale keeps its name until its session ends.
_numbers = count(1)


class Prepared:
    """One statement for any connection; its values go beside it, in binary, never into it.

    psycopg's cursor does the same and more, at twice the processor time a payment (ADR 25).
    """

    def __init__(self, sql: str, **parameters: str) -> None:
        """Take SQL with `%(name)s` as for a cursor, and the PostgreSQL type of each name."""
        places = {name: f"${place}" for place, name in enumerate(parameters, start=1)}
        self._sql = re.sub(r"%\((\w+)\)s", lambda found: places[found[1]], sql).encode()
        self._names = tuple(parameters)
        self._types = [types[type_].oid for type_ in parameters.values()]
        self._plans: dict[psycopg.Connection, _Plan] = {}

    def row(self, connection: psycopg.Connection, values: Mapping[str, object]) -> Row | None:
        """Carry it out and return the first row, or None; raises what a cursor would.

        The connection is in autocommit mode, or in a block of `transaction()`. Within such a block
        it is an OperationalError, as for a lost session, that the statement is no longer prepared:
        the transaction is over, and may be done anew.
        """
        if not connection.autocommit:
            # A cursor would begin a transaction here.
            message = "a connection that is not in autocommit mode"
            raise psycopg.ProgrammingError(message)
        ordered = list(map(values.__getitem__, self._names))
        # The keeper of warm connections and the request may come to one connection together.
        with connection.lock:
            plan = self._plans.get(connection) or self._prepare(connection)
            try:
                return plan.row(ordered)
            except psycopg.Error as error:
                if not _forgotten_or_stale(error):
                    raise
                self._plans.pop(connection, None)
                if connection.pgconn.transaction_status != TransactionStatus.IDLE:
                    message = "a statement of this transaction has to be prepared again"
                    raise psycopg.OperationalError(message) from error
            # It failed before it began, so nothing is done twice.
            return self._prepare(connection).row(ordered)

    def _prepare(self, connection: psycopg.Connection) -> _Plan:
        # A plan holds its connection: those that are closed would be kept for ever.
        for known in [one for one in tuple(self._plans) if one.closed]:
            self._plans.pop(known, None)
        plan = self._plans[connection] = _Plan(connection, self._sql, self._types)
        return plan


class _Plan:
    """A statement as one connection has prepared it."""

    def __init__(self, connection: psycopg.Connection, sql: bytes, types_: list[int]) -> None:
        self._connection = connection
        self._name = f"payshift_{next(_numbers)}".encode()
        self._knows_columns = False
        self._formats = [PyFormat.BINARY] * len(types_)
        # With the types said, an amount is always eight bytes; a cursor would choose by its size,
        # and prepare the statement anew for each choice.
        self._transformer = Transformer(connection)
        self._transformer.set_dumper_types(types_, Format.BINARY)
        connection.pgconn.send_prepare(self._name, sql, types_)
        self._result()

    def row(self, values: list[object]) -> Row | None:
        transformer = self._transformer
        dumped = transformer.dump_sequence(values, self._formats)
        self._connection.pgconn.send_query_prepared(
            self._name, dumped, transformer.formats, Format.BINARY
        )
        result = self._result()
        if not result.ntuples:
            return None
        # The server keeps a plan's columns what they are, or refuses to carry it out.
        transformer.set_pgresult(result, set_loaders=not self._knows_columns)
        self._knows_columns = True
        return transformer.load_row(0, tuple)

    def _result(self) -> PGresult:
        # Waits as a cursor does. `pgconn.exec_prepared` costs 8 µs less, but it hides why a session
        # was terminated, waits past Ctrl-C, and leaves the connection to libpq without the
        # interpreter's lock: a thread that drops it then frees it under the statement.
        pgconn = self._connection.pgconn
        results: list[PGresult] = self._connection.wait(generators.execute(pgconn))
        # A commit that fails comes as a second result, after the rows.
        for result in results:
            if result.status not in _DONE:
                raise error_from_result(result, encoding=self._transformer.encoding)
        return results[0]


def _forgotten_or_stale(error: psycopg.Error) -> bool:
    """Whether this session knows no such statement, or knows one for other columns (after DDL)."""
    if isinstance(error, psycopg.errors.InvalidSqlStatementName):
        return True
    # The text is in the server's language; the place is the same in every release.
    return error.diag.source_function == "RevalidateCachedQuery"

"""One cursor a connection: what it learned about a statement's values is not learned again."""

from __future__ import annotations

import threading

import psycopg


class _Kept(threading.local):
    """The cursors of one thread: two threads at one connection never share a result."""

    def __init__(self) -> None:
        self.cursors: dict[psycopg.Connection, psycopg.Cursor] = {}


_kept = _Kept()


def cursor_of(connection: psycopg.Connection) -> psycopg.Cursor:
    """Return this thread's cursor of the connection, for values in binary."""
    cursor = _kept.cursors.get(connection)
    if cursor is None:
        # A cursor holds its connection: those that are closed would be kept for ever.
        for known in [one for one in _kept.cursors if one.closed]:
            del _kept.cursors[known]
        cursor = _kept.cursors[connection] = connection.cursor(binary=True)
    return cursor

"""A TCP proxy on loopback whose connections can be reset, or left without a word."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable
from contextlib import suppress

_ADDRESS = "127.0.0.1"
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER of 0 s: closing sends RST instead of FIN
_CHUNK = 65_536


class Proxy:
    """Forwards to wherever `target_port` points at the moment of each connection.

    Silent means that both ends keep an open connection on which nothing arrives any more, and that
    new connections are taken and never answered. The peer's kernel still acknowledges what it is
    sent, so nobody's TCP timers help: this is harder than lost packets.
    """

    def __init__(self, *, target_port: Callable[[], int]) -> None:
        self._target_port = target_port
        self._lock = threading.Lock()
        self._flowing = threading.Event()
        self._flowing.set()
        self._pairs: set[tuple[socket.socket, socket.socket]] = set()
        self._waiting: set[socket.socket] = set()
        self._listener = socket.create_server((_ADDRESS, 0), backlog=64)
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def reset(self) -> None:
        """Reset every connection; new ones are let through."""
        self._reset_all()

    def silence(self) -> None:
        """Let nothing through any more until `heal`; closes nothing."""
        self._flowing.clear()

    def heal(self) -> None:
        """Let new connections through; those that were silent are reset, as firewalls do."""
        if not self._flowing.is_set():
            self._reset_all()
        self._flowing.set()

    def close(self) -> None:
        """End everything."""
        self._listener.close()
        self._flowing.set()
        self._reset_all()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with self._lock:
            self._waiting.add(client)
        self._flowing.wait()
        with self._lock:
            still_there = client in self._waiting
            self._waiting.discard(client)
        if not still_there:
            return
        try:
            server = socket.create_connection((_ADDRESS, self._target_port()))
        except OSError:
            _reset(client)
            return
        pair = (client, server)
        with self._lock:
            self._pairs.add(pair)
        for side in (pair, (server, client)):
            for one in side:
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._pump, args=(*side, pair), daemon=True).start()

    def _pump(
        self, source: socket.socket, sink: socket.socket, pair: tuple[socket.socket, socket.socket]
    ) -> None:
        try:
            while data := source.recv(_CHUNK):
                self._flowing.wait()
                sink.sendall(data)
        except OSError:
            self._end(pair)
            return
        self._flowing.wait()
        with suppress(OSError):
            sink.shutdown(socket.SHUT_WR)

    def _reset_all(self) -> None:
        with self._lock:
            pairs, waiting = list(self._pairs), list(self._waiting)
            self._waiting.clear()
        for pair in pairs:
            self._end(pair)
        for client in waiting:
            _reset(client)

    def _end(self, pair: tuple[socket.socket, socket.socket]) -> None:
        with self._lock:
            self._pairs.discard(pair)
        for one in pair:
            _reset(one)


def _reset(one: socket.socket) -> None:
    with suppress(OSError):
        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        # A thread that reads from it wakes up, which closing alone would not do.
        one.shutdown(socket.SHUT_RD)
    with suppress(OSError):
        one.close()

"""A listening socket on loopback, one thread per connection, in this process only: forked children let go."""

import socket
from collections.abc import Callable
from threading import Event, Lock, Thread, current_thread

from planner.guard.ledger.forks import survive_forks
from planner.guard.local_bedrock.wire import Connection

HOST = "127.0.0.1"
_BACKLOG = 1_024
_JOIN_S = 5.0


class Server:
    """Serves until closed; raises `OSError` when the port cannot be had."""

    def __init__(self, port: int, serve: Callable[[Connection], None], closing: Event) -> None:
        """`closing` is set when the server closes: whoever waits inside an answer gives up."""
        self._serve = serve
        self._closing = closing
        self._lock = Lock()
        self._threads: dict[Thread, Connection] = {}
        self._listener: socket.socket | None = _listener(port)
        self.port: int = self._listener.getsockname()[1]
        self._accepting = Thread(
            target=self._accept, args=(self._listener,), name="local-bedrock", daemon=True
        )
        survive_forks(self)
        self._accepting.start()

    def close(self) -> None:
        """Refuses new connections and ends the open ones; answers on their way are cut off."""
        listener, self._listener = self._listener, None
        if listener is None:
            return
        self._closing.set()
        _wake(listener, self.port)
        self._accepting.join(_JOIN_S)
        listener.close()
        with self._lock:
            threads = dict(self._threads)
        for connection in threads.values():
            connection.shut()
        for thread in threads:
            if thread is not current_thread():
                thread.join(_JOIN_S)

    def before_fork(self) -> None:
        self._lock.acquire()

    def after_fork_in_parent(self) -> None:
        self._lock.release()

    def after_fork_in_child(self) -> None:
        """A descriptor kept here would keep connections open that the parent has closed."""
        self._lock = Lock()
        listener, self._listener = self._listener, None
        if listener is not None:
            socket.close(listener.detach())
        for connection in self._threads.values():
            connection.abandon()
        self._threads.clear()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                sock, _ = listener.accept()
            except OSError:
                return
            if self._closing.is_set():
                sock.close()
                return
            connection = Connection(sock)
            thread = Thread(
                target=self._run, args=(connection,), name="local-bedrock connection", daemon=True
            )
            with self._lock:
                self._threads[thread] = connection
            thread.start()

    def _run(self, connection: Connection) -> None:
        try:
            self._serve(connection)
        finally:
            connection.close()
            with self._lock:
                self._threads.pop(current_thread(), None)


def _listener(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
        listener.listen(_BACKLOG)
    except (OSError, OverflowError):
        listener.close()
        raise
    return listener


def _wake(listener: socket.socket, port: int) -> None:
    """Ends a wait in `accept`: by shutting the socket down where that works, else by connecting to it."""
    try:
        listener.shutdown(socket.SHUT_RDWR)
    except OSError:
        try:
            socket.create_connection((HOST, port), timeout=1).close()
        except OSError:
            listener.close()

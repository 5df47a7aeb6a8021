"""A TCP proxy that breaks connections on demand, whatever protocol they speak: between a client and a server under test.

It relays until a fault is armed; the next request that contains the words asked for meets the fault, once. A turn is a
request and its reply, however many packets they take, so `turns` counts round trips.
"""

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Literal

Fault = Literal["cut before send", "cut after send", "half open", "slow", "reset on reply"]
FAULTS: tuple[Fault, ...] = ("cut before send", "cut after send", "half open", "slow", "reset on reply")
SLOW_S = 0.3
"""How long a slow reply takes."""
_CHUNK = 65_536


@dataclass
class _Link:
    """A client's connection and the one to the server that stands for it."""

    client: socket.socket
    server: socket.socket
    fault: Fault | None = None
    asking: bool = False
    """The last bytes came from the client."""
    closed: threading.Event = field(default_factory=threading.Event)

    def close(self, *, reset: bool = False) -> None:
        """Both ends at once; with `reset` the client hears RST, as from a machine that has rebooted."""
        self.closed.set()
        if reset:
            self.client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        for end in (self.client, self.server):
            # Reading alone is shut where RST is meant: that wakes the thread that reads, and sends nothing.
            with suppress(OSError):
                end.shutdown(socket.SHUT_RD if reset and end is self.client else socket.SHUT_RDWR)
            with suppress(OSError):
                end.close()


class FaultyProxy:
    """Listens on a port of the loopback and relays to the target."""

    def __init__(self, port: int, host: str = "127.0.0.1") -> None:
        self._target = (host, port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.turns = 0
        self.connections = 0
        self.met = threading.Event()
        """A request has met the armed fault."""
        self._armed: tuple[Fault, bytes] | None = None
        self._lock = threading.Lock()
        self._links: list[_Link] = []
        self._partitioned = False
        self._threads = [self._start(self._accept)]

    def arm(self, fault: Fault, words: bytes = b"") -> None:
        """The next request with these bytes in it meets the fault."""
        with self._lock:
            self.met.clear()
            self._armed = (fault, words)

    def partition(self) -> None:
        """From now on nothing passes, on old connections and new ones, and nobody is told."""
        self._partitioned = True

    def heal(self) -> None:
        """Connections that were partitioned are gone; new ones pass."""
        self._partitioned = False
        self._drop_links()

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._drop_links()
        for thread in self._threads:
            thread.join(10)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(self._target)
            except OSError:
                client.close()
                continue
            for end in (client, server):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            link = _Link(client, server)
            with self._lock:
                self._links.append(link)
                self.connections += 1
            self._threads += [
                self._start(self._pump, link, self._ask),
                self._start(self._pump, link, self._reply),
            ]

    def _pump(self, link: _Link, relay: Callable[[_Link], bool]) -> None:
        with suppress(OSError):
            while not link.closed.is_set() and relay(link):
                pass
        link.close()

    def _ask(self, link: _Link) -> bool:
        """Client to server."""
        received = link.client.recv(_CHUNK)
        if not received:
            return False
        with self._lock:
            self.turns += not link.asking
            link.asking = True
            if self._armed is not None and self._armed[1] in received:
                link.fault, self._armed = self._armed[0], None
                self.met.set()
        if self._partitioned or link.fault == "half open":
            return not link.closed.wait(3_600)
        if link.fault == "cut before send":
            return False
        link.server.sendall(received)
        return link.fault != "cut after send"

    def _reply(self, link: _Link) -> bool:
        """Server to client."""
        received = link.server.recv(_CHUNK)
        if not received:
            return False
        with self._lock:
            link.asking = False
        if self._partitioned or link.fault == "half open":
            return not link.closed.wait(3_600)
        if link.fault == "cut after send":
            return False  # the server was quicker than the cut
        if link.fault == "reset on reply":
            link.close(reset=True)
            return False
        if link.fault == "slow":
            link.fault = None
            link.closed.wait(SLOW_S)
        link.client.sendall(received)
        return True

    def _drop_links(self) -> None:
        with self._lock:
            links, self._links = self._links, []
        for link in links:
            link.close()

    def _start(self, target: Callable[..., None], *arguments: object) -> threading.Thread:
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        thread.start()
        return thread


@contextmanager
def proxy_to(port: int) -> Iterator[FaultyProxy]:
    proxy = FaultyProxy(port)
    try:
        yield proxy
    finally:
        proxy.close()

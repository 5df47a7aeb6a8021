"""GitHub's API as far as comments go: kept in memory, in pages, and as moody as it is told to be."""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOKEN = "ghs_the-token-of-the-job"  # noqa: S105 - made up
COMMENTS = re.compile(r"/repos/acme/plans/issues/7/comments(?:\?per_page=(\d+)&page=(\d+))?")
COMMENT = re.compile(r"/repos/acme/plans/issues/comments/(\d+)")


@dataclass
class Mood:
    """An answer that comes instead of the right one, once."""

    status: int
    method: str = ""
    """Only for this method; empty for any."""
    headers: dict[str, str] = field(default_factory=dict)
    carried_out: bool = False
    """Whether the request is carried out all the same."""
    message: str = "not now"


@dataclass
class Server:
    """What the pull request has, and what was asked."""

    comments: list[dict[str, Any]] = field(default_factory=list)
    moods: list[Mood] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)
    login: str = ""
    """Whose token it is; empty for the workflow's own, which may not ask."""
    read_only: bool = False
    page: int = 30
    """The most comments on one page, whatever was asked for."""
    url: str = ""

    def say(self, body: str, *, login: str = "somebody", kind: str = "User") -> dict[str, Any]:
        """Adds a comment."""
        number = len(self.comments) + 1
        address = f"https://github.example/acme/plans/pull/7#issuecomment-{number}"
        comment = {"id": number, "body": body, "html_url": address, "user": {"login": login, "type": kind}}
        self.comments.append(comment)
        return comment

    def bodies(self) -> list[str]:
        return [comment["body"] for comment in self.comments]

    def asked(self, method: str) -> int:
        """How many requests of a method came."""
        return sum(request.startswith(f"{method} ") for request in self.requests)


@contextmanager
def github() -> Iterator[Server]:
    """The API on a loopback port until the block ends."""
    state = Server()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(state))
    state.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _handler(state: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer()

        do_POST = do_PATCH = do_GET  # noqa: N815 - names that http.server asks for

        def log_message(self, *_: object) -> None:
            """Nothing: tests read what the action prints."""

        def _answer(self) -> None:
            state.requests.append(f"{self.command} {self.path}")
            state.tokens.add(self.headers.get("Authorization", ""))
            body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"null")
            mood = next((each for each in state.moods if each.method in ("", self.command)), None)
            if mood is not None:
                state.moods.remove(mood)
                if mood.carried_out:
                    _carried_out(state, self.command, self.path, body)
                self._send(mood.status, {"message": mood.message}, mood.headers)
                return
            self._send(*_carried_out(state, self.command, self.path, body))

        def _send(self, status: int, value: object, headers: dict[str, str]) -> None:
            content = json.dumps(value).encode()
            self.send_response(status)
            for name, text in {**headers, "Content-Length": str(len(content))}.items():
                self.send_header(name, text)
            self.end_headers()
            self.wfile.write(content)

    return Handler


def _carried_out(state: Server, method: str, path: str, body: Any) -> tuple[int, object, dict[str, str]]:  # noqa: ANN401 - JSON
    if method == "GET" and path == "/user":
        return (200, {"login": state.login}, {}) if state.login else (403, {"message": "not for you"}, {})
    if method == "GET" and (found := COMMENTS.fullmatch(path)):
        return _page(state, min(int(found[1]), state.page), int(found[2]))
    if state.read_only:
        return 403, {"message": "Resource not accessible by integration"}, {}
    author = (
        {"login": state.login, "kind": "User"}
        if state.login
        else {"login": "github-actions[bot]", "kind": "Bot"}
    )
    if method == "POST" and COMMENTS.fullmatch(path):
        return 201, state.say(body["body"], **author), {}
    if method == "PATCH" and (found := COMMENT.fullmatch(path)):
        comment = next(each for each in state.comments if each["id"] == int(found[1]))
        comment["body"] = body["body"]
        return 200, comment, {}
    return 404, {"message": "Not Found"}, {}


def _page(state: Server, size: int, number: int) -> tuple[int, object, dict[str, str]]:
    first = (number - 1) * size
    more = first + size < len(state.comments)
    link = {"Link": f'<{state.url}/elsewhere?page={number + 1}>; rel="next"'} if more else {}
    return 200, state.comments[first : first + size], link

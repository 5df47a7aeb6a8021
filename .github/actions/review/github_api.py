"""GitHub's REST API, as far as one comment needs it: timeouts, retries that wait as long as they are told to, no redirects.

The token goes to the API's own address and nowhere else, and into no message.
"""

import json
import os
import time
import urllib.error
import urllib.request
from http.client import HTTPException, HTTPMessage
from typing import IO, Any

_TIMEOUT_S = 20
_ATTEMPTS = 4
_LONGEST_WAIT_S = 60
_PASSING = (429, 500, 502, 503, 504)


class Refused(Exception):
    """GitHub said no, or nothing at all; `status` is None where no answer came."""

    def __init__(self, status: int | None, message: str) -> None:
        super().__init__(message)
        self.status = status


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect would take the token elsewhere."""

    def redirect_request(  # noqa: PLR0917 - the signature is urllib's
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoRedirect)


class Api:
    """The API at `url`, as whoever the token belongs to."""

    def __init__(self, url: str, token: str) -> None:
        if not url.startswith(("https://", "http://")):
            raise Refused(None, "GITHUB_API_URL is no address")
        self._url = url.rstrip("/")
        self._token = token
        self._unit_s = float(os.environ.get("BURSAR_RETRY_UNIT_S", "1"))

    def send(self, method: str, path: str, body: object = None) -> tuple[Any, HTTPMessage]:
        """One request, once; the answer and its headers. Raises `Refused`."""
        request = urllib.request.Request(  # noqa: S310 - the address was checked
            f"{self._url}{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Accept": "application/vnd.github+json",
                "Authorization": f"Bearer {self._token}",
                "Content-Type": "application/json",
                "User-Agent": "bursar-review",
                "X-GitHub-Api-Version": "2022-11-28",
            },
        )
        try:
            with _OPENER.open(request, timeout=_TIMEOUT_S) as answer:
                return json.loads(answer.read() or b"null"), answer.headers
        except urllib.error.HTTPError as error:
            with error:
                raise _refused(error) from None
        except (OSError, HTTPException, ValueError) as error:
            raise Refused(None, f"no usable answer ({type(error).__name__})") from None

    def wait(self, error: Refused, attempt: int) -> bool:
        """Waits before another attempt, longer each time; False where another one makes no sense."""
        passing = error.status is None or error.status in _PASSING or isinstance(error, _Limited)
        if not passing or attempt + 1 >= _ATTEMPTS:
            return False
        asked = error.wait_s if isinstance(error, _Limited) else 0
        if asked > _LONGEST_WAIT_S:
            return False
        time.sleep(max(asked, 2**attempt) * self._unit_s)
        return True


class _Limited(Refused):
    """Too many requests: to be tried again after `wait_s`."""

    def __init__(self, status: int, message: str, wait_s: int) -> None:
        super().__init__(status, message)
        self.wait_s = wait_s


def _refused(error: urllib.error.HTTPError) -> Refused:
    message = f"{error.code} {_said(error)}"
    asked = error.headers.get("Retry-After", "")
    spent = error.headers.get("X-RateLimit-Remaining") == "0"
    if error.code in (403, 429) and (asked.isdigit() or spent):
        return _Limited(error.code, message, int(asked) if asked.isdigit() else _LONGEST_WAIT_S)
    return Refused(error.code, message)


def _said(error: urllib.error.HTTPError) -> str:
    """GitHub's own reason, one line of visible characters."""
    try:
        message = json.loads(error.read(10_000))["message"]
    except (OSError, HTTPException, ValueError, KeyError, TypeError):
        message = error.reason
    return "".join(char if char.isprintable() else " " for char in str(message))[:200]

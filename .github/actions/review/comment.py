"""One comment on a pull request that is kept up to date instead of being posted again."""

import re
from typing import Any

from github_api import Api, Refused

MARKER = "<!-- bursar review -->"
_MOST_PAGES = 100
_ATTEMPTS = 4


def tagged(body: str, tag: str) -> str:
    """The body under a marker of its own, so that several reviews keep a comment each."""
    return body.replace(MARKER, marker(tag), 1)


def marker(tag: str) -> str:
    """The first line of the comment."""
    plain = re.sub(r"[^A-Za-z0-9._ -]", "", tag).replace("--", "-").strip()[:60]
    return f"<!-- bursar review {plain} -->" if plain else MARKER


def keep(api: Api, issue: str, body: str, *, post: bool) -> str | None:
    """Updates the comment, or posts it where there is none and `post` says it is worth one; its address.

    `issue` is the path of the pull request's issue. Raises `Refused`.
    """
    for attempt in range(_ATTEMPTS):
        try:
            return _keep_once(api, issue, body, post)
        except Refused as error:
            # A request that failed may have been carried out, so each attempt looks for the comment again.
            if not api.wait(error, attempt):
                raise
    raise AssertionError("unreachable: the last attempt returns or raises")


def _keep_once(api: Api, issue: str, body: str, post: bool) -> str | None:
    old = _own(api, issue, body.split("\n", 1)[0])
    if old is not None:
        if _same(old["body"], body):
            return str(old["html_url"])
        repository = issue.partition("/issues/")[0]
        return _address(
            api.send("PATCH", f"{repository}/issues/comments/{int(old['id'])}", {"body": body})[0]
        )
    if not post:
        return None
    return _address(api.send("POST", f"{issue}/comments", {"body": body})[0])


def _own(api: Api, issue: str, first_line: str) -> dict[str, Any] | None:
    """The comment of an earlier run: anybody can write the marker, so its author counts as well."""
    login: str | None = None
    for page in range(1, _MOST_PAGES + 1):
        comments, headers = api.send("GET", f"{issue}/comments?per_page=100&page={page}")
        for comment in comments:
            if str(comment.get("body") or "").split("\n", 1)[0].rstrip("\r") != first_line:
                continue
            author = comment.get("user") or {}
            if author.get("type") == "Bot":
                return dict(comment)
            login = _login(api) if login is None else login
            if login and author.get("login") == login:
                return dict(comment)
        if 'rel="next"' not in headers.get("Link", ""):
            return None
    return None


def _login(api: Api) -> str:
    """Whose token it is; the workflow's own token may not ask, and then comments as a bot."""
    try:
        return str(api.send("GET", "/user")[0]["login"])
    except Refused as error:
        if error.status in (401, 403, 404):
            return ""
        raise


def _same(old: str | None, new: str) -> bool:
    return (old or "").replace("\r\n", "\n").strip() == new.strip()


def _address(comment: dict[str, Any]) -> str:
    return str(comment.get("html_url", ""))

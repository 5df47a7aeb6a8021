"""Which paths a pattern covers."""

import re
from collections.abc import Iterable
from functools import lru_cache

_PARTS = re.compile(r"\*\*/|\*\*|\*|\?|\[!?[^\]/]+\]|[^*?\[]+|\[")


def covers(patterns: Iterable[str], path: str) -> bool:
    """Whether any pattern covers a relative path with forward slashes.

    `*` and `?` stay within a folder and `**` crosses folders. A pattern without a slash is the name of a file in
    any folder; one that ends in a slash is everything below that folder.
    """
    return any(_compiled(pattern).fullmatch(path) for pattern in patterns)


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> re.Pattern[str]:
    glob = pattern.removeprefix("./")
    if "/" not in glob:
        glob = f"**/{glob}"
    if glob.endswith("/"):
        glob += "**"
    return re.compile("".join(map(_part, _PARTS.findall(glob.removeprefix("/")))), re.DOTALL)


def _part(part: str) -> str:
    if part == "**/":
        return "(?:[^/]+/)*"
    if part in ("**", "*", "?"):
        return {"**": ".*", "*": "[^/]*", "?": "[^/]"}[part]
    if part.startswith("[") and len(part) > 1:
        return "[" + part[1:-1].replace("!", "^", part.startswith("[!")).replace("\\", r"\\") + "]"
    return re.escape(part)

"""Where a finding stands, as other programs want it: clean paths, addresses, and names that outlive a move of lines."""

import os
import posixpath
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from urllib.parse import quote

from pricing.printable import printable
from pricing.problems import Problem

LONGEST_PATH = 4_096


def clean(path: str) -> str:
    """A path without `./` and `x/../`, as a repository names its files."""
    return posixpath.normpath(path)


def text_of(path: str) -> str:
    """A path as text that any encoding and any log can carry."""
    return printable(clean(path), LONGEST_PATH)


def address(path: str) -> str:
    """A path as a URI reference, relative where the path is; bytes that are no UTF-8 stay what they are."""
    cleaned = clean(path)
    encoded = quote(os.fsencode(cleaned), safe="/-._~")
    return f"file://{encoded}" if posixpath.isabs(cleaned) else encoded


def fingerprints(path: str, problems: Sequence[Problem]) -> Iterator[str]:
    """A name for each finding out of path, rule and place in the document: it stays when lines move.

    The same rule twice at one place is told apart by its turn.
    """
    turns: Counter[tuple[str, str]] = Counter()
    for problem in problems:
        key = (problem.code, problem.where)
        turns[key] += 1
        yield _hashed((clean(path), *key, str(turns[key])))


def _hashed(parts: Iterable[str]) -> str:
    return sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()

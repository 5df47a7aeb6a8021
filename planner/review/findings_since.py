"""Which findings a change brought and which it mended: told by code, place and words, not by line or index."""

import re
from collections import Counter
from collections.abc import Callable
from typing import Final

from planner.review.reviewed import Reviewed
from pricing.problems import Problem
from pricing.reading.nodes import Mapping, Node, Scalar, nearest_node

Key = Callable[[Problem, Reviewed], tuple[str, str, str]]

_INDEX: Final = r"\[\d{1,9}\]"
_PLACES: Final = r"\blines? \d+|[^\s()]*bursar\.yaml:\d+"
"""Where something stands, a team policy too."""
_AMOUNTS: Final = r"\$[\d,]+(?:\.\d+)?|\b\d[\d,]*(?:\.\d+)?(?= ?%| days?\b| months?\b| images?\b| assets?\b)"


def findings_since(before: Reviewed, now: Reviewed) -> tuple[tuple[Problem, ...], int]:
    """The findings of now that were not there before, and how many of before are gone.

    A finding whose amount moved (`$5.00 above` that was `$4.00 above`), or whose list item was renamed, is the same one.
    """
    gone, new = list(before.findings), list(now.findings)
    for key in (_exact, _but_for_places, _but_for_amounts, _but_for_names):
        if gone and new:
            gone, new = _unmatched(gone, before, new, now, key)
    return tuple(new), len(gone)


def _unmatched(
    gone: list[Problem], before: Reviewed, new: list[Problem], now: Reviewed, key: Key
) -> tuple[list[Problem], list[Problem]]:
    were, are = (
        Counter(key(problem, before) for problem in gone),
        Counter(key(problem, now) for problem in new),
    )
    return _beyond(gone, before, are, key), _beyond(new, now, were, key)


def _beyond(
    problems: list[Problem], side: Reviewed, others: Counter[tuple[str, str, str]], key: Key
) -> list[Problem]:
    """Those the other side has no counterpart for, one for one."""
    left, kept = Counter(others), []
    for problem in problems:
        name = key(problem, side)
        if left[name]:
            left[name] -= 1
        else:
            kept.append(problem)
    return kept


def _exact(problem: Problem, side: Reviewed) -> tuple[str, str, str]:
    return problem.code, _by_names(problem.where, side), problem.message


def _but_for_places(problem: Problem, side: Reviewed) -> tuple[str, str, str]:
    code, where, message = _exact(problem, side)
    return code, where, re.sub(_PLACES, "line", message)


def _but_for_amounts(problem: Problem, side: Reviewed) -> tuple[str, str, str]:
    code, where, message = _but_for_places(problem, side)
    return code, where, re.sub(_AMOUNTS, "#", message)


def _but_for_names(problem: Problem, side: Reviewed) -> tuple[str, str, str]:
    code, _, message = _but_for_amounts(problem, side)
    return code, problem.where, message


def _by_names(where: str, side: Reviewed) -> str:
    """`pipelines[0].stages[1]` as `pipelines[catalogue].stages[final]`, so that an item put in front changes nothing."""
    root = None if side.file is None else side.file.document.root
    if root is None:
        return where
    return re.sub(_INDEX, lambda index: _name(nearest_node(root, where[: index.end()])) or index[0], where)


def _name(node: Node) -> str:
    name = node.get("name") if isinstance(node, Mapping) else None
    return f"[{name.text}]" if isinstance(name, Scalar) else ""

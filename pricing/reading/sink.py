"""Collects the problems of one file; their paths are worked out only when there is something to report."""

from pricing.problems import TOO_MANY, Problem, Severity, in_order
from pricing.reading.nodes import Node, child_path, paths, place_of
from pricing.records import record

SHOWN = 100
"""Problems reported in full; beyond that only their number."""


@record
class _Finding:
    severity: Severity
    code: str
    node: Node
    message: str
    remedy: str
    key: str | None
    at: Node


class Sink:
    """Where binders and the parser report what they find."""

    __slots__ = ("_findings", "errors", "warnings")

    def __init__(self) -> None:
        self._findings: list[_Finding] = []
        self.errors = 0
        self.warnings = 0

    def error(
        self,
        code: str,
        node: Node,
        message: str,
        remedy: str = "",
        *,
        key: str | None = None,
        at: Node | None = None,
    ) -> None:
        """Reports what makes the file unusable.

        The path is that of `node`, or of `key` below it; the place is that of `at`, else of the node.
        """
        self.errors += 1
        if self.errors <= SHOWN:
            self._findings.append(_Finding("error", code, node, message, remedy, key, at or node))

    def warn(self, code: str, node: Node, message: str, remedy: str = "", *, key: str | None = None) -> None:
        """Reports what should be looked at; the file stays usable."""
        self.warnings += 1
        if self.warnings <= SHOWN:
            self._findings.append(_Finding("warning", code, node, message, remedy, key, node))

    @property
    def full(self) -> bool:
        """Whether further errors are only counted, so their remedies need not be worked out."""
        return self.errors >= SHOWN

    def problems(self, root: Node | None) -> tuple[Problem, ...]:
        """Everything found, in the order of the file."""
        if not self._findings:
            return ()
        wanted = {id(finding.node) for finding in self._findings}
        where = (
            {id(node): path for node, path in paths(root) if id(node) in wanted} if root is not None else {}
        )
        found = {_problem(finding, where.get(id(finding.node), "")): None for finding in self._findings}
        return in_order((*found, *_rest("error", self.errors), *_rest("warning", self.warnings)))


def _problem(finding: _Finding, where: str) -> Problem:
    path = where if finding.key is None else child_path(where, finding.key)
    return Problem(
        finding.severity, finding.code, path, finding.message, finding.remedy, place_of(finding.at)
    )


def _rest(severity: Severity, count: int) -> list[Problem]:
    if count <= SHOWN:
        return []
    return [Problem(severity, TOO_MANY, "", f"and {count - SHOWN} more {severity}s that are not shown")]

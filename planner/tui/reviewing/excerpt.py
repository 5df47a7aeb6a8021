"""One finding in full: what, why and how to mend it, with the lines of the file around it."""

from typing import ClassVar

from textual.content import Content
from textual.widgets import Static

from planner.report.review_words import said
from planner.review.rules import RULES
from planner.tui.reviewing.rows import Item
from planner.tui.text import clean, wrapped

_LEAST_AROUND = 2
_LOOKS = {"error": "bold $error", "warning": "bold $warning", "info": "bold $primary"}


class Excerpt(Static):
    """Below the list of findings."""

    DEFAULT_CSS: ClassVar[str] = """
    Excerpt { height: auto; max-height: 45%; padding: 0 1; border-top: solid $panel; background: $background; }
    """

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id, markup=False)

    def show_item(self, item: Item | None, width: int, height: int) -> None:
        """None for nothing; the size is the screen's."""
        lines = _lines(item, max(20, width - 2), _around(height)) if item else []
        self.update(Content("\n").join(lines))


def _around(height: int) -> int:
    """Lines before and after the one in question: more where there are rows for them."""
    return max(_LEAST_AROUND, (height - 24) // 4)


def _lines(item: Item, width: int, around: int) -> list[Content]:
    problem = item.problem
    if problem is None:
        valid = "is a valid scenario" if item.file.file is not None else "is not a valid scenario"
        aside = f"; {len(item.file.ignored)} findings are set aside" if item.file.ignored else ""
        return [Content(line) for line in wrapped(clean(f"{item.file.path} {valid}{aside}."), width)]
    lines = [
        Content.styled(line, _LOOKS[problem.severity]) for line in wrapped(clean(said(problem)), width)[:4]
    ]
    rule = RULES.get(problem.code)
    if rule is not None:
        why = wrapped(clean(f"{problem.code}: {rule.why}"), width)
        lines += [Content.styled(line, "$text-muted") for line in why[:3]]
    return [*lines, *_source(item, width, around)]


def _source(item: Item, width: int, around: int) -> list[Content]:
    problem = item.problem
    if problem is None or problem.place is None or not item.file.lines:
        return []
    at = problem.place.line - 1
    found = []
    for number in range(max(0, at - around), min(len(item.file.lines), at + around + 1)):
        text = f"{number + 1:5} │ {clean(item.file.lines[number], width)}"
        cut = text if len(text) <= width else f"{text[: width - 1]}…"
        found.append(
            Content.styled(f"▸{cut[1:]}", "bold") if number == at else Content.styled(cut, "$text-muted")
        )
    return found

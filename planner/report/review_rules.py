"""The rules of a review as people read them: one explained, or all of them listed."""

from collections.abc import Iterable
from textwrap import fill, indent

from planner.review.rule import Rule

_WIDTH = 100


def explained(rule: Rule) -> str:
    """What a rule is about, what happens when nothing is done, how to mend it, and an example of each."""
    standing = (
        "cannot be ignored: the file is of no use until it is mended"
        if rule.unusable
        else f"set aside one finding with # bursar: ignore {rule.id} REASON, on its line or the one above;\n"
        f"change how serious it is with review: {{rules: {{{rule.id}: error | warning | info | off}}}} in bursar.yaml"
    )
    examples = [
        f"{label}\n{indent(text.rstrip(), '    ')}"
        for label, text in (("Found:", rule.bad), ("Mended:", rule.good))
        if text
    ]
    head = f"{rule.id}  ({rule.severity})\n{_sentence(rule.title)}"
    return "\n\n".join([head, fill(rule.why, _WIDTH), fill(rule.remedy, _WIDTH), *examples, standing]) + "\n"


def rules_listed(rules: Iterable[Rule]) -> str:
    """Every rule in a line: id, severity, title."""
    rows = [(rule.id, rule.severity, rule.title) for rule in rules]
    widest, severities = (max(len(row[column]) for row in rows) for column in (0, 1))
    return "".join(f"{row[0]:{widest}}  {row[1]:{severities}}  {row[2]}\n" for row in rows)


def _sentence(title: str) -> str:
    return f"{title[:1].upper()}{title[1:]}."

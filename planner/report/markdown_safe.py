"""User text in GitHub's Markdown: shown as written, without a link, a mention, a reference or a tag coming of it.

Escaping alone does not do: GitHub looks for @names, #numbers, commit hashes and addresses in what is left after
Markdown was rendered. It leaves code alone, so a word that could become one of these is shown as code.
"""

import re

from planner.report.tables import markdown_text
from pricing.printable import printable

_ACTS_AFTER_RENDERING = re.compile(r"@|#\w|://|www\.|\bGH-\d|:[\w+-]+:|\b[0-9a-f]{7,40}\b", re.IGNORECASE)
_BACKTICKS = re.compile("`+")


def prose(text: str, limit: int = 600) -> str:
    """A sentence: words that GitHub would act on become code, the rest is escaped."""
    return " ".join(
        code(word) if _ACTS_AFTER_RENDERING.search(word) else markdown_text(word)
        for word in printable(text, limit).split(" ")
    )


def code(text: str, limit: int = 200) -> str:
    """A name or a line of source as inline code; also inside a table, where a `|` stands between two pieces of code."""
    return "&#124;".join(_span(piece) for piece in printable(text, limit).split("|"))


def _span(piece: str) -> str:
    if not piece:
        return ""
    fence = "`" * (max(map(len, _BACKTICKS.findall(piece)), default=0) + 1)
    pad = " " if piece[0] in " `" or piece[-1] in " `" else ""
    return f"{fence}{pad}{piece}{pad}{fence}"

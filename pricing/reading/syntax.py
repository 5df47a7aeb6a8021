"""The parser's own errors in plain words, with how to mend them."""

from yaml import MarkedYAMLError, YAMLError

from pricing.problems import Place, Problem

_PLAIN_WORDS = (
    (
        "mapping values are not allowed",
        "a key is not expected here",
        'quote text that holds ": ", or check the indentation',
    ),
    ("could not find expected ':'", "a key has no colon", "write key: value"),
    (
        "did not find expected key",
        "a key is expected here",
        "indent it as the keys beside it, or close the quotes or brackets before it",
    ),
    (
        "did not find expected '-' indicator",
        "a list item is expected here",
        "start it with - below the other items",
    ),
    ("did not find expected ',' or ']'", "a list in brackets is not closed", "close it with ]"),
    ("did not find expected ',' or '}'", "a mapping in braces is not closed", "close it with }"),
    ("found unexpected end of stream", "the file ends inside quotes or brackets", "close them"),
    (
        "block sequence entries are not allowed",
        "a list item is not expected here",
        "put it on a line of its own below its key",
    ),
    (
        "did not find expected node content",
        "a value is expected here",
        "write it, or quote text that begins with a special character",
    ),
    (
        "unknown escape character",
        "the text in double quotes has an escape YAML does not know",
        "use single quotes",
    ),
    (
        "did not find expected hexdecimal",
        "the text in double quotes has a broken escape",
        "use single quotes",
    ),
    ("undefined tag handle", "tags (!) are not read", "take the tag out"),
    ("tab character", "a tab stands where YAML wants spaces", "indent with spaces"),
    ("document start", "the document has ended before this", "indent it as the lines above"),
    ("incompatible YAML document", "is written for another version of YAML", "take the %YAML line out"),
)
"""What libyaml 0.2 says (part of it), what it means, what to do."""


def syntax_problem(error: YAMLError, text: str) -> Problem:
    """The one problem at which parsing stopped."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    place = None if mark is None else _place(mark.line, mark.column, text)
    if mark is not None and text[mark.index : mark.index + 1] == "\t":
        return _problem("a tab stands where YAML wants spaces", "indent with spaces", place)
    said = str(getattr(error, "problem", None) or getattr(error, "reason", None) or "cannot be parsed")
    message, remedy = _in_plain_words(said)
    return _problem(message + _since(error), remedy, place)


def _place(line: int, column: int, text: str) -> Place:
    """The parser's place, which may be the line after the last one: then the end of what is written."""
    lines = text.rstrip().splitlines() or [""]
    if line < len(lines):
        return Place(line + 1, column + 1)
    return Place(len(lines), len(lines[-1]) + 1)


def _in_plain_words(said: str) -> tuple[str, str]:
    for part, message, remedy in _PLAIN_WORDS:
        if part in said:
            return message, remedy
    if "cannot start any token" in said:
        return "this character cannot begin a value", "put the text in quotes"
    return f"is not YAML here: {said}", ""


def _since(error: YAMLError) -> str:
    begun = error.context_mark if isinstance(error, MarkedYAMLError) else None
    at = error.problem_mark if isinstance(error, MarkedYAMLError) else None
    if begun is None or at is None or begun.line == at.line:
        return ""
    return f" (in what begins on line {begun.line + 1})"


def _problem(message: str, remedy: str, place: Place | None) -> Problem:
    return Problem("error", "syntax", "", message, remedy, place)

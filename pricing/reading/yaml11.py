"""What other YAML tools, 1.1 above all, make of plain text that Bursar keeps as text."""

import re

_LONGEST = 60
_TRUE = ("yes", "true", "on", "y")
_FALSE = ("no", "false", "off", "n")
_WORDS = {
    spelling: meaning
    for words, meaning in ((_TRUE, "true"), (_FALSE, "false"))
    for word in words
    for spelling in (word, word.capitalize(), word.upper())
}
_FIGURES = (
    (re.compile(r"[-+]?0[0-7_]+", re.ASCII), "an octal number"),
    (re.compile(r"[-+]?0b[01_]+", re.ASCII), "a binary number"),
    (re.compile(r"[-+]?0[xo][0-9a-fA-F_]+", re.ASCII), "a number"),
    (re.compile(r"[-+]?\d[\d_]*(?::[0-5]?\d)+(?:\.\d*)?", re.ASCII), "a number (base 60)"),
    (re.compile(r"\d{4}-\d\d?-\d\d?(?:(?:[Tt]|[ \t]+)\d\d?:\d\d.*)?", re.ASCII), "a date"),
    (re.compile(r"[-+]?(?:\d[\d_]*)?\.?\d[\d_]*\.?(?:[eE][-+]?\d+)?", re.ASCII), "a number"),
    (re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"), "a number"),
)
_BEGIN_FIGURES = frozenset("+-.0123456789")
SUSPECT = _BEGIN_FIGURES | {word[0] for word in _WORDS}
"""First characters of text that another tool may read as something else."""


def reading(text: str) -> str:
    """What other tools read, in words; empty when they too read text."""
    if text[:1] in _BEGIN_FIGURES:
        shapes = _FIGURES if len(text) <= _LONGEST else ()
        return next((words for shape, words in shapes if shape.fullmatch(text)), "")
    return _WORDS.get(text, "")

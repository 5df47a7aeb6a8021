"""What other YAML tools, 1.1 above all, make of plain text that Bursar keeps as text."""

import re

SUSPECT = frozenset("yYnNtTfFoO~+-.0123456789=<")
"""First characters of text that another tool may read as something else."""
_TRUTH = {"yes": "true", "true": "true", "on": "true", "no": "false", "false": "false", "off": "false"}
_READINGS = (
    (re.compile(r"[-+]?0[0-7_]+", re.ASCII), "an octal number"),
    (re.compile(r"[-+]?0b[01_]+", re.ASCII), "a binary number"),
    (re.compile(r"[-+]?0[xo][0-9a-fA-F_]+", re.ASCII), "a number"),
    (re.compile(r"[-+]?\d[\d_]*(?::[0-5]?\d)+(?:\.\d*)?", re.ASCII), "a number (base 60)"),
    (re.compile(r"\d{4}-\d\d?-\d\d?(?:(?:[Tt]|[ \t]+)\d\d?:\d\d.*)?", re.ASCII), "a date"),
    (re.compile(r"[-+]?(?:\d[\d_]*)?\.?\d[\d_]*\.?(?:[eE][-+]?\d+)?", re.ASCII), "a number"),
    (re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"), "a number"),
)
_LONGEST = 60


def reading(text: str) -> str:
    """What other tools read, in words; empty when they too read text."""
    if not text or text[0] not in SUSPECT or len(text) > _LONGEST:
        return ""
    word = _TRUTH.get(text.lower(), "")
    if word and text in {text.lower(), text.upper(), text.capitalize()}:
        return word
    return next((words for pattern, words in _READINGS if pattern.fullmatch(text)), "")

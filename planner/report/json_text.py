"""JSON that can be shown: what a terminal or a reader would stumble over is written as an escape of JSON's own."""

import json
import re

from pricing.printable import printable

_BEYOND_ASCII = re.compile(r"[^\x00-\x7e]")
_LONE_SURROGATES = re.compile("[\ud800-\udfff]")


def json_text(value: object) -> str:
    """Indented JSON, keys in their order, ending in a line break; any JSON reader gets the text as it was.

    Only a lone surrogate, a byte of a file name that is no UTF-8, is text that JSON cannot carry: it becomes `\\udcff`.
    """
    written = json.dumps(value, indent=2, ensure_ascii=False)
    return _BEYOND_ASCII.sub(_visible, _LONE_SURROGATES.sub(_spelled, written)) + "\n"


def _spelled(match: re.Match[str]) -> str:
    return f"\\\\u{ord(match[0]):04x}"


def _visible(match: re.Match[str]) -> str:
    character = match[0]
    return character if printable(character) == character else json.dumps(character)[1:-1]

"""Text from users and services made safe to show: it can neither steer a terminal nor hide from a reader."""

import re

HIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ud800-\udfff\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff]"
)
"""Control characters, bidirectional overrides, lone surrogates, and characters without width or ink."""

_NAMED = {"\t": "\\t", "\n": "\\n", "\r": "\\r"}


def printable(text: str, limit: int = 200) -> str:
    """The text, cut after `limit` characters, every hidden one as a visible escape: `\\x1b`, `\\u202e`."""
    shown = text if len(text) <= limit else text[: limit - 1] + "…"
    return shown if shown.isascii() and shown.isprintable() else HIDDEN.sub(_escaped, shown)


def _escaped(match: re.Match[str]) -> str:
    character = match.group()
    code = ord(character)
    if code > 0xFFFF:
        return f"\\U{code:08x}"
    return _NAMED.get(character) or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}")

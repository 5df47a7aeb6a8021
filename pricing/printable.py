"""Text from users and services made safe to show: it can neither steer a terminal nor hide from a reader."""

_INKLESS = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"
    + "".join(map(chr, (*range(0x180B, 0x1810), *range(0xFE00, 0xFE0F), *range(0xE0100, 0xE01F0))))
)
"""Letters and marks without ink, which Python counts as printable."""
_WIDE_SPACE = "\u3000"
_NAMED = {"\t": "\\t", "\n": "\\n", "\r": "\\r"}


def printable(text: str, limit: int = 200) -> str:
    """The text, cut after `limit` characters, every hidden one as a visible escape: `\\x1b`, `\\u202e`.

    Hidden are control characters, bidirectional overrides, lone surrogates, what has no width or no ink, and
    what Unicode has not assigned.
    """
    shown = text if len(text) <= limit else text[: limit - 1] + "…"
    if shown.isascii() and shown.isprintable():
        return shown
    return "".join(each if _is_visible(each) else _escaped(each) for each in shown)


def _is_visible(character: str) -> bool:
    return (character.isprintable() and character not in _INKLESS) or character == _WIDE_SPACE


def _escaped(character: str) -> str:
    code = ord(character)
    if code > 0xFFFF:
        return f"\\U{code:08x}"
    return _NAMED.get(character) or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}")

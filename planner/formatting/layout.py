"""A tree as lines: two spaces deeper for each level, brackets as they were written where they fit on a line."""

from collections.abc import Iterator

from planner.formatting.arrange import space
from planner.formatting.spelling import folded, spelled
from planner.formatting.tree import BLANK, Entry, Group, is_directive

WIDTH = 120
"""Columns: what was spread over several lines stays so where it is longer."""


def lines_of(header: list[str], root: Group) -> list[str]:
    """The lines of the file, without a blank one at its start or end."""
    _settle(root, 0)
    space(root)
    body = _group(root, 0)
    if header and _speaks_first(root.entries[0]):
        body.insert(0, BLANK)
    return _single_blanks([*header, *body])


def _speaks_first(entry: Entry) -> bool:
    """Whether the first key has a comment that would read as one more of the file's header."""
    first = next((line for line in entry.above if line), None)
    return entry.above[:1] == [BLANK] or (first is not None and not is_directive(first))


def _settle(group: Group, indent: int) -> None:
    """Decides which brackets become lines: those spread over several lines that fit on none."""
    for entry in group.entries:
        value = entry.value
        if not isinstance(value, Group):
            continue
        if value.flow and value.spread and (_is_spoken_of(entry) or len(_head(entry, indent)) > WIDTH):
            value.flow = False
        if not value.flow:
            _settle(value, indent + 2)


def _is_spoken_of(entry: Entry) -> bool:
    """Whether a comment sets aside what is found on the entry's first line: more on that line would be set aside too."""
    return any(map(is_directive, (*entry.above, entry.beside or "")))


def _group(group: Group, indent: int) -> list[str]:
    lines: list[str] = []
    for number, entry in enumerate(group.entries):
        written = list(_item(entry, indent) if group.is_list else _entry(entry, indent))
        lines += written if number else _without_first_blanks(written)
    return [*lines, *_indented(group.tail, indent)]


def _without_first_blanks(lines: list[str]) -> list[str]:
    first = next((number for number, line in enumerate(lines) if line), 0)
    return lines[first:]


def _entry(entry: Entry, indent: int) -> Iterator[str]:
    """A key and its value."""
    yield from _indented(entry.above, indent)
    value = entry.value
    if isinstance(value, Group) and not value.flow and value.entries:
        yield _beside(entry, f"{' ' * indent}{_key(entry, in_flow=False)}:", indent)
        yield from _group(value, indent + 2)
    else:
        yield from _one_value(entry, indent)


def _item(entry: Entry, indent: int) -> Iterator[str]:
    """A dash and its value; what stands above the value's first line stands above the dash."""
    yield from _indented(entry.above, indent)
    value = entry.value
    if isinstance(value, Group) and not value.flow and value.entries:
        lines = _group(value, indent + 2)
        first = next(
            number for number, line in enumerate(lines) if line and not line.lstrip().startswith("#")
        )
        yield from (line[2:] for line in lines[:first])
        yield f"{' ' * indent}- {lines[first][indent + 2 :]}"
        yield from lines[first + 1 :]
    else:
        yield from _one_value(entry, indent)


def _one_value(entry: Entry, indent: int) -> Iterator[str]:
    """A value on the line of its key or dash; long text that was folded stays folded."""
    head = _head(entry, indent)
    value = entry.value
    if not isinstance(value, Group) and entry.folded and len(head) > WIDTH:
        below = folded(value.text, WIDTH - 20 - indent)
        if len(below) > 1:
            yield _beside(entry, f"{_start(entry, indent)} >-", indent)
            yield from (f"{' ' * (indent + 2)}{line}" for line in below)
            return
    yield _beside(entry, head, indent)


def _head(entry: Entry, indent: int) -> str:
    return f"{_start(entry, indent)} {_inline(entry, in_flow=False)}"


def _start(entry: Entry, indent: int) -> str:
    return f"{' ' * indent}{'-' if entry.key is None else _key(entry, in_flow=False) + ':'}"


def _inline(entry: Entry, *, in_flow: bool) -> str:
    """A value on one line."""
    value = entry.value
    if not isinstance(value, Group):
        return spelled(value, entry.shape, in_flow=in_flow)
    members = ", ".join(
        _inline(member, in_flow=True)
        if member.key is None
        else f"{_key(member, in_flow=True)}: {_inline(member, in_flow=True)}"
        for member in value.entries
    )
    return f"[{members}]" if value.is_list else f"{{{members}}}"


def _key(entry: Entry, *, in_flow: bool) -> str:
    assert entry.key is not None  # noqa: S101 - asked of mappings alone
    return spelled(entry.key, entry.key_shape, in_flow=in_flow)


def _beside(entry: Entry, code: str, indent: int) -> str:
    """The comment stays in the column it was written in, which aligns it with its neighbours, where there is room."""
    if entry.beside is None:
        return code
    column = len(code) + 1
    if entry.beside_column is not None and not entry.in_flow:
        column = max(column, entry.beside_column + indent - entry.column)
    return f"{code.ljust(column)}{entry.beside}"


def _indented(lines: list[str], indent: int) -> list[str]:
    return [f"{' ' * indent}{line}" if line else BLANK for line in lines]


def _single_blanks(lines: list[str]) -> list[str]:
    kept: list[str] = []
    for line in lines:
        if line or (kept and kept[-1]):
            kept.append(line)
    while kept and not kept[-1]:
        kept.pop()
    return kept

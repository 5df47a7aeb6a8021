"""A file's text, formatted: nothing but order, layout and spelling changes, and that is checked before it is given."""

from planner.formatting.arrange import arrange
from planner.formatting.comments import Source, comment_texts
from planner.formatting.kinds import Kind, kind_of
from planner.formatting.layout import lines_of
from planner.formatting.tree import tree_of
from pricing.printable import printable
from pricing.reading.nodes import Document, Mapping
from pricing.reading.shape import bind_document
from pricing.reading.source import parse_document


class NotKept(Exception):
    """Formatting would have changed what the file says or lost a comment; the file is left as it is."""


def formatted(text: str, name: str) -> str:
    """The text in one order and spelling, with the line ends its first line has, and one at its end.

    Raises `Invalid` with the loader's problems for a file that is not valid, and `NotKept` where what is read back
    is not what was read.
    """
    newline = _newline(text)
    document = parse_document(text.replace("\r\n", "\n").replace("\r", "\n"), name)
    kind = kind_of(document)
    before, _ = bind_document(kind.shape, document)
    root = document.root
    assert isinstance(root, Mapping)  # noqa: S101 - what could be bound is a mapping
    try:
        source = Source(document.text, root)
    except ValueError as error:
        raise NotKept(f"{printable(name)}: {error}; nothing was changed") from error
    header, tree = tree_of(source, root)
    arrange(tree, kind.shape)
    result = "\n".join(lines_of(header, tree)) + "\n"
    _check(result, name, kind, before, comment_texts(source, root))
    return result.replace("\n", newline)


def _newline(text: str) -> str:
    first = text.partition("\n")[0]
    return "\r\n" if first.endswith("\r") else "\n"


def _check(result: str, name: str, kind: Kind, before: object, comments: list[str]) -> None:
    document = parse_document(result, name)
    if _read_back(document, kind) != before:
        raise NotKept(
            f"{printable(name)}: formatted, it would not say the same; nothing was changed, please report it"
        )
    assert document.root is not None  # noqa: S101 - it was read back
    if comment_texts(Source(document.text, document.root), document.root) != comments:
        raise NotKept(
            f"{printable(name)}: formatted, it would lose a comment; nothing was changed, please report it"
        )


def _read_back(document: Document, kind: Kind) -> object:
    from pricing.problems import Invalid

    try:
        return bind_document(kind.shape, document)[0]
    except Invalid:
        return None

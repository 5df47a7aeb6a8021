"""What a node that does not fit is told: what is expected, what was found, how to mend it."""

from enum import Enum
from typing import Final, Literal

from pricing.printable import printable
from pricing.reading.nodes import Mapping, Node, Scalar, Sequence, Unreadable
from pricing.reading.sink import Sink


class Unbound(Enum):
    """The type of `UNBOUND`."""

    UNBOUND = "unbound"


UNBOUND: Final = Unbound.UNBOUND
"""What `bind` answers for a node that does not fit; the sink has been told why."""


def refuse(code: str, node: Node, message: str, remedy: str, sink: Sink) -> Literal[Unbound.UNBOUND]:
    """Tells the sink; the answer of `bind` is then `UNBOUND`."""
    if node.__class__ is not Unreadable:
        sink.error(code, node, message, remedy)
    return UNBOUND


def wrong(node: Node, expected: str, sink: Sink, remedy: str = "") -> Literal[Unbound.UNBOUND]:
    """The node is not what is expected: says what is, and what was found."""
    if isinstance(node, Scalar) and node.is_null:
        return refuse("no-value", node, "has no value", f"give {expected}, or take it out", sink)
    return refuse("wrong-value", node, f"must be {expected}, got {found(node)}", remedy, sink)


def found(node: Node) -> str:
    """What a node is, in words."""
    if isinstance(node, Scalar):
        if node.is_null:
            return "nothing"
        shown = printable(node.text, 60)
        return shown if node.plain else f'"{shown}"'
    if isinstance(node, Sequence):
        return f"a list of {len(node.items)}" if node.items else "an empty list"
    if isinstance(node, Mapping):
        return (
            "a mapping (" + ", ".join(printable(key, 20) for key in list(node.entries)[:3]) + ")"
            if node.entries
            else "an empty mapping"
        )
    return "nothing readable"


def known_keys(wanted: str, known: list[str]) -> str:
    """A remedy for a key that is not known: the nearest one, or all of them."""
    from pricing.nearest import nearest  # only a miss pays for it

    return nearest(wanted, known, f"known: {', '.join(known)}")

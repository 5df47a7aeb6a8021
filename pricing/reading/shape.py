"""Shapes of lists, mappings and records: one declaration checks a file and writes its JSON Schema.

A shape reports every problem it sees to the sink, each at its node, and goes on with the siblings.
`bind_document` raises them all together.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, Literal, TypeVar

from pricing.printable import printable
from pricing.problems import Invalid, Problem, in_order
from pricing.reading.collector import collector_paused
from pricing.reading.misfit import UNBOUND, Unbound, found, known_keys, refuse, wrong
from pricing.reading.nodes import Document, Node, Scalar
from pricing.reading.nodes import Mapping as MappingNode
from pricing.reading.nodes import Sequence as SequenceNode
from pricing.reading.scalars import JsonSchema, Shape
from pricing.reading.sink import Sink
from pricing.records import EMPTY, record

T = TypeVar("T")
K = TypeVar("K")
V = TypeVar("V")


def bind_document(shape: Shape[T], document: Document) -> tuple[T, tuple[Problem, ...]]:
    """The checked value and the warnings; raises `Invalid` with every problem when there is an error."""
    sink = Sink()
    with collector_paused():
        value = UNBOUND if document.root is None else shape.bind(document.root, sink)
    problems = in_order((*document.problems, *sink.problems(document.root)))
    if value is UNBOUND or any(problem.severity == "error" for problem in problems):
        raise Invalid(problems, document.file, document.lines)
    return value, problems


@record
class ListOf(Generic[T]):
    """A list of at least `least` items, as a tuple."""

    item: Shape[T]
    least: int = 0
    unique: str | None = None
    """A key of the items that no two may share."""
    most: int | None = None
    """The most items anyone has use for; None where nothing is worked out for each of them."""

    @property
    def expected(self) -> str:
        return "a list"

    def bind(self, node: Node, sink: Sink) -> tuple[T, ...] | Literal[Unbound.UNBOUND]:
        if not isinstance(node, SequenceNode):
            return wrong(
                node, self.expected, sink, "begin each item with - on a line of its own, or write [a, b]"
            )
        if len(node.items) < self.least:
            return refuse("too-short", node, f"needs at least {self.least}, got {found(node)}", "", sink)
        if self.most is not None and len(node.items) > self.most:
            message = f"holds {len(node.items):,} items, more than {self.most:,}"
            return refuse("too-long", node, message, "split the file, or merge what is alike", sink)
        if self.unique is not None:
            _check_unique(node, self.unique, sink)
        bind = self.item.bind
        bound = [bind(item, sink) for item in node.items]
        return UNBOUND if UNBOUND in bound else tuple(bound)  # type: ignore[arg-type]

    def json_schema(self) -> JsonSchema:
        schema: JsonSchema = {"type": "array", "items": self.item.json_schema()}
        return schema | _count("minItems", self.least or None) | _count("maxItems", self.most)


@record
class MapOf(Generic[K, V]):
    """A mapping whose keys are data, as a dict in the order of the file."""

    key: Shape[K]
    value: Shape[V]
    expected: str = "a mapping"
    least: int = 0
    most: int | None = None

    def bind(self, node: Node, sink: Sink) -> dict[K, V] | Literal[Unbound.UNBOUND]:
        if not isinstance(node, MappingNode):
            return wrong(node, self.expected, sink, "write key: value below it")
        if len(node.entries) < self.least:
            return refuse("too-short", node, "is empty", f"give at least {self.least}", sink)
        if self.most is not None and len(node.entries) > self.most:
            message = f"holds {len(node.entries):,} keys, more than {self.most:,}"
            return refuse("too-long", node, message, "take some out", sink)
        values: dict[K, V] = {}
        for key_node, value_node in node.entries.values():
            key, value = self.key.bind(key_node, sink), self.value.bind(value_node, sink)
            if key is UNBOUND or value is UNBOUND:
                continue
            if key in values:
                refuse("duplicate-key", key_node, "says the same as a key above", "delete one", sink)
            values[key] = value
        return values if len(values) == len(node.entries) else UNBOUND

    def json_schema(self) -> JsonSchema:
        schema: JsonSchema = {
            "type": "object",
            "propertyNames": _key_schema(self.key.json_schema()),
            "additionalProperties": self.value.json_schema(),
        }
        return schema | _count("minProperties", self.least or None) | _count("maxProperties", self.most)


@record
class Field:
    """A key of a record."""

    key: str
    shape: Shape[object]
    description: str
    """Shown by editors when the pointer rests on the key."""
    required: bool = False
    name: str = ""
    """The argument of the record's factory; empty when it is the key itself."""
    default: object = None
    """What the factory assumes when the key is left out, where editors should show it."""


Values = Mapping[str, Any]
"""Bound fields by factory argument; keys left out of the file, or reported, are not there."""
Check = Callable[[Values, MappingNode, Sink], None]


class Record(Generic[T]):
    """A mapping with known keys, made into an object; the factory's own `ValueError` is reported too."""

    def __init__(
        self,
        factory: Callable[..., T],
        fields: Sequence[Field],
        title: str = "a mapping",
        *,
        one_of: tuple[str, ...] = (),
        any_of: tuple[str, ...] = (),
        together: Mapping[str, tuple[str, ...]] = EMPTY,
        check: Check | None = None,
    ) -> None:
        """`title` says what one is, in words: `a credit pool`.

        Of the keys in `one_of` exactly one must be there, of those in `any_of` at least one; a key in
        `together` needs others beside it. `check` holds the rules across fields, run on those that are right.
        """
        self.factory = factory
        self.fields = tuple(fields)
        self.title = title
        self.one_of = one_of
        self.any_of = any_of
        self.together = together
        self.check = check
        self._by_key = {each.key: (each.shape.bind, each.name or each.key) for each in fields}
        self._required = tuple(each for each in fields if each.required)

    @property
    def expected(self) -> str:
        keys = [each.key for each in self.fields]
        return f"{self.title} ({', '.join(keys[:3])}{', ...' if len(keys) > 3 else ''})"

    def bind(self, node: Node, sink: Sink) -> T | Literal[Unbound.UNBOUND]:
        if node.__class__ is not MappingNode:
            return wrong(node, self.expected, sink, "write key: value")
        before = sink.errors
        values, whole = self._values(node, sink)
        self._check_keys(node, sink)
        if self.check is not None:
            self.check(values, node, sink)
        if not whole or sink.errors != before:
            return UNBOUND
        try:
            return self.factory(**values)
        except ValueError as error:
            return refuse("wrong-value", node, str(error), "", sink)

    def _values(self, node: MappingNode, sink: Sink) -> tuple[dict[str, Any], bool]:
        """What could be bound, and whether that is everything the node says."""
        values: dict[str, Any] = {}
        by_key = self._by_key
        for text, (key, value_node) in node.entries.items():
            known = by_key.get(text)
            if known is None:
                self._unknown(node, key, sink)
                continue
            value = known[0](value_node, sink)
            if value is not UNBOUND:
                values[known[1]] = value
        return values, len(values) == len(node.entries)

    def _check_keys(self, node: MappingNode, sink: Sink) -> None:
        entries = node.entries
        for each in self._required:
            if each.key not in entries:
                sink.error("missing-key", node, "is missing", f"add it: {each.shape.expected}", key=each.key)
        if self.one_of:
            self._check_one_of([key for key in self.one_of if key in entries], node, sink)
        if self.any_of and not any(key in entries for key in self.any_of):
            sink.error("missing-key", node, f"needs {_either(self.any_of)}", "add one")
        lacking: dict[str, str] = {}
        for key, others in self.together.items():
            if key in entries:
                lacking.update({other: key for other in others if other not in entries})
        for other, key in lacking.items():
            sink.error("missing-key", node, f"is missing, though {key} is given", "add it", key=other)

    def _check_one_of(self, given: list[str], node: MappingNode, sink: Sink) -> None:
        if not given:
            sink.error("missing-key", node, f"needs {_either(self.one_of)}", "add one")
        for extra in given[1:]:
            key, _ = node.entries[extra]
            sink.error(
                "one-of", node, f"cannot stand beside {given[0]}", "keep one of them", key=extra, at=key
            )

    def _unknown(self, node: MappingNode, key: Scalar, sink: Sink) -> None:
        remedy = "" if sink.full else known_keys(key.text, list(self._by_key))
        if key.text.isdigit():
            remedy = "a comma separates entries: group digits with _"
        sink.error("unknown-key", node, "is not a known key", remedy, key=key.text, at=key)

    def json_schema(self) -> JsonSchema:
        schema: JsonSchema = {
            "type": "object",
            "properties": {each.key: _field_schema(each) for each in self.fields},
            "required": [each.key for each in self._required],
            "additionalProperties": False,
        }
        if self.together:
            schema["dependentRequired"] = {key: list(others) for key, others in self.together.items()}
        if self.one_of:
            schema["oneOf"] = [{"required": [key]} for key in self.one_of]
        if self.any_of:
            schema["anyOf"] = [{"required": [key]} for key in self.any_of]
        return {key: value for key, value in schema.items() if value != []}


@record
class OneOf(Generic[T]):
    """A mapping of one of several kinds, told apart by a key each has alone."""

    kinds: Mapping[str, Shape[T]]
    """Distinguishing key to its kind of record."""
    expected: str

    def bind(self, node: Node, sink: Sink) -> T | Literal[Unbound.UNBOUND]:
        if not isinstance(node, MappingNode):
            return wrong(node, self.expected, sink, "write key: value")
        for key, kind in self.kinds.items():
            if key in node.entries:
                return kind.bind(node, sink)
        remedy = next((known_keys(key, list(self.kinds)) for key in node.entries), "")
        return wrong(node, self.expected, sink, remedy)

    def json_schema(self) -> JsonSchema:
        return {
            "oneOf": [
                kind.json_schema() for kind in {id(kind): kind for kind in self.kinds.values()}.values()
            ]
        }


def _check_unique(node: SequenceNode, key: str, sink: Sink) -> None:
    first: dict[str, Scalar] = {}
    for item in node.items:
        value = item.get(key) if isinstance(item, MappingNode) else None
        if not isinstance(value, Scalar):
            continue
        before = first.setdefault(value.text, value)
        if before is not value:
            message = f"{printable(value.text, 60)} is already taken on line {before.start.line + 1}"
            sink.error("duplicate-name", value, message, "give each its own")


def _count(name: str, items: int | None) -> JsonSchema:
    return {} if items is None else {name: items}


def _either(keys: tuple[str, ...]) -> str:
    return f"one of {', '.join(keys)}"


def _field_schema(each: Field) -> JsonSchema:
    default = {} if each.default is None else {"default": each.default}
    return {"description": each.description, **each.shape.json_schema(), **default}


def _key_schema(schema: JsonSchema) -> JsonSchema:
    """Keys are text in JSON: a whole number becomes the pattern of its spellings."""
    if schema.get("type") != "integer":
        return schema
    numbers = range(int(str(schema["minimum"])), int(str(schema["maximum"])) + 1)
    return {"pattern": f"^({'|'.join(map(str, numbers))})$"}

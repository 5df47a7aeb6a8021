"""Shapes of lists, mappings and records: one declaration checks a file and writes its JSON Schema.

A shape reports every problem it sees to the sink, each at its node, and goes on with the siblings.
`bind_document` raises them all together.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeVar

from pricing.printable import printable
from pricing.problems import Invalid, Problem
from pricing.misfit import UNBOUND, Unbound, refuse, wrong
from pricing.scalars import JsonSchema, Shape
from pricing.sink import Sink
from pricing.yaml_nodes import Document, Node, Scalar
from pricing.yaml_nodes import Mapping as MappingNode
from pricing.yaml_nodes import Sequence as SequenceNode

T = TypeVar("T")
K = TypeVar("K")
V = TypeVar("V")


def bind_document(shape: Shape[T], document: Document) -> tuple[T, tuple[Problem, ...]]:
    """The checked value and the warnings; raises `Invalid` with every problem when there is an error."""
    sink = Sink()
    value = UNBOUND if document.root is None else shape.bind(document.root, sink)
    problems = _in_order((*document.problems, *sink.problems(document.root)))
    if value is UNBOUND or any(problem.severity == "error" for problem in problems):
        raise Invalid(problems, document.file, document.lines)
    return value, problems


@dataclass(frozen=True, slots=True)
class ListOf(Generic[T]):
    """A list of at least `least` items, as a tuple."""

    item: Shape[T]
    least: int = 0
    unique: str | None = None
    """A key of the items that no two may share."""

    @property
    def expected(self) -> str:
        return "a list"

    def bind(self, node: Node, sink: Sink) -> tuple[T, ...] | Literal[Unbound.UNBOUND]:
        if not isinstance(node, SequenceNode):
            return wrong(
                node, self.expected, sink, "begin each item with - on a line of its own, or write [a, b]"
            )
        if len(node.items) < self.least:
            return refuse(
                "too-short", node, f"is a list of {len(node.items)}, at least {self.least} needed", "", sink
            )
        if self.unique is not None:
            _check_unique(node, self.unique, sink)
        bind = self.item.bind
        bound = [bind(item, sink) for item in node.items]
        return UNBOUND if UNBOUND in bound else tuple(bound)  # type: ignore[arg-type]

    def json_schema(self) -> JsonSchema:
        schema: JsonSchema = {"type": "array", "items": self.item.json_schema()}
        return schema | ({"minItems": self.least} if self.least else {})


@dataclass(frozen=True, slots=True)
class MapOf(Generic[K, V]):
    """A mapping whose keys are data, as a dict in the order of the file."""

    key: Shape[K]
    value: Shape[V]
    expected: str = "a mapping"
    least: int = 0

    def bind(self, node: Node, sink: Sink) -> dict[K, V] | Literal[Unbound.UNBOUND]:
        if not isinstance(node, MappingNode):
            return wrong(node, self.expected, sink, "write key: value below it")
        if len(node.entries) < self.least:
            return refuse("too-short", node, "is empty", f"give at least {self.least}", sink)
        bound = [
            (self.key.bind(key, sink), self.value.bind(value, sink)) for key, value in node.entries.values()
        ]
        if any(key is UNBOUND or value is UNBOUND for key, value in bound):
            return UNBOUND
        return dict(bound)  # type: ignore[arg-type]

    def json_schema(self) -> JsonSchema:
        schema: JsonSchema = {
            "type": "object",
            "propertyNames": _key_schema(self.key.json_schema()),
            "additionalProperties": self.value.json_schema(),
        }
        return schema | ({"minProperties": self.least} if self.least else {})


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class Record(Generic[T]):
    """A mapping with known keys, made into an object; the factory's own `ValueError` is reported too."""

    factory: Callable[..., T]
    fields: Sequence[Field]
    title: str = "a mapping"
    """What one is, in words: `a credit pool`."""
    one_of: tuple[str, ...] = ()
    """Exactly one of these keys must be there."""
    any_of: tuple[str, ...] = ()
    """At least one of these keys must be there."""
    together: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """A key that is there needs these beside it."""
    check: Check | None = None
    """Rules across fields; run on the fields that are right, whatever the others are."""
    _by_key: dict[str, tuple[Callable[[Node, Sink], Any], str]] = field(init=False, repr=False, compare=False)
    _required: tuple[Field, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_key = {each.key: (each.shape.bind, each.name or each.key) for each in self.fields}
        object.__setattr__(self, "_by_key", by_key)
        object.__setattr__(self, "_required", tuple(each for each in self.fields if each.required))

    @property
    def expected(self) -> str:
        keys = [each.key for each in self.fields]
        return f"{self.title} ({', '.join(keys[:3])}{', ...' if len(keys) > 3 else ''})"

    def bind(self, node: Node, sink: Sink) -> T | Literal[Unbound.UNBOUND]:
        if node.__class__ is not MappingNode:
            return wrong(node, self.expected, sink, "write key: value")
        before = sink.errors
        values = self._values(node, sink)
        self._check_keys(node, sink)
        if self.check is not None:
            self.check(values, node, sink)
        if sink.errors != before:
            return UNBOUND
        try:
            return self.factory(**values)
        except ValueError as error:
            return refuse("wrong-value", node, str(error), "", sink)

    def _values(self, node: MappingNode, sink: Sink) -> dict[str, Any]:
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
        return values

    def _check_keys(self, node: MappingNode, sink: Sink) -> None:
        entries = node.entries
        for each in self._required:
            if each.key not in entries:
                sink.error("missing-key", node, "is missing", f"add it: {each.shape.expected}", key=each.key)
        if self.one_of:
            self._check_one_of([key for key in self.one_of if key in entries], node, sink)
        if self.any_of and not any(key in entries for key in self.any_of):
            sink.error("missing-key", node, f"needs {_either(self.any_of)}", "add one")
        for key, others in self.together.items():
            for other in others if key in entries else ():
                if other not in entries:
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
        remedy = "" if sink.full else _known_keys(key.text, list(self._by_key))
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


@dataclass(frozen=True, slots=True)
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
        remedy = next((_known_keys(key, list(self.kinds)) for key in node.entries), "")
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


def _known_keys(wanted: str, known: list[str]) -> str:
    from pricing.nearest import nearest  # only a miss pays for it

    return nearest(wanted, known, f"known: {', '.join(known)}")


def _either(keys: tuple[str, ...]) -> str:
    return f"one of {', '.join(keys)}"


def _field_schema(each: Field) -> JsonSchema:
    default = {} if each.default is None else {"default": each.default}
    return {"description": each.description, **each.shape.json_schema(), **default}


def _key_schema(schema: JsonSchema) -> JsonSchema:
    """Keys are text in JSON: a whole number becomes the list of its spellings."""
    if schema.get("type") != "integer":
        return schema
    return {
        "enum": [str(value) for value in range(int(str(schema["minimum"])), int(str(schema["maximum"])) + 1)]
    }


def _in_order(problems: tuple[Problem, ...]) -> tuple[Problem, ...]:
    return tuple(
        sorted(problems, key=lambda each: (each.place.line, each.place.column) if each.place else (0, 0))
    )

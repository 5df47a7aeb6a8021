"""Immutable records with named fields: what a frozen, slotted dataclass is, at a fraction of its start-up cost.

`dataclasses` writes and compiles six methods for every class and imports `inspect` to do it: 80 of the 185 ms that
`bursar plan` took with them. Here one `__init__` is compiled for each class and the rest is shared. Type checkers read
a record as a frozen dataclass. `tests/bench/bench_records.py` prints both costs.
"""

from collections.abc import Callable, Mapping
from operator import attrgetter
from types import MappingProxyType
from typing import Any, NoReturn, TypeVar, cast, dataclass_transform

T = TypeVar("T")

EMPTY: Mapping[Any, Any] = MappingProxyType({})
"""The default of a field that holds a mapping."""


class FrozenRecordError(AttributeError):
    """A field of a record was assigned or deleted."""


@dataclass_transform(frozen_default=True)
def record(cls: type[T]) -> type[T]:
    """Makes the annotated names of a class its fields, in order; `__post_init__` runs after they are set.

    Defaults are shared by every record, so they are immutable: `()`, `EMPTY`. Records compare and hash by their
    values and only with their own class, work in `match`, copy and pickle like any object, and answer the functions of
    `dataclasses`.
    """
    names = tuple(cls.__annotations__)
    defaults = {name: cls.__dict__[name] for name in names if name in cls.__dict__}
    body = {
        name: value for name, value in cls.__dict__.items() if name not in (*names, "__dict__", "__weakref__")
    }
    body |= {"__slots__": names, "__match_args__": names, **_SHARED}
    meta: Any = type(cls)
    made = meta(cls.__name__, cls.__bases__, body)
    made.__init__ = _init(made, names, defaults)
    made._values = _reader(names)
    return cast("type[T]", made)


class _DataclassFields:
    """What `dataclasses.fields`, `asdict`, `replace` and `is_dataclass` look for, made when one of them asks."""

    def __get__(self, instance: object, owner: Any) -> Any:
        from dataclasses import make_dataclass

        return make_dataclass(owner.__name__, owner.__match_args__).__dict__["__dataclass_fields__"]


def replace(old: T, **changes: object) -> T:
    """A copy of a record with some fields changed, checked like a new one."""
    values = {name: getattr(old, name) for name in type(old).__match_args__}  # type: ignore[attr-defined]
    return type(old)(**(values | changes))


def _init(cls: type, names: tuple[str, ...], defaults: Mapping[str, object]) -> Callable[..., None]:
    """`__init__` with the fields as parameters, each stored through its slot."""
    parameters = ", ".join(f"{name}=_default_{name}" if name in defaults else name for name in names)
    stores = "".join(f"    _set_{name}(self, {name})\n" for name in names)
    check = "    self.__post_init__()\n" if hasattr(cls, "__post_init__") else ""
    scope: dict[str, Any] = {f"_default_{name}": value for name, value in defaults.items()}
    scope |= {f"_set_{name}": cls.__dict__[name].__set__ for name in names}
    exec(f"def __init__(self, {parameters}):\n{stores}{check or '    pass'}", scope)  # noqa: S102 - names of fields, as written in the class
    init: Callable[..., None] = scope["__init__"]
    init.__qualname__ = f"{cls.__qualname__}.__init__"
    return init


def _reader(names: tuple[str, ...]) -> Callable[[Any], Any]:
    if len(names) > 1:
        return staticmethod(attrgetter(*names))
    return staticmethod(lambda of: tuple(getattr(of, name) for name in names))


def _eq(self: Any, other: Any) -> bool:
    return self._values(self) == self._values(other) if type(self) is type(other) else NotImplemented


def _hash(self: Any) -> int:
    return hash(self._values(self))


def _repr(self: Any) -> str:
    fields = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__match_args__)
    return f"{type(self).__qualname__}({fields})"


def _reduce(self: Any) -> tuple[type, tuple[Any, ...]]:
    return type(self), tuple(getattr(self, name) for name in self.__match_args__)


def _frozen(self: Any, name: str, *value: object) -> NoReturn:
    raise FrozenRecordError(f"{type(self).__name__}.{name} cannot change: records are immutable")


_SHARED = {
    "__eq__": _eq,
    "__hash__": _hash,
    "__repr__": _repr,
    "__reduce__": _reduce,
    "__setattr__": _frozen,
    "__delattr__": _frozen,
    "__dataclass_fields__": _DataclassFields(),
}
